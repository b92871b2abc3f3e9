#include "qsweep/engine/worker_info.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/engine/answer_cache.hpp"
#include "qsweep/engine/child_process.hpp"
#include "qsweep/engine/file_stamp.hpp"
#include "qsweep/engine/line_buffer.hpp"

namespace qsweep {
namespace {

Json ask(const std::string& program, const std::string& question) {
  ChildProcess worker({program, question}, ChildProcess::Errors::Inherited);
  worker.close_input();
  LineBuffer lines;
  while (lines.read_from(worker.output())) {
  }
  const auto answer = lines.next();
  const ProcessEnd end = worker.wait();
  const Json json = Json::parse(answer.value_or(""), nullptr, /*allow_exceptions=*/false);
  if (end.code != 0 || end.signal != 0 || !json.is_object()) {
    throw IoError(program, "the worker does not answer '" + question + "': it " + end.text());
  }
  return json;
}

}  // namespace

WorkerInfo worker_info(const std::string& program, const std::string& cache_directory) {
  const AnswerCache cache(cache_directory + "/facts");
  const Json key{{"about", "worker"}, {"program", program}, {"stamp", file_stamp(program)}};
  std::optional<Json> answer = cache.find(key);
  if (!answer) {
    answer = Json{{"catalog", ask(program, "catalog")}, {"version", ask(program, "version")}};
    cache.store(key, *answer);
  }
  WorkerInfo info;
  answer->at("catalog").get_to(info.catalog);
  const Json& version = answer->at("version");
  version.at("qsweep").get_to(info.qsweep);
  version.at("libtorch").get_to(info.libtorch);
  version.at("build").get_to(info.build);
  return info;
}

}  // namespace qsweep
