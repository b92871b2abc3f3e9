#include "gate_options.hpp"

#include "qsweep/config/gate_words.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/plan/gate_rows.hpp"
#include "qsweep/plan/row_value.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <regex>

#include "log.hpp"

namespace qsweep {
namespace {

constexpr double kMostDrop = 1e6;  // as in the file

struct GateText {
  std::string whole;
  std::string place;  // "--gate 'top1 ...': "
  std::string metric;
  std::string change;
  std::string limit;
  std::string vs;
  std::string repeats;
  std::string where;
};

GateText parse(const std::string& text) {
  static const std::regex form(R"(\s*(\S+)\s+(drop|rise)\s*<=\s*(\S+)(?:\s+vs\s+(\S.*?))?)"
                               R"((?:\s+repeats\s+(\S+))?(?:\s+where\s+(\S.*?))?\s*)");
  const std::string place = "--gate '" + text + "': ";
  std::smatch found;
  if (!std::regex_match(text, found, form)) {
    throw ConfigError(place + "must be like 'top1 drop <= 0.5 where w=8' or 'loss rise <= 0.1 vs " +
                      "base.csv'");
  }
  static const std::regex too_late(R"((.*\s)?(vs|repeats)\s.*)");
  if (std::regex_match(found[6].str(), too_late)) {
    throw ConfigError(place + "'where' stands last: 'top1 drop <= 0.5 vs base.csv where w=8'");
  }
  return {text, place, found[1], found[2], found[3], found[4], found[5], found[6]};
}

double read_percent(const GateText& gate) {
  const auto percent = as_percent(gate.limit);
  if (!percent) {
    throw ConfigError(gate.place + "what " + gate.metric +
                      " may drop is a part of what it compares with, like 10%, from 0% to below "
                      "100%; got '" +
                      gate.limit + "'");
  }
  return *percent;
}

// Timings differ from run to run, so that a gate has to say how often.
int read_repeats(const GateText& gate) {
  if (!is_timing_metric(gate.metric)) {
    if (!gate.repeats.empty()) {
      throw ConfigError(gate.place + "'repeats' is for timings; " + gate.metric +
                        " is the same every time");
    }
    return 0;
  }
  const auto repeats = as_number(gate.repeats);
  if (!repeats || *repeats != std::floor(*repeats) || *repeats < kFewestRepeats ||
      *repeats > kMostRepeats) {
    throw ConfigError(gate.place + gate.metric + " needs 'repeats', " +
                      std::to_string(kFewestRepeats) + " to " + std::to_string(kMostRepeats) +
                      ": how often the evaluation is timed; got '" + gate.repeats + "'");
  }
  return static_cast<int>(*repeats);
}

double read_limit(const GateText& gate) {
  if (is_timing_metric(gate.metric)) {
    return read_percent(gate);
  }
  const auto limit = as_number(gate.limit);
  if (!limit || *limit < 0 || *limit > kMostDrop) {
    throw ConfigError(gate.place + "what is allowed must be 0 to 1000000, got '" + gate.limit +
                      "'");
  }
  return *limit;
}

void check_words(const GateText& gate) {
  if (std::find(kGateMetrics.begin(), kGateMetrics.end(), gate.metric) == kGateMetrics.end()) {
    throw ConfigError(gate.place + unknown_name("metric", gate.metric, kGateMetrics));
  }
  if ((gate.change == "rise") != (gate.metric == "loss")) {
    throw ConfigError(gate.place + "the loss is worse when it rises, all others when they drop");
  }
  if (!gate.vs.empty() && gate.vs != "float" && !is_baseline_path(gate.vs)) {
    throw ConfigError(gate.place +
                      "'vs' must be float, or the path of a run's folder or of a results.csv, with "
                      "a '/' or .csv; got '" +
                      gate.vs + "'");
  }
}

// Without its rows.
FrozenGate read(const GateText& text) {
  check_words(text);
  FrozenGate gate{text.metric, read_limit(text), text.where, {}, "float", read_repeats(text)};
  if (!text.vs.empty()) {
    gate.vs = text.vs;
  }
  return gate;
}

FrozenGate frozen(const GateText& text,
                  const std::vector<Row>& rows,
                  const std::vector<std::string>& variables) {
  FrozenGate gate = read(text);
  const auto conditions =
      text.where.empty() ? std::vector<std::string>() : std::vector<std::string>{text.where};
  const RowFilter where("--gate '" + text.whole + "', where", conditions, variables);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (is_comparable(rows[i], gate.vs) && (where.is_empty() || where.matches(rows[i]))) {
      gate.rows.push_back(static_cast<uint32_t>(i));
    }
  }
  return gate;
}

}  // namespace

void GateOptions::add_to(CLI::App& app, const std::string& about) {
  app.add_option("--gate", texts_, about)->type_name("GATE")->take_all()->allow_extra_args(false);
}

void GateOptions::check() const {
  for (const std::string& text : texts_) {
    read(parse(text));
  }
}

std::vector<std::string> GateOptions::timing_texts() const {
  std::vector<std::string> some;
  std::copy_if(texts_.begin(), texts_.end(), std::back_inserter(some), [](const auto& text) {
    return is_timing_metric(parse(text).metric);
  });
  return some;
}

std::vector<FrozenGate> GateOptions::gates(const std::vector<Row>& rows,
                                           const std::vector<std::string>& variables) const {
  std::vector<FrozenGate> all;
  for (const std::string& text : texts_) {
    all.push_back(frozen(parse(text), rows, variables));
  }
  return all;
}

std::vector<FrozenGate> GateOptions::all_of(const FrozenPlan& plan) const {
  std::vector<FrozenGate> all = plan.gates;
  const std::vector<FrozenGate> own = gates(plan.rows, plan.variables);
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

Baselines baselines_of(const std::vector<FrozenGate>& gates) {
  Baselines baselines;
  for (const FrozenGate& gate : gates) {
    if (gate.vs != "float") {
      baselines.add(gate.vs, gate.metric);
    }
  }
  return baselines;
}

std::unordered_map<std::string, int> repeats_of(const std::vector<FrozenGate>& gates,
                                                const FrozenPlan& plan) {
  std::unordered_map<std::string, int> repeats;
  const auto ask = [&repeats](const std::string& trial, int count) {
    int& most = repeats[trial];
    most = std::max(most, count);
  };
  for (const FrozenGate& gate : gates) {
    if (gate.repeats == 0) {
      continue;
    }
    for (const uint32_t row : gate.rows) {
      const FrozenTrial& trial = plan.trial_of(plan.rows.at(row));
      ask(trial.id, gate.repeats);
      if (gate.vs == "float") {
        ask(trial.float_trial, gate.repeats);
      }
    }
  }
  return repeats;
}

ExitCode judge(const std::vector<GateOutcome>& outcomes, const Results& results) {
  bool any_broken = false;
  bool any_unchecked = false;
  for (const GateOutcome& outcome : outcomes) {
    const std::string name = "gate: " + to_string(*outcome.gate) + ": ";
    for (const BrokenGate& broken : outcome.broken) {
      log_error(to_string(broken, results));
      any_broken = true;
    }
    if (outcome.checked == 0) {
      log_error(name + "nothing to check: " + outcome.unchecked);
      any_unchecked = true;
    } else if (outcome.checked < outcome.gate->rows.size()) {
      log_info(name + std::to_string(outcome.checked) + " of " +
               std::to_string(outcome.gate->rows.size()) + " rows were checked");
    }
    if (outcome.elsewhere > 0) {
      log_warning(name + "warning: " + std::to_string(outcome.elsewhere) +
                  " rows were timed on another host than what they are compared with");
    }
    if (outcome.other_images > 0) {
      log_warning(name + "warning: " + std::to_string(outcome.other_images) +
                  " rows are of another number of images than what they are compared with");
    }
  }
  if (any_broken) {
    return ExitCode::GateFailed;
  }
  return any_unchecked ? ExitCode::NothingToDo : ExitCode::Ok;
}

}  // namespace qsweep
