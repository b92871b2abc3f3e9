#include "qsweep/engine/worker_info.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/engine/answer_cache.hpp"
#include "qsweep/engine/child_process.hpp"
#include "qsweep/engine/file_stamp.hpp"
#include "qsweep/engine/line_buffer.hpp"

#include <optional>
#include <utility>

namespace qsweep {
namespace {

// The lines of its answer that are JSON; a plugin may print others.
class Answer {
 public:
  explicit Answer(const std::vector<std::string>& command)
      : worker_(command, ChildProcess::Errors::Inherited) {
    worker_.close_input();
  }

  // Nothing once it has ended.
  std::optional<Json> next() {
    for (;;) {
      std::optional<std::string> line = lines_.next();
      while (!line && lines_.read_from(worker_.output())) {
        line = lines_.next();
      }
      if (!line) {
        return std::nullopt;
      }
      Json json = Json::parse(*line, nullptr, /*allow_exceptions=*/false);
      if (json.is_object()) {
        return json;
      }
    }
  }

  ProcessEnd wait() { return worker_.wait(); }

 private:
  ChildProcess worker_;
  LineBuffer lines_;
};

[[noreturn]] void throw_no_answer(const std::string& program,
                                  const std::string& question,
                                  const ProcessEnd& end) {
  const std::string text = "the worker does not answer '" + question + "': it " + end.text();
  if (end.was_killed()) {
    throw TryAgain(program + ": " + text + "; the same command tries again");
  }
  throw IoError(program, text);
}

Json ask_version(const std::string& program) {
  Answer answer({program, "version"});
  std::optional<Json> version = answer.next();
  const ProcessEnd end = answer.wait();
  if (!version || !end.is_well()) {
    throw_no_answer(program, "version", end);
  }
  return std::move(*version);
}

// {"catalog", "plugins"}. The worker says which plugin it is about to load, then what that added.
Json ask_catalog(const std::string& program, const std::vector<Plugin>& plugins) {
  std::vector<std::string> command{program, "catalog"};
  for (const Plugin& plugin : plugins) {
    command.insert(command.end(), {"--plugin", plugin.path});
  }
  Json told{{"plugins", Json::array()}};
  const Plugin* loading = nullptr;
  Answer answer(command);
  while (std::optional<Json> line = answer.next()) {
    if (line->contains("loading")) {
      loading = &plugins.at(line->at("loading").get<size_t>());
    } else if (line->contains("plugin")) {
      told["plugins"].push_back(line->at("plugin"));
    } else if (line->contains("error") && loading != nullptr) {
      throw config_error(loading->place, line->at("error").get<std::string>());
    } else if (line->contains("quantizers")) {
      told["catalog"] = std::move(*line);
    }
  }
  const ProcessEnd end = answer.wait();
  if (told.contains("catalog") && end.is_well()) {
    return told;
  }
  if (loading != nullptr) {
    throw config_error(loading->place, loading->path + ": the worker that loaded it " + end.text());
  }
  throw_no_answer(program, "catalog", end);
}

}  // namespace

WorkerInfo worker_info(const std::string& program,
                       const std::string& cache_directory,
                       const std::vector<Plugin>& plugins) {
  const AnswerCache cache(cache_directory + "/facts");
  Json key{{"about", "worker"}, {"program", program}, {"stamp", file_stamp(program)}};
  if (!plugins.empty()) {
    key["plugins"] = plugins;
  }
  std::optional<Json> answer = cache.find(key);
  if (!answer) {
    answer = ask_catalog(program, plugins);
    answer->emplace("version", ask_version(program));
    cache.store(key, *answer);
  }
  WorkerInfo info;
  answer->at("catalog").get_to(info.catalog);
  answer->at("plugins").get_to(info.plugins);
  const Json& version = answer->at("version");
  version.at("qsweep").get_to(info.qsweep);
  version.at("libtorch").get_to(info.libtorch);
  version.at("build").get_to(info.build);
  return info;
}

}  // namespace qsweep
