#include "qsweep/engine/cluster/job_status.hpp"

#include <map>
#include <utility>

namespace qsweep {
namespace {

using SliceStatus = JobStatus::SliceStatus;
using States = std::map<std::pair<std::string, uint32_t>, std::string>;  // by job and element

std::string state_of(const Job& job,
                     uint32_t element,
                     const std::optional<States>& states,
                     bool is_done) {
  if (states) {
    const auto live = states->find({job.id, element});
    if (live != states->end()) {
      return live->second;
    }
  }
  if (is_done) {
    return "done";
  }
  return states ? "ended" : "unknown";
}

SliceStatus trials_of(const Slice& slice, const Results& results) {
  SliceStatus status;
  status.number = slice.number;
  for (const std::string& trial : slice.trials) {
    if (results.plan().trial_numbers.count(trial) == 0) {
      continue;
    }
    ++status.trials;
    if (const Record* record = results.journal().find(trial)) {
      ++(record->failed ? status.failed : status.done);
    }
  }
  return status;
}

JobStatus status_of(const Job& job,
                    const std::vector<Slice>& slices,
                    const Results& results,
                    const std::optional<States>& states) {
  JobStatus status;
  status.job = job;
  if (job.slices == 0) {
    status.state = state_of(job, 0, states, false);
  }
  for (uint32_t i = 0; i < job.slices && job.first + i < slices.size(); ++i) {
    SliceStatus slice = trials_of(slices[job.first + i], results);
    slice.state = state_of(job, i, states, slice.done == slice.trials);
    status.slices.push_back(std::move(slice));
  }
  return status;
}

// "1 to 3, 5"; the numbers ascend.
std::string ranges_text(const std::vector<uint32_t>& numbers) {
  std::string text;
  for (size_t first = 0, next = 0; first < numbers.size(); first = next) {
    next = first + 1;
    while (next < numbers.size() && numbers[next] == numbers[next - 1] + 1) {
      ++next;
    }
    text += (text.empty() ? "" : ", ") + std::to_string(numbers[first]);
    if (next - first > 1) {
      text += (next - first == 2 ? ", " : " to ") + std::to_string(numbers[next - 1]);
    }
  }
  return text;
}

// The slices of one job that are in the same state.
struct Group {
  std::vector<uint32_t> numbers;
  SliceStatus sum;

  void add(const SliceStatus& slice) {
    numbers.push_back(slice.number);
    sum.trials += slice.trials;
    sum.done += slice.done;
    sum.failed += slice.failed;
  }

  std::string text(const std::string& state) const {
    return (numbers.size() == 1 ? "slice " : "slices ") + ranges_text(numbers) + " " + state +
           ": " + std::to_string(sum.done) + " of " + std::to_string(sum.trials) + " trials done" +
           (sum.failed > 0 ? ", " + std::to_string(sum.failed) + " failed" : "");
  }
};

}  // namespace

std::vector<JobStatus> job_status(const std::vector<Job>& jobs,
                                  const std::vector<Slice>& slices,
                                  const Results& results,
                                  const std::optional<std::vector<LiveElement>>& live) {
  std::optional<States> states;
  if (live) {
    states.emplace();
    for (const LiveElement& element : *live) {
      states->emplace(std::make_pair(element.job, element.element), element.state);
    }
  }
  std::vector<JobStatus> all;
  for (const Job& job : jobs) {
    all.push_back(status_of(job, slices, results, states));
  }
  return all;
}

std::string to_string(const JobStatus& status) {
  const std::string job = "job " + status.job.id + " of " + status.job.engine + ": ";
  if (status.job.slices == 0) {
    return job + "the merge " + status.state + "\n";
  }
  std::map<std::string, Group> groups;  // by state
  for (const SliceStatus& slice : status.slices) {
    groups[slice.state].add(slice);
  }
  std::string text;
  for (const auto& [state, group] : groups) {
    text += job + group.text(state) + "\n";
  }
  return text;
}

void to_json(Json& json, const JobStatus& status) {
  Json slices = Json::array();
  for (const SliceStatus& slice : status.slices) {
    slices.push_back({{"slice", slice.number},
                      {"state", slice.state},
                      {"trials", slice.trials},
                      {"done", slice.done},
                      {"failed", slice.failed}});
  }
  json = Json{{"engine", status.job.engine}, {"job", status.job.id}, {"slices", std::move(slices)}};
  if (status.job.slices == 0) {
    json["merge"] = status.state;
  }
}

}  // namespace qsweep
