#include "qsweep/report/aligned_table.hpp"

#include "qsweep/config/utf8.hpp"

#include <algorithm>

namespace qsweep {
namespace {

constexpr size_t kNarrowest = 3;  // of a column: Markdown's rule has three dashes

// A pipe would end the cell, a line end the row, and a terminal obeys what stands behind an escape.
std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    safe += c == '|' ? "\\|" : std::string(1, is_control(c) ? '?' : c);
  }
  return safe;
}

std::vector<size_t> widths_of(const AlignedTable& table) {
  std::vector<size_t> widths;
  for (size_t i = 0; i < table.header.size(); ++i) {
    size_t width = std::max(kNarrowest, code_points(escaped(table.header[i])));
    for (const auto& row : table.rows) {
      width = std::max(width, code_points(escaped(row.at(i))));
    }
    widths.push_back(width);
  }
  return widths;
}

std::string cell_of(const std::string& text, size_t width, bool to_the_right) {
  const std::string cell = escaped(text);
  return to_the_right ? std::string(width - code_points(cell), ' ') + cell : padded(cell, width);
}

}  // namespace

size_t AlignedTable::width() const {
  size_t sum = 1;
  for (const size_t width : widths_of(*this)) {
    sum += width + 3;
  }
  return sum;
}

std::string AlignedTable::text() const {
  const std::vector<size_t> widths = widths_of(*this);
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text = "|";
    for (size_t i = 0; i < cells.size(); ++i) {
      text += " " + cell_of(cells[i], widths[i], is_number[i]) + " |";
    }
    return text + "\n";
  };
  std::string rule = "|";
  for (size_t i = 0; i < widths.size(); ++i) {
    rule += std::string(widths[i] + 1, '-') + (is_number[i] ? ":|" : "-|");
  }
  std::string text = line(header) + rule + "\n";
  for (const auto& row : rows) {
    text += line(row);
  }
  return text;
}

}  // namespace qsweep
