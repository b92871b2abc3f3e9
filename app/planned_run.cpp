#include "planned_run.hpp"

#include "qsweep/config/keep.hpp"
#include "qsweep/core/folder_of.hpp"
#include "qsweep/core/json.hpp"
#include "qsweep/core/sha256.hpp"
#include "qsweep/engine/cluster/engine.hpp"
#include "qsweep/engine/file_stamp.hpp"
#include "qsweep/engine/folders.hpp"
#include "qsweep/engine/processors.hpp"
#include "qsweep/engine/resolved_text.hpp"
#include "qsweep/engine/worker_facts.hpp"

#include <filesystem>

#include "log.hpp"
#include "plugin_options.hpp"

namespace qsweep {

void PlanArguments::add_to(CLI::App& app) {
  app.add_option("file", file, "the experiment file")->required()->type_name("FILE.yaml");
  app.add_option("-o,--out", out, "where the run lives; results/<name> by default")
      ->type_name("DIR");
  app.add_option("--set", edits.set, "override a setting of the file")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--limit", edits.limit, "evaluate on N images; marked in every output")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
  add_plugins(app, edits.plugins);
  add_no_plugins(app, no_plugins);
  add_no_scripts(app, no_scripts);
}

void add_no_scripts(CLI::App& command, bool& no_scripts) {
  command.add_flag(
      "--no-scripts", no_scripts, "refuse TorchScript models: loading one runs code from its file");
}

std::string own_program() {
  return std::filesystem::read_symlink("/proc/self/exe").string();
}

namespace {

// A copy has another file name, which gives no name.
Node named(Node file, const std::string& name) {
  if (file.find("name") == nullptr) {
    set_path(file, "name", option_value("name", name));
  }
  return file;
}

}  // namespace

PlannedRun plan_run(const PlanArguments& arguments) {
  PlannedRun run;
  // A file that is no YAML is told without asking any worker.
  run.file = edited(parse_yaml(read_source(arguments.file)), arguments.edits);
  run.program = worker_program();
  run.cache_directory = cache_directory();
  run.plugins = read_plugins(run.file, folder_of(arguments.file));
  check_no_plugins(arguments.no_plugins, run.plugins);
  run.worker = worker_info(run.program, run.cache_directory, run.plugins);
  run.experiment = read_experiment(run.file, run.worker.catalog);
  run.keep = read_keep(run.file);
  check_engines(run.file);
  check_edits(arguments.edits, run.experiment);
  run.resolved = resolved_text(named(run.file, run.experiment.name), run.experiment.directory);
  run.run_directory = arguments.out.empty() ? "results/" + run.experiment.name : arguments.out;
  // Looking at the data is the only work at this time: it may use the whole machine.
  WorkerFacts facts(run.program, run.cache_directory, processor_count(), run.plugins);
  if (arguments.no_scripts) {
    facts.refuse_scripts();
  }
  run.plan = make_plan(run.experiment, run.worker.catalog, facts);
  run.plan_key = sha256_hex(Json{run.resolved,
                                 run.experiment.name,
                                 run.worker.catalog,
                                 facts.digest(),
                                 file_stamp(own_program())}
                                .dump());
  return run;
}

void log_warnings(const Plan& plan) {
  for (const std::string& warning : plan.warnings()) {
    log_warning(warning);
  }
}

}  // namespace qsweep
