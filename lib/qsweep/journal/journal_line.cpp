#include "qsweep/journal/journal_line.hpp"

#include <array>
#include <cstdio>
#include <zlib.h>

namespace qsweep {
namespace {

constexpr std::string_view kCrcKey = ",\"crc\":\"";
constexpr size_t kDigits = 8;
constexpr std::string_view kEnd = "\"}";
constexpr size_t kSuffixSize = kCrcKey.size() + kDigits + kEnd.size();

// Of an object's text, closing brace included.
std::string crc_text(std::string_view object) {
  const auto* bytes = reinterpret_cast<const Bytef*>(object.data());
  const auto crc = static_cast<unsigned>(::crc32_z(0, bytes, object.size()));
  std::array<char, kDigits + 1> digits{};
  std::snprintf(digits.data(), digits.size(), "%08x", crc);
  return digits.data();
}

}  // namespace

std::string journal_line(const JournalEntry& entry) {
  Json json = entry.record;
  json["at"] = entry.at;
  // A reason may quote bytes of a file that are no text; the record must be kept all the same.
  const std::string object = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string line = object.substr(0, object.size() - 1);
  line += kCrcKey;
  line += crc_text(object);
  line += kEnd;
  return line;
}

std::optional<JournalEntry> parse_journal_line(std::string_view line) {
  if (line.size() <= kSuffixSize) {
    return std::nullopt;
  }
  const std::string_view suffix = line.substr(line.size() - kSuffixSize);
  const std::string object = std::string(line.substr(0, line.size() - kSuffixSize)) + "}";
  if (suffix.substr(0, kCrcKey.size()) != kCrcKey ||
      suffix.substr(kCrcKey.size(), kDigits) != crc_text(object)) {
    return std::nullopt;
  }
  const Json json = Json::parse(object);
  return JournalEntry{json.get<Record>(), json.at("at").get<int64_t>()};
}

}  // namespace qsweep
