#include "qsweep/engine/run_lock.hpp"
#include "qsweep/report/run_follower.hpp"
#include "qsweep/report/run_status.hpp"

#include <chrono>
#include <iostream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "command.hpp"

namespace qsweep {
namespace {

struct StatusOptions {
  std::string run;
  std::string format = "text";
  bool follow = false;
};

Json status_json(const RunStatus& status, const std::optional<std::string>& holder) {
  Json json = status;
  json["running"] = holder ? Json(*holder) : Json();
  return json;
}

std::string json_text(const Json& json, int indentation) {
  return json.dump(indentation, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string status_text(const RunStatus& status, const std::optional<std::string>& holder) {
  return to_string(status) + (holder ? "running: " + *holder + "\n" : "");
}

void show(const StatusOptions& arguments) {
  const RunStatus status = run_status(load_results(arguments.run));
  const auto holder = lock_holder(arguments.run);
  std::cout << (arguments.format == "json" ? json_text(status_json(status, holder), 2)
                                           : status_text(status, holder));
}

// Prints what has not been printed yet.
class NewLines {
 public:
  void print(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (printed_.insert(line).second) {
        std::cout << line << "\n";
      }
    }
    std::cout.flush();
  }

 private:
  std::set<std::string> printed_;
};

// Until nobody runs the run.
void follow(const StatusOptions& arguments) {
  constexpr std::chrono::milliseconds kPause{500};
  RunFollower run(arguments.run);
  NewLines lines;
  while (true) {
    // Asked first, so that all that its holder wrote is read afterwards.
    const auto holder = lock_holder(arguments.run);
    run.update();
    const RunStatus status = run_status(run.results());
    lines.print(arguments.format == "json" ? json_text(status_json(status, holder), -1)
                                           : status_text(status, holder));
    if (!holder) {
      return;
    }
    std::this_thread::sleep_for(kPause);
  }
}

ExitCode act(const StatusOptions& arguments) {
  if (arguments.follow) {
    follow(arguments);
  } else {
    show(arguments);
  }
  return ExitCode::Ok;
}

}  // namespace

Command add_status_command(CLI::App& app) {
  auto* command = app.add_subcommand("status", "how far a run is; failures with their reasons");
  auto arguments = std::make_shared<StatusOptions>();
  command->add_option("run", arguments->run, "the run's folder")->required()->type_name("RUN");
  command->add_flag(
      "-f,--follow", arguments->follow, "go on and tell what is new, until nobody runs the run");
  command->add_option("--format", arguments->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
