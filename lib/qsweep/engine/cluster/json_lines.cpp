#include "qsweep/engine/cluster/json_lines.hpp"

#include "qsweep/core/atomic_file.hpp"
#include "qsweep/core/read_bytes.hpp"

#include <sstream>

namespace qsweep {
namespace {

std::string text_of_file(const std::string& path) {
  return read_bytes_if_there(path).value_or("");
}

}  // namespace

void add_json_lines(const std::string& path, const std::vector<Json>& lines) {
  std::string text = text_of_file(path);
  for (const Json& line : lines) {
    text += line.dump() + "\n";
  }
  write_atomically(path, text);
}

std::vector<Json> read_json_lines(const std::string& path) {
  std::vector<Json> lines;
  std::istringstream text(text_of_file(path));
  for (std::string line; std::getline(text, line);) {
    Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) {
      throw IoError(path + ":" + std::to_string(lines.size() + 1), "damaged: no JSON object");
    }
    lines.push_back(std::move(json));
  }
  return lines;
}

}  // namespace qsweep
