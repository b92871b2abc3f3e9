#pragma once

#include "qsweep/config/node.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace qsweep {

/// What a file says for one engine: `engines: {slurm: {partition: gpu, time: 4:00:00}}`. Values are
/// scalars of one line, but for those that are allowed several.
class EngineOptions {
 public:
  /// Where the file says nothing.
  explicit EngineOptions(std::string engine) : engine_(std::move(engine)) {}
  /// Throws ConfigError at a key that is not known, or a value that cannot be one.
  EngineOptions(const Node& map,
                const std::string& engine,
                const std::vector<std::string>& known,
                const std::vector<std::string>& of_several_lines);

  /// As written; empty where the file does not say it.
  std::string text(const std::string& key) const;
  /// Throws ConfigError at a value that is no whole number in that range.
  int64_t integer(const std::string& key, int64_t otherwise, int64_t min, int64_t max) const;
  /// Throws ConfigError that names those that the engine cannot do without and the file does not
  /// give.
  void require(const std::vector<std::string>& keys) const;

 private:
  Node map_;
  std::string engine_;
};

}  // namespace qsweep
