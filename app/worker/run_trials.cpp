#include "qsweep/journal/journal.hpp"
#include "qsweep/journal/run_folder.hpp"
#include "qsweep/trial/run_trial.hpp"

#include <iostream>
#include <utility>

#include "stop_request.hpp"
#include "worker.hpp"

namespace qsweep {
namespace {

void run_one(const Json& request, Workbench& bench, JournalWriter& journal) {
  const std::string id = request.at("trial");
  tell({{"event", "started"}, {"trial", id}});
  const Trial trial = read_trial(bench.options().run_directory, id);
  const OnStage tell_stage = [&](const std::string& stage, int epoch, int epochs) {
    tell({{"event", "stage"},
          {"trial", id},
          {"stage", stage},
          {"epoch", epoch},
          {"epochs", epochs}});
  };
  const Record record = run_trial(trial, bench, tell_stage, request.at("repeats"));
  if (record.failed) {
    std::cerr << record.error_text << std::endl;  // into the trial's log
  }
  journal.append(record);
  forget_checkpoint(record, bench);
  tell({{"event", "finished"}, {"trial", id}, {"failed", record.failed}});
}

}  // namespace

void run_trials(Tables tables, Workbench::Options options, const std::string& journal_name) {
  await_stop_requests();
  options.signals.stop_requested = stop_requested;
  options.signals.log = [](const std::string& line) { std::cerr << line << std::endl; };
  options.signals.wait = [](bool waits) { tell({{"event", waits ? "waits" : "goes_on"}}); };
  Workbench bench(std::move(tables), options);
  JournalWriter journal(journal_path(options.run_directory, journal_name));
  std::string line;
  try {
    while (!stop_requested() && std::getline(std::cin, line) && !stop_requested()) {
      run_one(Json::parse(line), bench, journal);
    }
  } catch (const TrialStopped& stopped) {
    std::cerr << "stopped: " << stopped.what() << std::endl;
  }
  if (stop_requested()) {
    end_by_signal();
  }
}

}  // namespace qsweep
