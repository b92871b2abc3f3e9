#include "qsweep/core/error.hpp"
#include "qsweep/core/freed_memory.hpp"
#include "qsweep/core/standard_streams.hpp"
#include "qsweep/trial/settle_torch.hpp"

#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/utils.h>
#include <torch/version.h>

#include <CLI/CLI.hpp>

#include <iostream>
#include <system_error>
#include <utility>
#include <vector>

#include "worker.hpp"

namespace {

using qsweep::ExitCode;
using qsweep::Json;

struct Arguments {
  std::string run;
  std::string name = "worker";
  std::string cache;
  std::string device = "cpu";
  std::string keep = "none";
  int threads = 1;
  std::vector<std::string> plugins;
  qsweep::ExportRequest request;
};

int work(const CLI::App& app, const Arguments& arguments) {
  qsweep::keep_freed_memory();
  qsweep::settle_torch(arguments.threads);
  const auto& command = app.get_subcommands().at(0)->get_name();
  if (command == "catalog") {
    qsweep::tell_catalog(arguments.plugins);
  } else if (command == "version") {
    std::cout << Json{{"qsweep", QSWEEP_VERSION},
                      {"libtorch", TORCH_VERSION},
                      {"build", QSWEEP_BUILD}}
                     .dump()
              << std::endl;
  } else if (command == "facts") {
    qsweep::answer_facts(
        qsweep::tables_with(arguments.plugins), arguments.cache, arguments.threads);
  } else {
    qsweep::Workbench::Options options;
    options.run_directory = arguments.run;
    options.cache_directory = arguments.cache;
    options.threads = arguments.threads;
    options.device = torch::Device(arguments.device);
    if (options.device.is_cuda() && !torch::cuda::is_available()) {
      throw qsweep::ConfigError("--device " + arguments.device +
                                ": LibTorch finds no GPU, or was built without CUDA");
    }
    options.keep = arguments.keep;
    qsweep::Tables tables = qsweep::tables_of_run(arguments.run);
    if (command == "export") {
      qsweep::export_kept(arguments.request, std::move(tables), options);
    } else {
      qsweep::run_trials(std::move(tables), options, arguments.name);
    }
  }
  return static_cast<int>(ExitCode::Ok);
}

}  // namespace

int main(int argc, char** argv) {
  qsweep::open_standard_streams();
  CLI::App app("The part of qsweep that computes; `qsweep` starts it.");
  app.require_subcommand(1);
  Arguments arguments;
  auto* catalog = app.add_subcommand("catalog", "print what experiment files can name");
  app.add_subcommand("version", "print the versions of qsweep and LibTorch");
  auto* facts = app.add_subcommand("facts", "answer what data and models are");
  auto* run = app.add_subcommand("run", "run the trials named on standard input");
  run->add_option("run", arguments.run, "the run's folder")->required();
  run->add_option("--name", arguments.name, "of this worker's journal");
  run->add_option("--device", arguments.device, "cpu or cuda:N");
  run->add_option("--keep", arguments.keep, "the weights of an epoch: none, best or last")
      ->check(CLI::IsMember({"none", "best", "last"}));
  auto* exporting = app.add_subcommand("export", "write what a trial left");
  exporting->add_option("run", arguments.run, "the run's folder")->required();
  exporting->add_option("--trial", arguments.request.trial, "its id")->required();
  exporting->add_option("--as", arguments.request.as, "the form")->required();
  exporting->add_option("--out", arguments.request.out, "the file")->required();
  for (auto* command : {catalog, facts}) {
    command->add_option("--plugin", arguments.plugins, "a shared library that adds to it")
        ->take_all()
        ->allow_extra_args(false);
  }
  for (auto* command : {facts, run, exporting}) {
    command->add_option("--cache", arguments.cache, "where decoded data are kept")->required();
    command->add_option("--threads", arguments.threads, "threads to compute with");
  }
  CLI11_PARSE(app, argc, argv);
  try {
    return work(app, arguments);
  } catch (const qsweep::WriteError& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(ExitCode::CannotWrite);
  } catch (const qsweep::Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(ExitCode::Usage);
  } catch (const std::system_error& error) {  // what a file system or a file says
    std::cerr << error.what() << '\n';
    return static_cast<int>(ExitCode::Usage);
  } catch (const c10::Error& error) {
    std::cerr << error.what_without_backtrace() << '\n';
    return static_cast<int>(ExitCode::Defect);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(ExitCode::Defect);
  }
}
