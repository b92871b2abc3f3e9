#include "qsweep/study/study_facts.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/state_file.hpp"
#include "qsweep/quant/correction.hpp"
#include "qsweep/trial/stages.hpp"

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

// What goes wrong is told with its place in the file.
template <class Body>
auto at_place(const Place& place, Body body) {
  try {
    return body();
  } catch (const Error& error) {
    throw config_error(place, error.what());
  } catch (const c10::Error& error) {
    throw config_error(place, error.what_without_backtrace());
  }
}

}  // namespace

DataFacts StudyFacts::data(const Settings& settings, const Place& place) {
  return at_place(place, [&] { return facts_of(bench_.dataset(settings)); });
}

ModelFacts StudyFacts::model(const ModelChoice& choice, const Settings& settings) {
  if (!choice.script.empty()) {
    throw config_error(choice.place,
                       "a study runs the networks of its program; scripts are for the command");
  }
  return at_place(choice.place, [&] {
    TrialModel wanted;
    wanted.zoo = choice.zoo;
    wanted.parameters = choice.parameters;
    wanted.size = choice.size;
    Settings sized = settings;
    resize_for(wanted, sized.data);
    const auto model =
        make_model(bench_.tables().models, wanted, options_for(bench_.dataset(sized)), /*seed=*/0);
    ModelFacts facts;
    facts.layers = model->layers();
    for (const auto& [name, parameter] : model->parameters()) {
      facts.parameters += parameter.numel();
    }
    if (!choice.weights.empty()) {
      load_state(*model, read_state_file(choice.weights), choice.weights);
      facts.weights = fingerprint_of(state_of(*model));
    }
    return facts;
  });
}

std::vector<std::vector<int>> StudyFacts::corrected_layers(const CorrectionQuestion& question) {
  return qsweep::corrected_layers(question);
}

}  // namespace qsweep
