#include "qsweep/core/error.hpp"
#include "qsweep/data/dataset.hpp"
#include "qsweep/model/script/script_model.hpp"
#include "qsweep/model/state_file.hpp"
#include "qsweep/plan/facts.hpp"
#include "qsweep/quant/correction.hpp"
#include "qsweep/trial/stages.hpp"

#include <iostream>

#include "worker.hpp"

namespace qsweep {
namespace {

DataFacts facts_of(const Dataset& dataset) {
  DataFacts facts;
  facts.classes = dataset.classes;
  facts.channels = dataset.channels;
  facts.height = dataset.height;
  facts.width = dataset.width;
  facts.train_images = dataset.train->count();
  facts.test_images = dataset.test->count();
  facts.shared_images = dataset.shared_images;
  facts.fingerprint = dataset.fingerprint;
  facts.warnings = dataset.warnings;
  return facts;
}

ModelFacts facts_of(const TrialModel& wanted,
                    const ModelOptions& options,
                    const ModelTable& models) {
  const auto model = make_model(models, wanted, options, /*seed=*/0);
  ModelFacts facts;
  if (const auto* script = dynamic_cast<const ScriptModel*>(model.get())) {
    facts.warnings = script->frozen_modes().in_evaluation;
    facts.training_warnings = script->frozen_modes().in_training;
  }
  facts.layers = model->layers();
  for (const auto& [name, parameter] : model->parameters()) {
    facts.parameters += parameter.numel();
  }
  if (!wanted.script.empty()) {
    facts.weights = script_fingerprint(wanted.script);
  } else if (!wanted.weights.empty()) {
    load_state(*model, read_state_file(wanted.weights), wanted.weights);
    facts.weights = fingerprint_of(state_of(*model));
  }
  return facts;
}

ModelFacts facts_of(const ModelQuestion& question, const ModelTable& models) {
  TrialModel wanted;
  wanted.zoo = question.zoo;
  wanted.script = question.script;
  wanted.parameters = question.parameters;
  ModelOptions options;
  options.input = {question.images.channels, question.images.height, question.images.width};
  options.classes = question.classes;
  return facts_of(wanted, options, models);
}

Json answer_to(const Json& request,
               const Tables& tables,
               const std::string& cache_directory,
               int threads) {
  std::string about = "data";
  try {
    if (request.contains("corrections")) {
      return {{"corrected_layers", corrected_layers(request.get<CorrectionQuestion>())}};
    }
    if (request.contains("inspect")) {
      return {{"model", facts_of(request.at("inspect").get<ModelQuestion>(), tables.models)}};
    }
    auto settings = request.at("settings").get<Settings>();
    const Json& model = request.at("model");
    TrialModel wanted;
    if (!model.is_null()) {
      model.get_to(wanted);
    }
    resize_for(wanted, settings.data);
    const Dataset dataset = open_dataset(settings, cache_directory, threads, tables.datasets);
    Json answer = {{"data", facts_of(dataset)}, {"model", nullptr}};
    if (!model.is_null()) {
      about = "model";
      answer["model"] = facts_of(wanted, options_for(dataset), tables.models);
    }
    return answer;
  } catch (const Error& error) {
    return {{"error", error.what()}, {"about", about}};
  } catch (const c10::Error& error) {
    return {{"error", error.what_without_backtrace()}, {"about", about}};
  }
}

}  // namespace

void answer_facts(const Tables& tables, const std::string& cache_directory, int threads) {
  std::string line;
  while (std::getline(std::cin, line)) {
    const Json answer = answer_to(Json::parse(line), tables, cache_directory, threads);
    std::cout << '\n' << answer.dump() << std::endl;  // whatever a plugin has printed
  }
}

}  // namespace qsweep
