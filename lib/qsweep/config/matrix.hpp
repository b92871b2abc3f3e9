#pragma once

#include "qsweep/config/experiment.hpp"

#include <set>
#include <string>
#include <vector>

namespace qsweep {

/// The axes of `matrix`, with every value checked that can be checked without a row.
std::vector<Axis> read_axes(const Node& matrix,
                            const Experiment& experiment,
                            const Catalog& catalog);

/// What conditions and added rows can name: settled once the axes are read.
struct RowNames {
  std::vector<std::string> models;  // as the rows show them
  std::vector<std::string> policies;
  std::vector<std::string> variables;
};

/// The variables of the axes, in order.
std::vector<std::string> variables_of(const std::vector<Axis>& axes);

/// Throws for two models of one name, in the axes and the included rows.
std::vector<std::string> model_names(const Experiment& experiment, const Catalog& catalog);

/// Throws unless every `$name` has an axis and every variable is read, if all rows are kept.
void check_variables(const Experiment& experiment);

/// Throws unless every variable is read by the settings or by one of these policies.
void check_all_read(const Experiment& experiment, const std::set<std::string>& policies);

std::vector<RowMatch> read_exclude(const Node& exclude, const RowNames& names);
std::vector<Include> read_include(const Node& include,
                                  const Experiment& experiment,
                                  const Catalog& catalog);
std::vector<Override> read_overrides(const Node& overrides,
                                     const RowNames& names,
                                     const Experiment& experiment,
                                     const Catalog& catalog);
/// `directory` is where relative paths of baselines start.
std::vector<Gate> read_gates(const Node& gates,
                             const RowNames& names,
                             const std::string& directory);

/// A value that an axis or an included row gives to a name.
void check_value(const std::string& name,
                 const Node& value,
                 const Experiment& experiment,
                 const Catalog& catalog);

/// The name of a policy that exists.
std::string read_policy_name(const Node& value, const std::vector<std::string>& policies);
std::vector<std::string> policy_names(const Experiment& experiment);

}  // namespace qsweep
