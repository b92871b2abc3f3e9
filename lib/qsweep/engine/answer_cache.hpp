#pragma once

#include "qsweep/core/json.hpp"

#include <optional>
#include <string>

namespace qsweep {

/// The worker's answers on disk, by all that they depend on. Damaged entries are none.
class AnswerCache {
 public:
  explicit AnswerCache(std::string directory) : directory_(std::move(directory)) {}

  std::optional<Json> find(const Json& key) const;
  /// Throws WriteError.
  void store(const Json& key, const Json& answer) const;

 private:
  std::string path_of(const Json& key) const;

  std::string directory_;
};

}  // namespace qsweep
