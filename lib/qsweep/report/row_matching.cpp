#include "qsweep/report/row_matching.hpp"

#include "qsweep/journal/row_value.hpp"

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

using Key = std::string (*)(const RowLabel&);

std::string trial_and_name(const RowLabel& row) {
  return row.trial + kBetween + name_key(row);
}
std::string trial_alone(const RowLabel& row) {
  return row.trial;
}
std::string name_and_data(const RowLabel& row) {
  return row.data + kBetween + name_key(row);
}

// Pairs what is still free on both sides and has the same key.
void match_by(Key key,
              const std::vector<RowLabel>& base,
              const std::vector<RowLabel>& rows,
              std::vector<char>& taken,
              std::vector<std::optional<size_t>>& found) {
  std::unordered_map<std::string, std::deque<size_t>> free;
  for (size_t i = 0; i < base.size(); ++i) {
    if (taken[i] == 0) {
      free[key(base[i])].push_back(i);
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto same = found[i] ? free.end() : free.find(key(rows[i]));
    if (same != free.end() && !same->second.empty()) {
      found[i] = same->second.front();
      taken[*found[i]] = 1;
      same->second.pop_front();
    }
  }
}

}  // namespace

std::vector<RowLabel> row_labels(const Results& results) {
  const auto& variables = results.plan().variables;
  std::vector<RowLabel> labels;
  labels.reserve(results.rows().size());
  for (const RowResult& row : results.rows()) {
    RowLabel label{row.trial->id, row.row->model, row.row->policy, row.row->data, {}};
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
  std::vector<char> taken(base.size(), 0);
  std::vector<std::optional<size_t>> found(rows.size());
  for (const Key key : {trial_and_name, trial_alone, name_and_data, name_key}) {
    match_by(key, base, rows, taken, found);
  }
  return found;
}

}  // namespace qsweep
