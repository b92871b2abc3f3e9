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
#include <vector>

#include "command.hpp"
#include "job_watch.hpp"

namespace qsweep {
namespace {

struct StatusOptions {
  std::string run;
  std::string format = "text";
  bool follow = false;
};

// What is known of a run at one time.
struct Seen {
  RunStatus run;
  std::vector<JobStatus> jobs;
  std::optional<std::string> holder;
};

Json seen_json(const Seen& seen) {
  Json json = seen.run;
  json["running"] = seen.holder ? Json(*seen.holder) : Json();
  json["jobs"] = seen.jobs;
  return json;
}

std::string json_text(const Json& json, int indentation) {
  return json.dump(indentation, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string seen_text(const Seen& seen) {
  std::string text = to_string(seen.run);
  for (const JobStatus& job : seen.jobs) {
    text += to_string(job);
  }
  return text + (seen.holder ? "running: " + *seen.holder + "\n" : "");
}

void show(const StatusOptions& arguments) {
  JobWatch jobs(arguments.run);
  jobs.update();
  const auto holder = lock_holder(arguments.run);
  const Results results = load_results(arguments.run);
  const Seen seen{run_status(results), jobs.status(results), holder};
  std::cout << (arguments.format == "json" ? json_text(seen_json(seen), 2) : seen_text(seen));
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

// Until nobody runs the run, as far as anybody tells.
void follow(const StatusOptions& arguments) {
  constexpr std::chrono::milliseconds kPause{500};
  RunFollower run(arguments.run);
  JobWatch jobs(arguments.run);
  NewLines lines;
  while (true) {
    // Asked first, so that all that its holder and its jobs wrote is read afterwards.
    const auto holder = lock_holder(arguments.run);
    jobs.update();
    run.update();
    const Seen seen{run_status(run.results()), jobs.status(run.results()), holder};
    lines.print(arguments.format == "json" ? json_text(seen_json(seen), -1) : seen_text(seen));
    if (!holder && !jobs.is_any_live()) {
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
  auto* command =
      app.add_subcommand("status", "how far a run and its jobs are; failures with their reasons");
  auto arguments = std::make_shared<StatusOptions>();
  command->add_option("run", arguments->run, "the run's folder")->required()->type_name("RUN");
  command->add_flag(
      "-f,--follow", arguments->follow, "go on and tell what is new, until nobody runs the run");
  command->add_option("--format", arguments->format, "text (the default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
