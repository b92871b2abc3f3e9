#include <cstdlib>
#include <regex>
#include <set>

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

using test::Workplace;

// What stands in a text like "-o,--out" at the beginning of a line of --help.
std::set<std::string> options_of(const std::string& help) {
  std::set<std::string> options;
  const std::regex option("(^|\n)  (-[-a-zA-Z,]+)");
  for (std::sregex_iterator found(help.begin(), help.end(), option), end; found != end; ++found) {
    options.insert((*found)[2].str());
  }
  return options;
}

// As troff writes it: "\-o", "\-\-out".
std::string in_troff(const std::string& option) {
  return std::regex_replace(option, std::regex("-"), "\\-");
}

}  // namespace

TEST_CASE("the manual page has every subcommand and every option", "[app]") {
  const Workplace place;
  const std::string page = place.run("man").out;
  for (const char* command : test::kSubcommands) {
    CHECK_THAT(page, ContainsSubstring(std::string(".SS \\fBqsweep ") + command + "\\fR"));
    const auto options = options_of(place.run(std::string(command) + " --help").out);
    CHECK(options.size() >= 1);
    for (const std::string& names : options) {
      const std::string last = names.substr(names.find_last_of(',') + 1);
      INFO(command << " " << last);
      CHECK_THAT(page, ContainsSubstring("\\fB" + in_troff(last) + "\\fR"));
    }
  }
  CHECK_THAT(page, ContainsSubstring("\\fB\\-o\\fR, \\fB\\-\\-out\\fR \\fIDIR\\fR\n"));
  CHECK_THAT(page,
             ContainsSubstring(".SS \\fBqsweep report\\fR \\fIRUN\\fR... [\\fIOPTION\\fR]...\n"));
  CHECK_THAT(page, ContainsSubstring("\\fB\\-\\-failed\\fR\nonly what failed\n"));
}

TEST_CASE("the manual page tells every exit code that the docs tell", "[app]") {
  const Workplace place;
  const std::string page = place.run("man").out;
  const std::string docs = test::read_text(QSWEEP_TEST_SOURCE_DIR "/docs/command-line.md");
  const std::string codes = docs.substr(docs.find("## Exit codes"));
  const std::regex code("\n\\| ([0-9, ]+) \\|");
  size_t count = 0;
  for (std::sregex_iterator found(codes.begin(), codes.end(), code), end; found != end; ++found) {
    CHECK_THAT(page, ContainsSubstring(".TP\n" + (*found)[1].str() + "\n"));
    ++count;
  }
  CHECK(count == 9);
}

TEST_CASE("groff finds nothing wrong with the manual page", "[app]") {
  if (std::system("command -v groff >/dev/null") != 0) {
    WARN("skipped: there is no groff");
    return;
  }
  const Workplace place;
  place.write("qsweep.1", place.run("man").out);
  const std::string line =
      "groff -man -ww -z '" + place.path("qsweep.1") + "' 2>'" + place.path("complaints") + "'";
  CHECK(std::system(line.c_str()) == 0);
  CHECK(place.text("complaints").empty());
}

}  // namespace qsweep
