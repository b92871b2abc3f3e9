#include "qsweep/study/study_facts.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/quant/correction.hpp"
#include "qsweep/trial/facts_of.hpp"
#include "qsweep/trial/stages.hpp"

namespace qsweep {
namespace {

// What goes wrong is told with its place in the file.
template <class Body>
auto at_place(const SettingPlaces& place_of, Body body) {
  try {
    return body();
  } catch (const Error& error) {
    throw config_error(place_of(setting_named_by(error.what())), error.what());
  } catch (const c10::Error& error) {
    throw config_error(place_of(""), error.what_without_backtrace());
  }
}

}  // namespace

DataFacts StudyFacts::data(const Settings& settings, const SettingPlaces& place_of) {
  return at_place(place_of, [&] { return facts_of(bench_.dataset(settings)); });
}

ModelFacts StudyFacts::model(const ModelChoice& choice, const Settings& settings) {
  if (!choice.script.empty()) {
    throw config_error(choice.place,
                       "a study runs the networks of its program; scripts are for the command");
  }
  const SettingPlaces at_model = [&choice](const std::string&) { return choice.place; };
  return at_place(at_model, [&] {
    TrialModel wanted;
    wanted.zoo = choice.zoo;
    wanted.parameters = choice.parameters;
    wanted.size = choice.size;
    wanted.weights = choice.weights;
    Settings sized = settings;
    resize_for(wanted, sized.data);
    return facts_of(bench_.tables().models, wanted, options_for(bench_.dataset(sized)));
  });
}

std::vector<std::vector<int>> StudyFacts::corrected_layers(const CorrectionQuestion& question) {
  return qsweep::corrected_layers(question);
}

}  // namespace qsweep
