#include "qsweep/core/error.hpp"
#include "qsweep/quant/correction.hpp"
#include "qsweep/trial/facts_of.hpp"
#include "qsweep/trial/stages.hpp"

#include <iostream>
#include <new>
#include <system_error>

#include "worker.hpp"

namespace qsweep {
namespace {

ModelFacts facts_of(const ModelQuestion& question, const ModelTable& models) {
  TrialModel wanted;
  wanted.zoo = question.zoo;
  wanted.script = question.script;
  wanted.parameters = question.parameters;
  ModelOptions options;
  options.input = {question.images.channels, question.images.height, question.images.width};
  options.classes = question.classes;
  return facts_of(models, wanted, options);
}

Json answer_to(const Json& request,
               const Tables& tables,
               const std::string& cache_directory,
               int threads) {
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
      answer["model"] = facts_of(tables.models, wanted, options_for(dataset));
    }
    return answer;
  } catch (const WriteError& error) {
    return {{"error", error.what()}, {"cannot_write", true}};
  } catch (const Error& error) {
    return {{"error", error.what()}};
  } catch (const c10::Error& error) {
    return {{"error", error.what_without_backtrace()}};
  } catch (const std::system_error& error) {  // what a file system says
    return {{"error", error.what()}};
  } catch (const std::bad_alloc&) {
    return {{"error", "out of memory"}};
  }
}

}  // namespace

void answer_facts(const Tables& tables, const std::string& cache_directory, int threads) {
  std::string line;
  while (std::getline(std::cin, line)) {
    tell(answer_to(Json::parse(line), tables, cache_directory, threads));
  }
}

}  // namespace qsweep
