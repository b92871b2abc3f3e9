#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/config/node.hpp"

#include <string>

namespace qsweep {

/// A calibrator as trials hold it: its name, or where it has parameters an object with `name` and
/// all of them. Here each has its default.
Json default_calibrator(const Catalog::Calibrator& calibrator);

/// The same from the value of `key`, `percentile` or `{name: percentile, p: 99.9}`, without `$`.
Json read_calibrator(const Node& value, const std::string& key, const Catalog& catalog);

/// A ConfigError at `place` where a calibrator's parameters say how one batch follows another, and
/// there is one batch alone: `why`, "for a weight, which is one batch".
void require_batches(const Json& calibrator,
                     const std::string& why,
                     const Place& place,
                     const Catalog& catalog);

/// The same for a calibrator of outputs and inputs, from `calibrate.after`.
void check_calibrator(const Json& calibrator,
                      const std::string& after,
                      const Place& place,
                      const Catalog& catalog);

}  // namespace qsweep
