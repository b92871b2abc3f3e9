#include "qsweep/engine/worker_facts.hpp"

#include "qsweep/config/experiment.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/core/sha256.hpp"
#include "qsweep/engine/file_stamp.hpp"

#include <utility>
#include <vector>

namespace qsweep {
namespace {

// Only what data and models depend on, so that an edit elsewhere finds the cached answer.
Settings data_part(const Settings& settings) {
  Settings part;
  part.data = settings.data;
  part.data.augment.clear();
  part.validation = settings.validation;
  return part;
}

// That an answer depends on.
std::vector<std::string> paths_in(const Json& request) {
  std::vector<std::string> paths;
  if (request.contains("inspect")) {
    paths.push_back(request.at("inspect").at("script"));
  } else if (request.contains("settings")) {
    paths.push_back(request.at("settings").at("data").at("root"));
    if (const Json& model = request.at("model"); !model.is_null()) {
      paths.push_back(model.at("weights"));
      paths.push_back(model.at("script"));
    }
  }
  return paths;
}

}  // namespace

WorkerFacts::WorkerFacts(std::string program,
                         const std::string& cache_directory,
                         int threads,
                         std::vector<Plugin> plugins)
    : program_(std::move(program)),
      cache_directory_(cache_directory),
      threads_(threads),
      plugins_(std::move(plugins)),
      program_stamp_(file_stamp(program_)),
      cache_(cache_directory + "/facts") {}

DataFacts WorkerFacts::data(const Settings& settings, const SettingPlaces& place_of) {
  const Json request{{"settings", data_part(settings)}, {"model", nullptr}};
  const PlaceOf at_setting = [&](const std::string& error) {
    return place_of(setting_named_by(error));
  };
  return answer_to(request, at_setting).at("data").get<DataFacts>();
}

ModelFacts WorkerFacts::model(const ModelChoice& model, const Settings& settings) {
  check_script(model.script, model.place);
  const Json wanted{{"zoo", model.zoo},
                    {"script", model.script},
                    {"weights", model.weights},
                    {"parameters", model.parameters},
                    {"size", model.size}};
  const Json request{{"settings", data_part(settings)}, {"model", wanted}};
  const bool has_weights = !model.weights.empty();
  const PlaceOf place_of = [&](const std::string& error) {
    return model.place_of(has_weights && error.rfind(model.weights, 0) == 0 ? "weights" : "");
  };
  return answer_to(request, place_of).at("model").get<ModelFacts>();
}

ModelFacts WorkerFacts::model(const ModelQuestion& question, const Place& place) {
  check_script(question.script, place);
  const PlaceOf there = [&place](const std::string&) { return place; };
  return answer_to(Json{{"inspect", question}}, there).at("model").get<ModelFacts>();
}

void WorkerFacts::check_script(const std::string& script, const Place& place) const {
  if (refuses_scripts_ && !script.empty()) {
    throw config_error(place,
                       script +
                           " is a TorchScript model, which --no-scripts refuses: loading one runs "
                           "code from its file");
  }
}

std::vector<std::vector<int>> WorkerFacts::corrected_layers(const CorrectionQuestion& question) {
  const PlaceOf nowhere = [](const std::string&) { return Place(); };
  return answer_to(Json(question), nowhere).at("corrected_layers");
}

// A folder of images is walked once for all models.
Json WorkerFacts::stamps_of(const Json& request) {
  Json stamps = Json::object();
  for (const std::string& path : paths_in(request)) {
    if (!path.empty()) {
      if (stamps_.count(path) == 0) {
        stamps_.emplace(path, file_stamp(path));
      }
      stamps[path] = stamps_.at(path);
    }
  }
  return stamps;
}

Json WorkerFacts::answer_to(const Json& request, const PlaceOf& place_of) {
  Json key{{"program", program_},
           {"program_stamp", program_stamp_},
           {"request", request},
           {"stamps", stamps_of(request)}};
  if (!plugins_.empty()) {
    key["plugins"] = plugins_;
  }
  Json answer = answer_of_cache_or_worker(key, place_of);
  digest_ = sha256_hex(digest_ + key.dump() + answer.dump());
  return answer;
}

Json WorkerFacts::answer_of_cache_or_worker(const Json& key, const PlaceOf& place_of) {
  const Json& request = key.at("request");
  if (auto known = cache_.find(key)) {
    return std::move(*known);
  }
  Json answer = ask(request);
  if (answer.contains("error")) {
    const auto error = answer.at("error").get<std::string>();
    if (answer.contains("cannot_write")) {
      throw WriteError(error);
    }
    throw config_error(place_of(error), error);
  }
  stamps_.clear();
  // Files that changed meanwhile, a download for one, are looked at again next time.
  if (stamps_of(request) == key.at("stamps")) {
    cache_.store(key, answer);
  }
  return answer;
}

Json WorkerFacts::ask(const Json& request) {
  if (!worker_) {
    start();
  }
  worker_->send_line(request.dump());
  for (;;) {
    std::optional<std::string> line = lines_.next();
    while (!line && lines_.read_from(worker_->output())) {
      line = lines_.next();
    }
    if (!line) {
      const ProcessEnd end = worker_->wait();
      worker_.reset();
      const std::string text = "the worker that looks at data and models " + end.text();
      if (end.was_killed()) {
        throw TryAgain(text + "; the same command tries again");
      }
      throw IoError(text);
    }
    Json answer = Json::parse(*line, nullptr, /*allow_exceptions=*/false);
    if (answer.is_object()) {  // what is none, some library or plugin printed
      return answer;
    }
  }
}

void WorkerFacts::start() {
  std::vector<std::string> command{
      program_, "facts", "--cache", cache_directory_, "--threads", std::to_string(threads_)};
  for (const Plugin& plugin : plugins_) {
    command.insert(command.end(), {"--plugin", plugin.path});
  }
  worker_ = std::make_unique<ChildProcess>(command, ChildProcess::Errors::Inherited);
}

}  // namespace qsweep
