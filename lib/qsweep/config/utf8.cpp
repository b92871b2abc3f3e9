#include "qsweep/config/utf8.hpp"

namespace qsweep {
namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

bool is_text(char ascii) {
  return !is_control(ascii) || ascii == '\t' || ascii == '\n' || ascii == '\r';
}

// The length of the sequence that a byte of 0x80 and above starts; 0 if it cannot start one.
size_t sequence_length(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) {
    return 2;
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    return 3;
  }
  return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

// Overlong forms, surrogates, and code points above 10FFFF show in the second byte.
bool second_byte_fits(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second <= 0x9F;
    case 0xF0:
      return second >= 0x90;
    case 0xF4:
      return second <= 0x8F;
    default:
      return true;
  }
}

bool sequence_is_whole(std::string_view text, size_t length) {
  if (length == 0 || length > text.size()) {
    return false;
  }
  for (size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) {
      return false;
    }
  }
  return second_byte_fits(static_cast<unsigned char>(text[0]), static_cast<unsigned char>(text[1]));
}

}  // namespace

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

std::string printable(std::string_view text) {
  std::string shown(text);
  for (char& c : shown) {
    c = is_control(c) && c != '\t' ? '?' : c;
  }
  return shown;
}

std::optional<size_t> first_byte_of_no_text(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) {
      if (!is_text(lead)) {
        return at;
      }
      ++at;
      continue;
    }
    const size_t length = sequence_length(lead);
    if (!sequence_is_whole(text.substr(at), length)) {
      return at;
    }
    at += length;
  }
  return std::nullopt;
}

size_t code_points(std::string_view text) {
  size_t count = 0;
  for (const char c : text) {
    count += is_continuation(c) ? 0 : 1;
  }
  return count;
}

std::string_view first_code_points(std::string_view text, size_t count) {
  size_t end = 0;
  while (end < text.size() && (count > 0 || is_continuation(text[end]))) {
    count -= is_continuation(text[end]) ? 0 : 1;
    ++end;
  }
  return text.substr(0, end);
}

std::string padded(std::string_view text, size_t width) {
  const size_t length = code_points(text);
  return std::string(text) + std::string(width > length ? width - length : 0, ' ');
}

}  // namespace qsweep
