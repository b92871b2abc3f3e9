#include "qsweep/engine/run_lock.hpp"
#include "qsweep/report/run_status.hpp"

#include <iostream>
#include <memory>
#include <string>

#include "command.hpp"

namespace qsweep {
namespace {

struct Arguments {
  std::string run;
  std::string format = "text";
};

ExitCode act(const Arguments& arguments) {
  const RunStatus status = run_status(load_results(arguments.run));
  const auto holder = lock_holder(arguments.run);
  if (arguments.format == "json") {
    Json json = status;
    json["running"] = holder ? Json(*holder) : Json();
    std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    std::cout << to_string(status) << (holder ? "running: " + *holder + "\n" : "");
  }
  return ExitCode::Ok;
}

}  // namespace

Command add_status_command(CLI::App& app) {
  auto* command = app.add_subcommand("status", "how far a run is; failures with their reasons");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("run", arguments->run, "the run's folder")->required()->type_name("RUN");
  command->add_option("--format", arguments->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
