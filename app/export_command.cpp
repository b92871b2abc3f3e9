#include "qsweep/engine/child_process.hpp"
#include "qsweep/engine/folders.hpp"
#include "qsweep/engine/line_buffer.hpp"
#include "qsweep/report/number_text.hpp"
#include "qsweep/report/trial_summary.hpp"

#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "command.hpp"
#include "log.hpp"

namespace qsweep {
namespace {

struct ExportOptions {
  std::string run;
  std::string trial;
  std::string as = "state_dict";
  std::string out;  // empty: in the trial's folder
};

// Only a trial with a result has left anything that counts.
std::string finished_trial(const Results& results, const std::string& start) {
  const std::string trial = find_trial(results.plan(), start);
  const Record* record = results.journal().find(trial);
  if (record == nullptr || record->failed) {
    throw ConfigError("the trial " + trial + (record == nullptr ? " has not run" : " has failed") +
                      ": there is nothing to export");
  }
  return trial;
}

std::string file_of(const ExportOptions& arguments, const std::string& trial) {
  if (!arguments.out.empty()) {
    return arguments.out;
  }
  const std::string ending = arguments.as == "torchscript" ? ".ts" : ".pt";
  return arguments.run + "/trials/" + trial + "/export_" + arguments.as + ending;
}

// The one line of JSON that the worker tells; others are a plugin's.
Json ask_worker(const std::vector<std::string>& command, const std::string& file) {
  ChildProcess worker(command, ChildProcess::Errors::Inherited);
  LineBuffer lines;
  while (lines.read_from(worker.output())) {
  }
  Json told;
  while (const auto line = lines.next()) {
    Json json = Json::parse(*line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object()) {
      told = std::move(json);
    }
  }
  const ProcessEnd end = worker.wait();
  if (end.code == static_cast<int>(ExitCode::CannotWrite)) {
    throw WriteError(file, "cannot be written");
  }
  if (told.is_null() || end.signal != 0 || end.code != 0) {
    throw IoError("the worker that exports " + end.text());
  }
  return told;
}

std::string described(const Json& told) {
  if (told.contains("tensors")) {
    return std::to_string(told.at("tensors").get<int64_t>()) + " tensors";
  }
  return "top-1 " + percent_text(told.at("top1").get<double>()) + " on " +
         std::to_string(told.at("images").get<int64_t>()) + " images as the quantized network's; " +
         std::to_string(told.at("equal_logits").get<int64_t>()) + " of them with equal logits";
}

ExitCode act(const ExportOptions& arguments) {
  const Results results = load_results(arguments.run);
  const std::string trial = finished_trial(results, arguments.trial);
  const auto meta = read_meta(arguments.run);
  const std::string file = file_of(arguments, trial);
  const Json told = ask_worker({worker_program(),
                                "export",
                                arguments.run,
                                "--trial",
                                trial,
                                "--as",
                                arguments.as,
                                "--out",
                                file,
                                "--cache",
                                cache_directory(),
                                "--threads",
                                std::to_string(meta ? meta->threads : 1)},
                               file);
  if (told.contains("error")) {
    throw ConfigError(told.at("error").get<std::string>());
  }
  log_info(described(told));
  std::cout << file << "\n";
  return ExitCode::Ok;
}

}  // namespace

Command add_export_command(CLI::App& app) {
  auto* command = app.add_subcommand("export", "what a trial made, for Python and LibTorch");
  auto arguments = std::make_shared<ExportOptions>();
  command->add_option("run", arguments->run, "the run's folder")->required()->type_name("RUN");
  command->add_option("trial", arguments->trial, "its id, or the beginning of it")
      ->required()
      ->type_name("TRIAL");
  command
      ->add_option(
          "--as", arguments->as, "state_dict (the default), quantized, codes or torchscript")
      ->type_name("FORM")
      ->check(CLI::IsMember({"state_dict", "quantized", "codes", "torchscript"}));
  command->add_option("-o,--out", arguments->out, "the file; in the trial's folder by default")
      ->type_name("FILE");
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
