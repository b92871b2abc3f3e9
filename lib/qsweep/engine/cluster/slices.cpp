#include "qsweep/engine/cluster/slices.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/milliseconds_now.hpp"
#include "qsweep/engine/cluster/json_lines.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace qsweep {
namespace {

std::string slices_path(const std::string& run_directory) {
  return run_directory + "/slices.jsonl";
}

// How much a slice has so far. Plans of earlier versions tell no work: then the number decides.
using Load = std::tuple<double, size_t, size_t>;  // work, trials, position

Slice slice_from(const Json& json) {
  return {json.at("slice").get<uint32_t>(),
          json.at("made").get<int64_t>(),
          json.at("trials").get<std::vector<std::string>>()};
}

std::vector<FrozenTrial> part_of(const std::vector<FrozenTrial>& trials, bool floats) {
  std::vector<FrozenTrial> part;
  std::copy_if(trials.begin(), trials.end(), std::back_inserter(part), [floats](const auto& trial) {
    return trial.is_float() == floats;
  });
  return part;
}

}  // namespace

std::vector<std::vector<std::string>> pack(const std::vector<FrozenTrial>& trials, size_t most) {
  std::vector<const FrozenTrial*> longest_first;
  for (const FrozenTrial& trial : trials) {
    longest_first.push_back(&trial);
  }
  std::stable_sort(longest_first.begin(), longest_first.end(), [](const auto* a, const auto* b) {
    return a->cost.trial_macs > b->cost.trial_macs;
  });
  std::vector<std::vector<std::string>> slices(std::min(most, trials.size()));
  std::set<Load> loads;
  for (size_t i = 0; i < slices.size(); ++i) {
    loads.emplace(0.0, 0, i);
  }
  for (const FrozenTrial* trial : longest_first) {
    const auto [work, count, position] = *loads.begin();
    loads.erase(loads.begin());
    slices[position].push_back(trial->id);
    loads.emplace(work + trial->cost.trial_macs, count + 1, position);
  }
  return slices;
}

SliceRange add_slices(const std::string& run_directory,
                      const std::vector<FrozenTrial>& trials,
                      size_t most) {
  const auto floats = pack(part_of(trials, true), most);
  const auto others = pack(part_of(trials, false), most);
  SliceRange range;
  range.first = static_cast<uint32_t>(read_slices(run_directory).size());
  range.floats = static_cast<uint32_t>(floats.size());
  range.others = static_cast<uint32_t>(others.size());
  const int64_t now = milliseconds_now();
  std::vector<Json> lines;
  for (const auto* slices : {&floats, &others}) {
    for (const auto& slice : *slices) {
      lines.push_back({{"slice", range.first + lines.size()}, {"made", now}, {"trials", slice}});
    }
  }
  add_json_lines(slices_path(run_directory), lines);
  return range;
}

std::vector<Slice> read_slices(const std::string& run_directory) {
  return read_json_lines(slices_path(run_directory), slice_from);
}

Slice read_slice(const std::string& run_directory, uint32_t number) {
  const std::vector<Slice> slices = read_slices(run_directory);
  if (slices.empty()) {
    throw IoError(run_directory, "has no slices; `qsweep run FILE.yaml --on ENGINE` makes them");
  }
  if (number >= slices.size()) {
    throw IoError(slices_path(run_directory),
                  "has no slice " + std::to_string(number) + "; it has " +
                      std::to_string(slices.size()) + ", counted from 0");
  }
  return slices[number];
}

}  // namespace qsweep
