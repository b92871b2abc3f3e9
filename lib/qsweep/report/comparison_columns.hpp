#pragma once

#include "qsweep/core/json.hpp"
#include "qsweep/report/comparison.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// The variables of both runs, those of the new one first.
std::vector<std::string> variables_of(const Comparison& comparison);

/// A row's value of a variable; empty where it has none.
std::string variable_of(const Comparison& comparison,
                        const ComparedRow& row,
                        const std::string& variable);

/// All rows as CSV, with a header: trial_base, trial, model, policy, the variables, data, images,
/// top1_base, top1, delta, ci_low, ci_high, images_won, images_lost, p, p_holm, verdict, note.
std::string comparison_csv(const Comparison& comparison);

/// A row as an object with the same names: numbers are numbers, what does not apply is null.
Json comparison_json(const Comparison& comparison, const ComparedRow& row);

}  // namespace qsweep
