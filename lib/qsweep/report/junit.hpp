#pragma once

#include "qsweep/report/gate_check.hpp"
#include "qsweep/report/results.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qsweep {

/// The rows of some trials as a test suite in JUnit's XML, as continuous integration reads it: a
/// test case per row. A gate that does not hold is a failure, a trial that failed an error with its
/// kind as the type, a trial that is pending a skipped case.
std::string junit_xml(const Results& results,
                      const std::vector<uint32_t>& trials,
                      const std::vector<GateOutcome>& gates);

}  // namespace qsweep
