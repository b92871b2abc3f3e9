#include "qsweep/report/latex_table.hpp"

#include "qsweep/config/utf8.hpp"

#include <cctype>
#include <string_view>

namespace qsweep {
namespace {

constexpr std::string_view kPlusMinus = "\xc2\xb1";

// What a character is written as.
std::string in_latex(char c) {
  switch (c) {
    case '&':
    case '%':
    case '$':
    case '#':
    case '_':
    case '{':
    case '}':
      return std::string("\\") + c;
    case '~':
      return "\\textasciitilde{}";
    case '^':
      return "\\textasciicircum{}";
    case '\\':
      return "\\textbackslash{}";
    case '<':
    case '>':
      return std::string("$") + c + "$";
    default:
      return {is_control(c) ? '?' : c};
  }
}

std::string in_latex(const std::string& text) {
  std::string safe;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, kPlusMinus.size(), kPlusMinus) == 0) {
      safe += "$\\pm$";
      ++i;
    } else {
      safe += in_latex(text[i]);
    }
  }
  return safe;
}

bool is_sign(const std::string& text, size_t i) {
  const bool has_digit =
      i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0;
  return text[i] == '-' && has_digit && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '(');
}

// The sign of a number is a minus, no hyphen.
std::string number(const std::string& text) {
  std::string safe;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_sign(text, i)) {
      safe += in_latex(text.substr(start, i - start)) + "$-$";
      start = i + 1;
    }
  }
  return safe + in_latex(text.substr(start));
}

std::string line(const std::vector<std::string>& cells, const std::vector<bool>& is_number) {
  std::string text;
  for (size_t i = 0; i < cells.size(); ++i) {
    text += (i == 0 ? "  " : " & ") + (is_number[i] ? number(cells[i]) : in_latex(cells[i]));
  }
  return text + " \\\\\n";
}

std::string comments(const std::string& lines) {
  std::string text;
  for (size_t start = 0; start < lines.size();) {
    const size_t end = lines.find('\n', start) + 1;
    text += "% " + lines.substr(start, end - start);
    start = end;
  }
  return text;
}

}  // namespace

std::string latex_table(const AlignedTable& table, const std::string& notes) {
  std::string columns;
  for (const bool is_number : table.is_number) {
    columns += is_number ? 'r' : 'l';
  }
  std::string text = comments("needs \\usepackage{booktabs}\n" + notes);
  text += "\\begin{tabular}{" + columns + "}\n  \\toprule\n";
  text += line(table.header, table.is_number) + "  \\midrule\n";
  for (const auto& row : table.rows) {
    text += line(row, table.is_number);
  }
  return text + "  \\bottomrule\n\\end{tabular}\n";
}

}  // namespace qsweep
