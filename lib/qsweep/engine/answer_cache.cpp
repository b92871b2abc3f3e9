#include "qsweep/engine/answer_cache.hpp"

#include "qsweep/core/atomic_file.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/core/sha256.hpp"

#include <filesystem>
#include <fstream>

namespace qsweep {

std::string AnswerCache::path_of(const Json& key) const {
  return directory_ + "/" + sha256_hex(key.dump()).substr(0, 32) + ".json";
}

std::optional<Json> AnswerCache::find(const Json& key) const {
  std::ifstream file(path_of(key));
  if (!file) {
    return std::nullopt;
  }
  const Json entry = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!entry.is_object() || entry.value("key", Json()) != key || !entry.contains("answer")) {
    return std::nullopt;
  }
  return entry.at("answer");
}

void AnswerCache::store(const Json& key, const Json& answer) const {
  std::error_code failed;
  std::filesystem::create_directories(directory_, failed);
  if (failed) {
    throw WriteError(directory_, "cannot be made: " + failed.message());
  }
  write_atomically(path_of(key), Json{{"key", key}, {"answer", answer}}.dump() + "\n");
}

}  // namespace qsweep
