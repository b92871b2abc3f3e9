#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/variables.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/engine/cluster/engine.hpp"
#include "qsweep/engine/cluster/gnu_parallel.hpp"
#include "qsweep/engine/cluster/kubernetes.hpp"
#include "qsweep/engine/cluster/slurm.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace qsweep {
namespace {

const EngineType* find_type(const std::string& name) {
  const auto& types = engine_types();
  const auto found = std::find_if(
      types.begin(), types.end(), [&name](const EngineType& type) { return type.name == name; });
  return found == types.end() ? nullptr : &*found;
}

EngineOptions options_in(const Node& node, const EngineType& type) {
  Node map = node;
  resolve_dollars(map);
  return EngineOptions(map, type.name, type.options, type.options_of_several_lines);
}

}  // namespace

const std::vector<EngineType>& engine_types() {
  static const std::vector<EngineType> types{slurm_type(), kubernetes_type(), gnu_parallel_type()};
  return types;
}

std::vector<std::string> engine_names() {
  std::vector<std::string> names{"local"};
  for (const EngineType& type : engine_types()) {
    names.push_back(type.name);
  }
  return names;
}

const EngineType& engine_type(const std::string& name) {
  const EngineType* type = find_type(name);
  if (type == nullptr) {
    throw ConfigError("--on: " + unknown_name("engine", name, engine_names()));
  }
  return *type;
}

std::unique_ptr<Engine> make_engine(const std::string& name, const Node& file) {
  const EngineType& type = engine_type(name);
  const Node* engines = file.find("engines");
  const Node* own = engines == nullptr ? nullptr : engines->find(name);
  return type.make(own == nullptr ? EngineOptions(name) : options_in(*own, type));
}

void check_engines(const Node& file) {
  const Node* engines = file.find("engines");
  if (engines == nullptr) {
    return;
  }
  for (const Node::Entry& entry : read_map(*engines, "'engines'")) {
    const EngineType* type = find_type(entry.key);
    if (type == nullptr) {
      auto names = engine_names();
      names.erase(names.begin());  // `local` has no options here
      throw unknown_key(entry, "'engines'", names);
    }
    type->make(options_in(entry.value, *type));
  }
}

std::vector<std::string> engine_option_paths() {
  std::vector<std::string> paths;
  for (const EngineType& type : engine_types()) {
    for (const std::string& option : type.options) {
      paths.push_back("engines." + type.name + "." + option);
    }
  }
  return paths;
}

void Engine::submit(const SlicedRun&, const std::function<void(const Job&)>&) const {
  throw ConfigError("this engine takes --print only: qsweep submits to Slurm alone");
}

std::vector<LiveElement> live_of(const std::vector<Job>& jobs,
                                 const std::vector<LiveElement>& live) {
  std::set<std::string> ids;
  for (const Job& job : jobs) {
    ids.insert(job.id);
  }
  std::vector<LiveElement> own;
  std::copy_if(live.begin(), live.end(), std::back_inserter(own), [&ids](const auto& element) {
    return ids.count(element.job) != 0;
  });
  return own;
}

std::vector<uint32_t> live_slices(const std::vector<Job>& jobs,
                                  const std::vector<LiveElement>& live) {
  std::map<std::string, const Job*> by_id;
  for (const Job& job : jobs) {
    by_id[job.id] = &job;
  }
  std::vector<uint32_t> slices;
  for (const LiveElement& element : live) {
    const auto job = by_id.find(element.job);
    if (job != by_id.end() && element.element < job->second->slices) {
      slices.push_back(job->second->first + element.element);
    }
  }
  return slices;
}

}  // namespace qsweep
