#pragma once

#include "qsweep/config/plugins.hpp"
#include "qsweep/engine/answer_cache.hpp"
#include "qsweep/engine/child_process.hpp"
#include "qsweep/engine/line_buffer.hpp"
#include "qsweep/plan/facts.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// The facts that a plan needs, told by a worker, which is started once something is not known from
/// the cache. An answer holds for the same worker, plugins, request, and files that the request
/// names.
class WorkerFacts : public FactSource {
 public:
  WorkerFacts(std::string program,
              const std::string& cache_directory,
              int threads,
              std::vector<Plugin> plugins = {});

  DataFacts data(const Settings& settings, const SettingPlaces& place_of) override;
  ModelFacts model(const ModelChoice& model, const Settings& settings) override;
  std::vector<std::vector<int>> corrected_layers(const CorrectionQuestion& question) override;
  /// A model without a data set. Throws ConfigError at `place`.
  ModelFacts model(const ModelQuestion& question, const Place& place);

  /// From now on a TorchScript model is a ConfigError: loading one runs code from its file.
  void refuse_scripts() { refuses_scripts_ = true; }

  /// A hash of the worker, and of all that was asked so far with its answers, in that order.
  const std::string& digest() const { return digest_; }

 private:
  using PlaceOf = std::function<Place(const std::string& error)>;

  void check_script(const std::string& script, const Place& place) const;
  Json stamps_of(const Json& request);
  Json answer_to(const Json& request, const PlaceOf& place_of);
  Json answer_of_cache_or_worker(const Json& key, const PlaceOf& place_of);
  Json ask(const Json& request);
  void start();

  std::string program_;
  std::string cache_directory_;
  int threads_;
  std::vector<Plugin> plugins_;
  bool refuses_scripts_ = false;
  std::string program_stamp_;
  AnswerCache cache_;
  std::string digest_;
  std::map<std::string, std::string> stamps_;  // by path, until the worker is asked
  std::unique_ptr<ChildProcess> worker_;
  LineBuffer lines_;
};

}  // namespace qsweep
