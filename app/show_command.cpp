#include "qsweep/report/trial_summary.hpp"

#include <iostream>
#include <memory>
#include <string>

#include "command.hpp"

namespace qsweep {
namespace {

struct ShowOptions {
  std::string run;
  std::string trial;
  std::string format = "text";
};

ExitCode act(const ShowOptions& arguments) {
  const Results results = load_results(arguments.run);
  const std::string trial = find_trial(results.plan(), arguments.trial);
  const Json summary = trial_summary(arguments.run, results, trial);
  std::cout << (arguments.format == "json"
                    ? summary.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                    : trial_text(summary, results));
  return ExitCode::Ok;
}

}  // namespace

Command add_show_command(CLI::App& app) {
  auto* command = app.add_subcommand("show", "everything about one trial of a run");
  auto arguments = std::make_shared<ShowOptions>();
  command->add_option("run", arguments->run, "the run's folder")->required()->type_name("RUN");
  command->add_option("trial", arguments->trial, "its id, or the beginning of it")
      ->required()
      ->type_name("TRIAL");
  command->add_option("--format", arguments->format, "text (the default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
