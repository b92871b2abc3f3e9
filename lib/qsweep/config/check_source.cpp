#include "qsweep/config/source_limits.hpp"
#include "qsweep/config/utf8.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace qsweep {
namespace {

Place place_at(const std::shared_ptr<const Source>& source, size_t byte) {
  const std::string_view before = std::string_view(source->text).substr(0, byte);
  const size_t line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {source, static_cast<int>(line) + 1, static_cast<int>(byte - start) + 1};
}

void check_text(const std::shared_ptr<const Source>& source) {
  if (source->text.size() > kLongestSource) {
    throw config_error({source, 0, 0}, kSourceTooLong);
  }
  if (const auto bad = first_byte_of_no_text(source->text)) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "0x%02X", static_cast<unsigned char>(source->text[*bad]));
    const Place place = place_at(source, *bad);
    throw config_error(
        {source, 0, 0},
        "not a text in UTF-8: byte " + std::string(hex) + " in line " + std::to_string(place.line));
  }
}

// The parser buffers a list or map in brackets as a whole before it tells of it. This count knows
// nothing of quotes and comments; its limits are far above what those hold.
void check_brackets(const std::shared_ptr<const Source>& source) {
  constexpr size_t kMostUnclosed = 10'000;
  size_t opened = 0;
  size_t unclosed = 0;
  for (size_t at = 0; at < source->text.size(); ++at) {
    const char c = source->text[at];
    if (c == '[' || c == '{') {
      ++opened;
      ++unclosed;
    } else if ((c == ']' || c == '}') && unclosed > 0) {
      --unclosed;
    }
    if (unclosed > kMostUnclosed) {
      throw config_error(place_at(source, at), kTooDeep);
    }
    if (opened > kMostNodes) {
      throw config_error(place_at(source, at), kTooMany);
    }
  }
}

}  // namespace

void check_source(const std::shared_ptr<const Source>& source) {
  check_text(source);
  check_brackets(source);
}

}  // namespace qsweep
