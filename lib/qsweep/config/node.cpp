#include "qsweep/config/node.hpp"

#include "qsweep/config/utf8.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace qsweep {
namespace {

constexpr size_t kWidestLine = 100;  // of a shown line, in code points
constexpr size_t kBeforeCaret = 60;  // of them at most before the caret, when the line is cut

std::optional<std::string_view> line_of(std::string_view text, int number) {
  for (int line = 1; line < number; ++line) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') {
    text.remove_suffix(1);
  }
  return text;
}

// Lines that a message adds for what it lists are indented; other line breaks are the file's.
std::string printable_lines(std::string_view message) {
  constexpr std::string_view kBreak = "\n  ";
  std::string shown;
  for (size_t at = message.find(kBreak); at != std::string_view::npos; at = message.find(kBreak)) {
    shown += printable(message.substr(0, at)).append(kBreak);
    message.remove_prefix(at + kBreak.size());
  }
  return shown + printable(message);
}

std::string padding(std::string_view before_caret) {
  std::string spaces;
  for (size_t at = 0; at < before_caret.size();) {
    const std::string_view one = first_code_points(before_caret.substr(at), 1);
    spaces += one == "\t" ? '\t' : ' ';
    at += one.size();
  }
  return spaces;
}

// The line and a caret below the byte; of a long line only what is near the caret.
std::string pointed_at(std::string_view line, size_t byte) {
  std::string_view before = line.substr(0, byte);
  std::string_view after = line.substr(byte);
  std::string head;
  std::string tail;
  if (code_points(line) > kWidestLine) {
    const size_t length = code_points(before);
    if (length > kBeforeCaret) {
      before.remove_prefix(first_code_points(before, length - kBeforeCaret).size());
      head = "...";
    }
    const size_t room = kWidestLine - code_points(before);
    if (code_points(after) > room) {
      after = first_code_points(after, room);
      tail = "...";
    }
  }
  return head + printable(before) + printable(after) + tail + '\n' + padding(head) +
         padding(before) + '^';
}

std::string rendered(const Place& place, const std::string& severity, const std::string& message) {
  const std::string said = severity + ": " + printable_lines(message);
  if (!place.source) {
    return said;
  }
  if (place.line <= 0) {
    return place.source->name + ": " + said;
  }
  const auto line = line_of(place.source->text, place.line);
  const std::string_view shown = line.value_or(std::string_view());
  const size_t byte = std::min(static_cast<size_t>(std::max(place.column, 1) - 1), shown.size());
  const std::string text = place.source->name + ':' + std::to_string(place.line) + ':' +
                           std::to_string(code_points(shown.substr(0, byte)) + 1) + ": " + said;
  return line && !line->empty() ? text + '\n' + pointed_at(*line, byte) : text;
}

}  // namespace

const Node* Node::find(const std::string& key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) {
      return &entry.value;
    }
  }
  return nullptr;
}

ConfigError config_error(const Place& place, const std::string& message) {
  return ConfigError(rendered(place, "error", message));
}

std::string config_warning(const Place& place, const std::string& message) {
  return rendered(place, "warning", message);
}

}  // namespace qsweep
