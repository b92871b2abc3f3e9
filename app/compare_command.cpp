#include "qsweep/report/render_comparison.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "command.hpp"
#include "log.hpp"
#include "report_format.hpp"

namespace qsweep {
namespace {

struct CompareOptions {
  std::string base;
  std::string now;
  std::string format = "text";
};

ExitCode exit_code_of(const Comparison& comparison) {
  if (comparison.count(Verdict::Failed) > 0) {
    return ExitCode::TrialFailed;
  }
  if (comparison.count(Verdict::Worse) > 0) {
    return ExitCode::GateFailed;
  }
  const bool any = std::any_of(comparison.rows.begin(),
                               comparison.rows.end(),
                               [](const ComparedRow& row) { return row.is_compared(); });
  if (!any) {
    log_error("qsweep: error: nothing to compare: no row has a result in both runs");
  }
  return any ? ExitCode::Ok : ExitCode::NothingToDo;
}

ExitCode act(const CompareOptions& arguments) {
  const RunInFolder now = load_run(arguments.now);
  if (std::filesystem::is_regular_file(arguments.base)) {
    throw ConfigError(arguments.base +
                      " is a file, and runs are compared image by image: give the run's folder; "
                      "--gate 'top1 drop <= 0.5 vs " +
                      arguments.base + "' takes a CSV");
  }
  if (!is_run_folder(arguments.base)) {  // as on the first night
    log_error("qsweep: error: nothing to compare with: no run in " + arguments.base);
    return ExitCode::NothingToDo;
  }
  const RunInFolder base = load_run(arguments.base);
  const Comparison comparison = compare_runs(base, now);
  std::cout << render(comparison, kReportFormats.at(arguments.format));
  std::cout.flush();
  return exit_code_of(comparison);
}

}  // namespace

Command add_compare_command(CLI::App& app) {
  auto* command = app.add_subcommand("compare", "what changed between two runs");
  auto arguments = std::make_shared<CompareOptions>();
  command->add_option("base", arguments->base, "the folder of the run to compare with")
      ->required()
      ->type_name("BASE");
  command->add_option("new", arguments->now, "the folder of the new run")
      ->required()
      ->type_name("NEW");
  command
      ->add_option(
          "--format", arguments->format, "text (the default), markdown, csv, json or latex")
      ->check(CLI::IsMember(kReportFormats));
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
