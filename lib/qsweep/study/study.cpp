#include "qsweep/study/study.hpp"

#include "qsweep/core/file_hash.hpp"
#include "qsweep/engine/folders.hpp"
#include "qsweep/study/study_facts.hpp"
#include "qsweep/tables/catalog_of.hpp"
#include "qsweep/trial/run_trial.hpp"
#include "qsweep/trial/settle_torch.hpp"

#include <map>
#include <utility>

namespace qsweep {
namespace {

// What a network computes is the program's code: a trial of another program is another trial, and
// finds nothing that this one kept.
ModelTable marked(ModelTable models) {
  const std::string program = file_hash("/proc/self/exe").substr(0, 16);
  for (ModelEntry& entry : models) {
    Parameter mark;
    mark.name = "program";
    mark.type = Parameter::Type::Choice;
    mark.default_value = program;
    mark.choices = {program};
    mark.about = "the program that has the network";
    entry.info.parameters.push_back(std::move(mark));
  }
  return models;
}

Node without_plugins(Node file) {
  if (const Node* plugins = file.find("plugins")) {
    throw config_error(plugins->place,
                       "plugins are for the command; a study has the networks of its program");
  }
  return file;
}

Workbench::Options bench_options(const Experiment& experiment, const StudyOptions& options) {
  Workbench::Options bench;
  bench.run_directory = options.out.empty() ? "results/" + experiment.name : options.out;
  bench.cache_directory = options.cache.empty() ? cache_directory() : options.cache;
  bench.threads = options.threads;
  bench.device = options.device;
  return bench;
}

}  // namespace

struct Study::State {
  State(const std::string& file, ModelTable own, const StudyOptions& options)
      : tables{marked(std::move(own))},
        catalog(catalog_of(tables)),
        experiment(read_experiment(without_plugins(parse_yaml(read_source(file))), catalog)),
        bench(tables, bench_options(experiment, options)),
        facts(bench) {
    settle_torch(options.threads);
    plan = make_plan(experiment, catalog, facts);
  }

  Tables tables;
  Catalog catalog;
  Experiment experiment;
  Workbench bench;
  StudyFacts facts;
  std::unique_ptr<Plan> plan;
  std::map<uint32_t, Record> records;  // by trial
};

Study::Study(const std::string& file, ModelTable models, const StudyOptions& options)
    : state_(std::make_unique<State>(file, std::move(models), options)) {}

Study::~Study() = default;

const Plan& Study::plan() const {
  return *state_->plan;
}

std::vector<Row> Study::rows() const {
  std::vector<Row> rows;
  for (size_t i = 0; i < state_->plan->row_count(); ++i) {
    rows.push_back(state_->plan->row(i));
  }
  return rows;
}

const Record& Study::run(const Row& row) {
  const auto known = state_->records.find(row.trial);
  if (known != state_->records.end()) {
    return known->second;
  }
  const OnStage silent = [](const std::string& /*stage*/, int /*epoch*/, int /*epochs*/) {};
  Record record = run_trial(state_->plan->trial(row.trial), state_->bench, silent);
  return state_->records.emplace(row.trial, std::move(record)).first->second;
}

}  // namespace qsweep
