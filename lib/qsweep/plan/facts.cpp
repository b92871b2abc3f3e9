#include "qsweep/plan/facts.hpp"

namespace qsweep {

void to_json(Json& json, const DataFacts& facts) {
  json = Json{{"classes", facts.classes},
              {"channels", facts.channels},
              {"height", facts.height},
              {"width", facts.width},
              {"train_images", facts.train_images},
              {"test_images", facts.test_images},
              {"shared_images", facts.shared_images},
              {"fingerprint", facts.fingerprint},
              {"validation", facts.validation},
              {"warnings", facts.warnings}};
}

void from_json(const Json& json, DataFacts& facts) {
  json.at("classes").get_to(facts.classes);
  json.at("channels").get_to(facts.channels);
  json.at("height").get_to(facts.height);
  json.at("width").get_to(facts.width);
  json.at("train_images").get_to(facts.train_images);
  json.at("test_images").get_to(facts.test_images);
  json.at("shared_images").get_to(facts.shared_images);
  json.at("fingerprint").get_to(facts.fingerprint);
  json.at("validation").get_to(facts.validation);
  json.at("warnings").get_to(facts.warnings);
}

void to_json(Json& json, const ModelFacts& facts) {
  json = Json{{"layers", facts.layers},
              {"parameters", facts.parameters},
              {"weights", facts.weights},
              {"warnings", facts.warnings},
              {"training_warnings", facts.training_warnings}};
}

void from_json(const Json& json, ModelFacts& facts) {
  json.at("layers").get_to(facts.layers);
  json.at("parameters").get_to(facts.parameters);
  json.at("weights").get_to(facts.weights);
  json.at("warnings").get_to(facts.warnings);
  json.at("training_warnings").get_to(facts.training_warnings);
}

void to_json(Json& json, const ModelQuestion& question) {
  json = Json{{"zoo", question.zoo},
              {"script", question.script},
              {"parameters", question.parameters},
              {"images", {question.images.channels, question.images.height, question.images.width}},
              {"classes", question.classes}};
}

void from_json(const Json& json, ModelQuestion& question) {
  json.at("zoo").get_to(question.zoo);
  json.at("script").get_to(question.script);
  json.at("parameters").get_to(question.parameters);
  const Json& images = json.at("images");
  question.images = {images.at(0), images.at(1), images.at(2)};
  json.at("classes").get_to(question.classes);
}

void to_json(Json& json, const CorrectionQuestion& question) {
  json = Json{{"layers", question.layers},
              {"quantizers", question.quantizers},
              {"corrections", question.corrections}};
}

void from_json(const Json& json, CorrectionQuestion& question) {
  json.at("layers").get_to(question.layers);
  json.at("quantizers").get_to(question.quantizers);
  json.at("corrections").get_to(question.corrections);
}

std::string setting_named_by(const std::string& text) {
  const std::string start = text.substr(0, text.find_first_of(": "));
  const bool is_path = start == "validation" || start.rfind("data.", 0) == 0;
  return is_path ? start : "data.root";
}

}  // namespace qsweep
