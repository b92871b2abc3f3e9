#include "qsweep/report/row_matching.hpp"

#include "qsweep/plan/row_value.hpp"

#include <algorithm>
#include <deque>
#include <unordered_map>

namespace qsweep {
namespace {

constexpr char kBetween = '\x1f';  // of parts of a key; in no name

// One text for all ways to write a number.
std::string canonical(const std::string& value) {
  const auto number = as_number(value);
  return number ? Json(*number).dump() : value;
}

std::string name_key(const RowLabel& row) {
  auto values = row.values;
  std::sort(values.begin(), values.end());
  std::string key = row.model + kBetween + row.policy;
  for (const auto& [variable, value] : values) {
    key += kBetween + variable + "=" + canonical(value);
  }
  return key;
}

using LabelKey = std::string (*)(const RowLabel&);

std::string trial_and_name(const RowLabel& row) {
  return row.trial + kBetween + name_key(row);
}
std::string trial_alone(const RowLabel& row) {
  return row.trial;
}
std::string name_and_data(const RowLabel& row) {
  return row.data + kBetween + name_key(row);
}

// The rows that are still free on both sides.
class Matching {
 public:
  Matching(const std::vector<RowLabel>& base, const std::vector<RowLabel>& rows)
      : base_(base), rows_(rows), taken_(base.size(), 0), found_(rows.size()) {}

  // Pairs what has the same key, the first with the first.
  void match_by(LabelKey key, bool with_floats) {
    std::unordered_map<std::string, std::deque<size_t>> free;
    for (size_t i = 0; i < base_.size(); ++i) {
      if (taken_[i] == 0 && (with_floats || !base_[i].is_float())) {
        free[key(base_[i])].push_back(i);
      }
    }
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (found_[i] || (!with_floats && rows_[i].is_float())) {
        continue;
      }
      const auto same = free.find(key(rows_[i]));
      if (same != free.end() && !same->second.empty()) {
        pair(same->second.front(), i);
        same->second.pop_front();
      }
    }
  }

  // Float rows whose quantized rows have been paired.
  void match_floats_by_rows() {
    std::unordered_map<std::string, std::string> counterpart;  // of a float trial, in the base
    for (size_t i = 0; i < rows_.size(); ++i) {
      const bool is_known = found_[i] && !rows_[i].is_float() && !rows_[i].float_trial.empty() &&
                            !base_[*found_[i]].float_trial.empty();
      if (is_known) {
        counterpart.emplace(rows_[i].float_trial, base_[*found_[i]].float_trial);
      }
    }
    std::unordered_map<std::string, size_t> free;  // float rows of the base, by trial
    for (size_t i = 0; i < base_.size(); ++i) {
      if (taken_[i] == 0 && base_[i].is_float()) {
        free.emplace(base_[i].trial, i);
      }
    }
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (found_[i] || !rows_[i].is_float()) {
        continue;
      }
      const auto trial = counterpart.find(rows_[i].trial);
      const auto same = trial == counterpart.end() ? free.end() : free.find(trial->second);
      if (same != free.end() && taken_[same->second] == 0) {
        pair(same->second, i);
      }
    }
  }

  // Those that alone have their key on both sides.
  void match_lone_floats_by(LabelKey key) {
    std::unordered_map<std::string, std::pair<std::vector<size_t>, std::vector<size_t>>> all;
    for (size_t i = 0; i < base_.size(); ++i) {
      if (base_[i].is_float()) {
        all[key(base_[i])].first.push_back(i);
      }
    }
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (rows_[i].is_float()) {
        all[key(rows_[i])].second.push_back(i);
      }
    }
    for (const auto& [text, sides] : all) {
      const auto& [of_base, of_rows] = sides;
      if (of_base.size() == 1 && of_rows.size() == 1 && taken_[of_base[0]] == 0 &&
          !found_[of_rows[0]]) {
        pair(of_base[0], of_rows[0]);
      }
    }
  }

  std::vector<std::optional<size_t>> take() { return std::move(found_); }

 private:
  void pair(size_t base, size_t row) {
    found_[row] = base;
    taken_[base] = 1;
  }

  const std::vector<RowLabel>& base_;
  const std::vector<RowLabel>& rows_;
  std::vector<char> taken_;
  std::vector<std::optional<size_t>> found_;
};

}  // namespace

std::vector<RowLabel> row_labels(const Results& results) {
  const auto& variables = results.plan().variables;
  std::vector<RowLabel> labels;
  labels.reserve(results.rows().size());
  for (const RowResult& row : results.rows()) {
    RowLabel label{
        row.trial->id, row.row->model, row.row->policy, row.row->data, {}, row.trial->float_trial};
    for (size_t i = 0; i < variables.size(); ++i) {
      if (!row.row->values.at(i).empty()) {
        label.values.emplace_back(variables[i], row.row->values[i]);
      }
    }
    labels.push_back(std::move(label));
  }
  return labels;
}

std::vector<std::optional<size_t>> match_rows(const std::vector<RowLabel>& base,
                                              const std::vector<RowLabel>& rows) {
  Matching matching(base, rows);
  matching.match_by(trial_and_name, /*with_floats=*/true);
  matching.match_by(trial_alone, true);
  matching.match_by(name_and_data, false);
  matching.match_by(name_key, false);
  matching.match_floats_by_rows();
  matching.match_lone_floats_by(name_and_data);
  matching.match_lone_floats_by(name_key);
  return matching.take();
}

}  // namespace qsweep
