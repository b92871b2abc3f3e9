#include "qsweep/model/state/byte_reader.hpp"

#include "qsweep/config/utf8.hpp"
#include "qsweep/core/error.hpp"

#include <algorithm>

namespace qsweep {

std::string shown(std::string_view text) {
  constexpr size_t kLongest = 80;  // code points
  const std::string_view shown = first_code_points(text, kLongest);
  std::string clean(shown);
  for (auto bad = first_byte_of_no_text(clean); bad; bad = first_byte_of_no_text(clean)) {
    clean[*bad] = '?';
  }
  std::replace_if(
      clean.begin(), clean.end(), [](char letter) { return letter > 0 && letter < ' '; }, '?');
  return shown.size() < text.size() ? clean + "..." : clean;
}

std::string_view ByteReader::take(uint64_t count) {
  if (count > left()) {
    fail("is cut off or damaged: " + std::to_string(count) + " bytes should follow at byte " +
         std::to_string(position_) + ", there are " + std::to_string(left()));
  }
  const std::string_view taken = bytes_.substr(position_, static_cast<size_t>(count));
  position_ += taken.size();
  return taken;
}

std::string_view ByteReader::take_line() {
  const size_t end = bytes_.find('\n', position_);
  if (end == std::string_view::npos) {
    fail("is cut off or damaged: the line at byte " + std::to_string(position_) + " does not end");
  }
  const std::string_view line = take(end - position_);
  take(1);
  return line;
}

uint64_t ByteReader::take_unsigned(int bytes) {
  const std::string_view taken = take(static_cast<uint64_t>(bytes));
  uint64_t number = 0;
  for (size_t i = taken.size(); i-- > 0;) {
    number = number << 8 | static_cast<unsigned char>(taken[i]);
  }
  return number;
}

int64_t ByteReader::take_signed(int bytes) {
  const uint64_t sign = uint64_t{1} << (8 * bytes - 1);
  return static_cast<int64_t>((take_unsigned(bytes) ^ sign) - sign);
}

void ByteReader::fail(const std::string& what) const {
  throw IoError(file_, what);
}

}  // namespace qsweep
