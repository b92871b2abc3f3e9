#include "sweep_setup.hpp"

#include "qsweep/engine/folders.hpp"
#include "qsweep/engine/free_memory.hpp"

#include <csignal>
#include <sstream>

namespace qsweep {
namespace {

std::unordered_map<std::string, Record> failed_floats(const std::vector<FrozenTrial>& to_run,
                                                      const Results& results) {
  std::unordered_map<std::string, Record> failures;
  for (const FrozenTrial& trial : to_run) {
    const Record* record = results.journal().find(trial.float_trial);
    if (!trial.is_float() && record != nullptr && record->failed) {
      failures.emplace(trial.id, *record);
    }
  }
  return failures;
}

}  // namespace

std::vector<std::string> devices_of(const std::string& option) {
  const size_t colon = option.find(':');
  if (colon == std::string::npos) {
    return {option};
  }
  std::vector<std::string> devices;
  std::istringstream numbers(option.substr(colon + 1));
  for (std::string number; std::getline(numbers, number, ',');) {
    devices.push_back(option.substr(0, colon + 1) + number);
  }
  return devices;
}

SweepOptions sweep_options(const std::string& run_directory,
                           const RunMeta& meta,
                           const Results& results,
                           const std::vector<FrozenTrial>& to_run) {
  SweepOptions options;
  options.program = worker_program();
  options.run_directory = run_directory;
  options.cache_directory = cache_directory();
  options.threads = meta.threads;
  options.devices = devices_of(meta.device);
  options.memory = free_memory();
  options.worker_memory = WorkerMemory(results.plan(), to_run, results.journal());
  options.failed_floats = failed_floats(to_run, results);
  return options;
}

TrialQueue queue_of(const std::vector<FrozenTrial>& to_run, const Results& results) {
  return TrialQueue(to_run, [&results](const std::string& trial) {
    const Record* record = results.journal().find(trial);
    return record != nullptr && !record->failed;
  });
}

ExitCode exit_code_of_signal(const SweepEnd& end) {
  constexpr int kKilled = 128;
  if (end.at_once || end.signal == SIGINT || end.signal == SIGTERM) {
    return static_cast<ExitCode>(kKilled + end.signal);
  }
  return ExitCode::Stopped;
}

}  // namespace qsweep
