#include "qsweep/engine/cluster/job.hpp"

#include "qsweep/engine/cluster/json_lines.hpp"

namespace qsweep {
namespace {

std::string jobs_path(const std::string& run_directory) {
  return run_directory + "/jobs.jsonl";
}

Job job_from(const Json& json) {
  return {json.at("engine").get<std::string>(),
          json.at("job").get<std::string>(),
          json.at("first").get<uint32_t>(),
          json.at("slices").get<uint32_t>()};
}

}  // namespace

std::vector<Job> read_jobs(const std::string& run_directory) {
  return read_json_lines(jobs_path(run_directory), job_from);
}

void add_job(const std::string& run_directory, const Job& job) {
  const Json line{
      {"engine", job.engine}, {"job", job.id}, {"first", job.first}, {"slices", job.slices}};
  add_json_lines(jobs_path(run_directory), std::vector<Json>{line});
}

}  // namespace qsweep
