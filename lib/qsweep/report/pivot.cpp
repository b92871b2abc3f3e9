#include "qsweep/report/pivot.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/plan/row_value.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace qsweep {
namespace {

using Key = Pivot::Key;

std::vector<const Results*> pointers_to(const std::vector<Results>& runs) {
  std::vector<const Results*> all;
  for (const Results& run : runs) {
    all.push_back(&run);
  }
  return all;
}

// A row with all by which it can be named.
struct NamedRow {
  const std::string& run;
  const Results& results;
  const RowResult& row;

  std::string value(const std::string& name) const {
    if (name == "run") {
      return run;
    }
    if (name == "experiment") {
      return results.plan().experiment;
    }
    return value_of(*row.row, results.plan().variables, name).value_or("");
  }
  Key values(const std::vector<std::string>& names) const {
    Key key;
    for (const std::string& name : names) {
      key.push_back(value(name));
    }
    return key;
  }
};

// In the order in which the values of each name first appear.
class Side {
 public:
  explicit Side(size_t names) : ranks_(names) {}

  void add(const Key& key) {
    std::vector<size_t> ranks;
    for (size_t i = 0; i < key.size(); ++i) {
      ranks.push_back(ranks_[i].try_emplace(key[i], ranks_[i].size()).first->second);
    }
    keys_.emplace(std::move(ranks), key);
  }
  std::vector<Key> keys() const {
    std::vector<Key> all;
    for (const auto& entry : keys_) {
      all.push_back(entry.second);
    }
    return all;
  }

 private:
  std::vector<std::map<std::string, size_t>> ranks_;
  std::map<std::vector<size_t>, Key> keys_;
};

// By title the variables that an axis sets in some run; not where it is a variable's name, too.
AxisTitles axis_titles_of(const std::vector<Results>& runs,
                          const std::vector<std::string>& variables) {
  AxisTitles all;
  for (const Results& run : runs) {
    for (const auto& [title, names] : run.plan().axis_titles) {
      for (const std::string& name : names) {
        if (!contains(variables, title) && !contains(all[title], name)) {
          all[title].push_back(name);
        }
      }
    }
  }
  return all;
}

void replace_axes(const AxisTitles& axes, std::vector<std::string>& side) {
  std::vector<std::string> names;
  for (const std::string& name : side) {
    const auto axis = axes.find(name);
    if (axis == axes.end()) {
      names.push_back(name);
    } else {
      names.insert(names.end(), axis->second.begin(), axis->second.end());
    }
  }
  side = std::move(names);
}

void check(const PivotRequest& request, const std::vector<std::string>& variables) {
  std::vector<std::string> names{"run", "experiment", "model", "policy", "data"};
  names.insert(names.end(), variables.begin(), variables.end());
  std::vector<std::string> seen;
  for (const auto& [option, side] :
       {std::pair("--rows", &request.rows), std::pair("--columns", &request.columns)}) {
    for (const std::string& name : *side) {
      if (!contains(names, name)) {
        throw ConfigError(std::string(option) + ": " + unknown_name("name", name, names));
      }
      if (contains(seen, name)) {
        throw ConfigError(std::string(option) + ": '" + name + "' is named twice");
      }
      seen.push_back(name);
    }
  }
  std::vector<std::string> values;
  for (const PivotValue& value : pivot_values()) {
    values.push_back(value.name);
  }
  std::vector<std::string> shown;
  for (const std::string& value : request.values) {
    if (!contains(values, value)) {
      throw ConfigError("--value: " + unknown_name("value", value, values));
    }
    if (contains(shown, value)) {
      throw ConfigError("--value: '" + value + "' is named twice");
    }
    shown.push_back(value);
  }
}

// Fills the table row by row.
class PivotMaker {
 public:
  PivotMaker(const std::vector<Results>& runs, PivotRequest request)
      : variables_(variables_of(pointers_to(runs))), has_several_runs_(runs.size() > 1) {
    const AxisTitles axes = axis_titles_of(runs, variables_);
    replace_axes(axes, request.rows);
    replace_axes(axes, request.columns);
    check(request, variables_);
    const auto names_runs = [&](const std::vector<std::string>& side) {
      return contains(side, "run") || contains(side, "experiment");
    };
    if (has_several_runs_ && !names_runs(request.rows) && !names_runs(request.columns)) {
      request.columns.insert(request.columns.begin(), "run");
    }
    pivot_.request = std::move(request);
    identifying_ = {"run", "experiment", "model", "policy", "data"};
    for (const std::string& variable : variables_) {
      if (variable != "seed") {
        identifying_.push_back(variable);
      }
    }
  }

  Pivot make(const std::vector<std::string>& names, const std::vector<Results>& runs) {
    Side lines(pivot_.request.rows.size());
    Side columns(pivot_.request.columns.size());
    for (size_t i = 0; i < runs.size(); ++i) {
      for (const RowResult& row : runs[i].rows()) {
        const NamedRow named{names[i], runs[i], row};
        if (!is_shown(row)) {
          continue;
        }
        Key line = named.values(pivot_.request.rows);
        Key column = named.values(pivot_.request.columns);
        lines.add(line);
        columns.add(column);
        place(named, pivot_.cells[{std::move(line), std::move(column)}]);
      }
    }
    pivot_.lines = lines.keys();
    pivot_.columns = columns.keys();
    return std::move(pivot_);
  }

 private:
  bool is_shown(const RowResult& row) const {
    const auto names_variable = [&](const std::vector<std::string>& side) {
      return std::any_of(side.begin(), side.end(), [&](const std::string& name) {
        return contains(variables_, name);
      });
    };
    return row.row->policy != "float" ||
           !(names_variable(pivot_.request.rows) || names_variable(pivot_.request.columns));
  }

  void place(const NamedRow& named, PivotCell& cell) {
    const std::string row = row_name(*named.row.row, named.results.plan().variables);
    const std::string name = has_several_runs_ ? named.run + ": " + row : row;
    const std::pair trial(named.run, named.row.trial->id);
    const Key identity = named.values(identifying_);
    std::vector<Key>& known = identities_[&cell];
    if (cell.trials.empty()) {
      cell.name = name;
      cell.numbers.resize(pivot_.request.values.size());
    } else if (cell.trials.count(trial) == 0 && !differs_in_seed(named, known)) {
      throw_collision(cell.name, name, known.front(), identity);
    }
    if (cell.trials.insert(trial).second) {
      add_numbers(named.row, cell);
    }
    if (std::find(known.begin(), known.end(), identity) == known.end()) {
      known.push_back(identity);
    }
  }

  // Float rows do not show by what they differ; it is the seed unless another axis reaches them.
  bool differs_in_seed(const NamedRow& named, const std::vector<Key>& known) const {
    const auto& variables = named.results.plan().variables;
    const bool reaches_float =
        std::any_of(variables.begin(), variables.end(), [](const std::string& name) {
          return name.rfind("pretrain", 0) == 0 || name.rfind("data", 0) == 0;
        });
    if (named.row.row->policy == "float" && reaches_float) {
      return false;
    }
    return contains(variables, "seed") &&
           std::find(known.begin(), known.end(), named.values(identifying_)) != known.end();
  }

  [[noreturn]] void throw_collision(const std::string& first,
                                    const std::string& second,
                                    const Key& a,
                                    const Key& b) const {
    std::string differing;
    for (size_t i = 0; i < identifying_.size(); ++i) {
      if (a[i] != b[i]) {
        differing += (differing.empty() ? "" : ", ") + identifying_[i];
      }
    }
    throw ConfigError(
        "two trials fall into one cell of the table: '" + first + "' and '" + second + "'; " +
        (differing.empty() ? "nothing that --rows and --columns can name differs"
                           : "name in --rows or --columns what differs: " + differing));
  }

  void add_numbers(const RowResult& row, PivotCell& cell) {
    pivot_.is_limited = pivot_.is_limited || row.trial->limit > 0;
    pivot_.calibrated_on_test = std::max(pivot_.calibrated_on_test, row.trial->calibrated_on_test);
    if (row.status != RowStatus::Done) {
      ++(row.status == RowStatus::Failed ? cell.failed : cell.pending);
      return;
    }
    if (contains(pivot_.request.values, "top1_best")) {
      const std::string& split = row.trial->best_on;
      pivot_.best_on.insert(split.empty() ? "the evaluated split itself" : split);
    }
    for (size_t i = 0; i < pivot_.request.values.size(); ++i) {
      if (const auto number = find_pivot_value(pivot_.request.values[i])->number(row)) {
        cell.numbers[i].push_back(*number);
      }
    }
  }

  std::vector<std::string> variables_;
  bool has_several_runs_;
  std::vector<std::string> identifying_;  // names whose values tell rows apart, the seed aside
  std::map<const PivotCell*, std::vector<Key>> identities_;
  Pivot pivot_;
};

}  // namespace

std::optional<double> PivotCell::mean(size_t value) const {
  const std::vector<double>& all = numbers.at(value);
  if (all.empty()) {
    return std::nullopt;
  }
  return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
}

std::optional<double> PivotCell::deviation(size_t value) const {
  const std::vector<double>& all = numbers.at(value);
  if (all.size() < 2) {
    return std::nullopt;
  }
  const double center = *mean(value);
  double sum = 0;
  for (const double number : all) {
    sum += (number - center) * (number - center);
  }
  return std::sqrt(sum / static_cast<double>(all.size() - 1));
}

const PivotCell* Pivot::find(const Key& line, const Key& column) const {
  const auto found = cells.find({line, column});
  return found == cells.end() ? nullptr : &found->second;
}

Pivot make_pivot(const std::vector<std::string>& names,
                 const std::vector<Results>& runs,
                 PivotRequest request) {
  return PivotMaker(runs, std::move(request)).make(names, runs);
}

}  // namespace qsweep
