#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace qsweep {

/// The first byte that does not belong to a text: not UTF-8, or a control character other than tab
/// and line ends.
std::optional<size_t> first_byte_of_no_text(std::string_view text);

/// Would it move a terminal's cursor, or be obeyed?
bool is_control(char c);

/// The text with '?' in place of control characters, except of tabs.
std::string printable(std::string_view text);

/// How many code points start in this piece of UTF-8.
size_t code_points(std::string_view text);

/// The first `count` code points of a text, or all of it.
std::string_view first_code_points(std::string_view text, size_t count);

/// The text with spaces behind it, up to `width` code points.
std::string padded(std::string_view text, size_t width);

}  // namespace qsweep
