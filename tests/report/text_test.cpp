#include "qsweep/report/aligned_table.hpp"
#include "qsweep/report/csv.hpp"
#include "qsweep/report/latex_table.hpp"
#include "qsweep/report/number_text.hpp"

#include <limits>

#include "support/catch.hpp"

namespace qsweep {

TEST_CASE("percentages have two digits, and zero has no sign", "[report]") {
  CHECK(percent_text(91.256) == "91.26");
  CHECK(percent_text(100) == "100.00");
  CHECK(percent_text(-0.001) == "0.00");
  CHECK(percent_text(-1.5) == "-1.50");
  CHECK(change_text(-1.5) == "-1.50");
  CHECK(change_text(0) == "+0.00");
  CHECK(change_text(-0.001) == "+0.00");
}

TEST_CASE("numbers that are none are written as such", "[report]") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  CHECK(fixed_text(kInfinity, 2) == "inf");
  CHECK(fixed_text(-kInfinity, 2) == "-inf");
  CHECK(fixed_text(std::numeric_limits<double>::quiet_NaN(), 6) == "nan");
}

TEST_CASE("average bits are as short as they can be", "[report]") {
  CHECK(short_text(8) == "8");
  CHECK(short_text(2.3333333) == "2.3333");
  CHECK(short_text(4.250) == "4.25");
  CHECK(short_text(10) == "10");
}

TEST_CASE("CSV fields are quoted where RFC 4180 asks for it", "[report]") {
  CHECK(csv_line({"a", "", "b c"}) == "a,,b c\n");
  CHECK(csv_line({"a,b", "say \"x\"", "two\nlines"}) ==
        "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\n");
}

TEST_CASE("a table lines up in characters, not bytes, and escapes pipes", "[report]") {
  AlignedTable table;
  table.header = {"name", "n"};
  table.is_number = {false, true};
  table.rows = {{"\xc3\xa9t\xc3\xa9", "1"}, {"a|b", "1000"}};
  CHECK(table.text() ==
        "| name |    n |\n"
        "|------|-----:|\n"
        "| \xc3\xa9t\xc3\xa9  |    1 |\n"
        "| a\\|b | 1000 |\n");
  CHECK(table.width() == 15);
}

TEST_CASE("LaTeX has its own characters, and numbers a minus", "[report]") {
  AlignedTable table;
  table.header = {"a_b", "95 % of {x}"};
  table.is_number = {false, true};
  table.rows = {{"-1\\", "-1.50 to -2 (-3) 1e-09"}, {"~^&#$<\x1b[m", "2 \xc2\xb1 1"}};
  CHECK(latex_table(table, "one\ntwo\n") ==
        "% needs \\usepackage{booktabs}\n% one\n% two\n"
        "\\begin{tabular}{lr}\n"
        "  \\toprule\n"
        "  a\\_b & 95 \\% of \\{x\\} \\\\\n"
        "  \\midrule\n"
        "  -1\\textbackslash{} & $-$1.50 to $-$2 ($-$3) 1e-09 \\\\\n"
        "  \\textasciitilde{}\\textasciicircum{}\\&\\#\\$$<$?[m & 2 $\\pm$ 1 \\\\\n"
        "  \\bottomrule\n"
        "\\end{tabular}\n");
}

}  // namespace qsweep
