#include "qsweep/plan/edits.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace qsweep {
namespace {

void add_once(const std::string& warning, Warnings& warnings) {
  if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) {
    warnings.push_back(warning);
  }
}

}  // namespace

Exclusions::Exclusions(const Experiment& experiment,
                       const Matrix& matrix,
                       const NamedChoices& names)
    : experiment_(experiment), used_(experiment.exclude.size(), 0) {
  for (const RowMatch& match : experiment.exclude) {
    conditions_.emplace_back(match, experiment, matrix, names);
  }
}

bool Exclusions::drops(const Choice& row) {
  bool dropped = false;
  for (size_t i = 0; i < conditions_.size(); ++i) {
    if (conditions_[i].holds(row)) {
      used_[i] = 1;
      dropped = true;
    }
  }
  return dropped;
}

void Exclusions::warn_of_unused(Warnings& warnings) const {
  for (size_t i = 0; i < used_.size(); ++i) {
    if (used_[i] == 0) {
      warnings.push_back(
          config_warning(experiment_.exclude[i].place, "this 'exclude' matches no row"));
    }
  }
}

Overrides::Overrides(const Experiment& experiment, const Matrix& matrix, const NamedChoices& names)
    : experiment_(experiment), matrix_(matrix), numbers_{{{}, 0}}, sets_{{}} {
  for (const Override& entry : experiment.overrides) {
    conditions_.emplace_back(entry.when, experiment, matrix, names);
  }
}

uint32_t Overrides::matching(const Choice& row) {
  std::vector<size_t> set;
  for (size_t i = 0; i < conditions_.size(); ++i) {
    if (conditions_[i].holds(row)) {
      set.push_back(i);
    }
  }
  const auto [entry, is_new] = numbers_.try_emplace(set, static_cast<uint32_t>(sets_.size()));
  if (is_new) {
    sets_.push_back(std::move(set));
  }
  return entry->second;
}

void Overrides::warn(Warnings& warnings) const {
  std::set<size_t> used;
  for (const std::vector<size_t>& set : sets_) {
    used.insert(set.begin(), set.end());
    warn_of_clashes(set, warnings);
    warn_of_axes(set, warnings);
  }
  for (size_t i = 0; i < conditions_.size(); ++i) {
    if (used.count(i) == 0) {
      warnings.push_back(
          config_warning(experiment_.overrides[i].when.place, "this 'override' matches no row"));
    }
  }
}

// Rows are named by what the matrix gives them.
void Overrides::warn_of_axes(const std::vector<size_t>& set, Warnings& warnings) const {
  for (const size_t i : set) {
    for (const auto& [path, value] : experiment_.overrides[i].set) {
      if (matrix_.column(path)) {
        add_once(config_warning(value.place,
                                "'" + path +
                                    "' is an axis of the matrix: these rows still show its values, "
                                    "and run with this one"),
                 warnings);
      }
    }
  }
}

void Overrides::warn_of_clashes(const std::vector<size_t>& set, Warnings& warnings) const {
  std::set<std::string> seen;
  for (const size_t i : set) {
    for (const auto& [path, value] : experiment_.overrides[i].set) {
      if (!seen.insert(path).second) {
        add_once(config_warning(value.place,
                                "an earlier 'override' sets '" + path +
                                    "' for some of these rows; this one wins"),
                 warnings);
      }
    }
  }
}

}  // namespace qsweep
