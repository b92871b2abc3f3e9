#include "job_watch.hpp"

#include <set>

#include "log.hpp"

namespace qsweep {
namespace {

// What engines ask of schedulers hangs on none of their options.
Node no_options() {
  Node file;
  file.kind = Node::Kind::Map;
  return file;
}

std::vector<LiveElement> live_elements(const std::vector<Job>& jobs) {
  std::set<std::string> engines;
  for (const Job& job : jobs) {
    engines.insert(job.engine);
  }
  std::vector<LiveElement> all;
  for (const std::string& engine : engines) {
    const auto live = live_of(jobs, make_engine(engine, no_options())->live());
    all.insert(all.end(), live.begin(), live.end());
  }
  return all;
}

}  // namespace

void JobWatch::update() {
  const size_t known = jobs_.size();
  jobs_ = read_jobs(run_directory_);
  const bool is_due = pace_.is_due() || jobs_.size() != known;
  if (!jobs_.empty() && is_due) {
    ask();
  }
}

void JobWatch::ask() {
  try {
    live_ = live_elements(jobs_);
    is_silent_ = false;
  } catch (const IoError& reason) {
    if (!is_silent_) {
      log_warning(run_directory_ +
                  ": warning: what waits or runs of its jobs is not known: " + reason.what());
    }
    is_silent_ = true;
  }
}

std::vector<JobStatus> JobWatch::status(const Results& results) const {
  if (jobs_.empty()) {
    return {};
  }
  return job_status(jobs_, read_slices(run_directory_), results, live_);
}

}  // namespace qsweep
