// The worker's table of quantizers, as the real command shows it and as the documents do.

#include "qsweep/config/catalog.hpp"

#include <fstream>
#include <sstream>

#include "support/catch.hpp"
#include "sweep/sweep_run.hpp"

using namespace qsweep;
using test::shell;

namespace {

std::string list_quantizers() {
  return shell("'" QSWEEP_COMMAND "' list quantizers").out;
}

std::vector<Catalog::Quantizer> quantizers() {
  return Json::parse(shell("'" QSWEEP_COMMAND "' list --format json").out)
      .get<Catalog>()
      .quantizers;
}

// The row of a quantizer in the format's table; empty without one.
std::string documented_row(const std::string& name) {
  std::ifstream file(QSWEEP_TEST_SOURCE_DIR "/docs/experiment-format.md");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("| `" + name + "` | ", 0) == 0) {
      return line;
    }
  }
  return "";
}

std::string bits_of(const Catalog::Quantizer& quantizer) {
  if (!quantizer.bits_from.empty()) {
    return "of its " + quantizer.bits_from;
  }
  return quantizer.max_bits == 0
             ? std::to_string(quantizer.fixed_bits)
             : std::to_string(quantizer.min_bits) + " to " + std::to_string(quantizer.max_bits);
}

std::string users_of(const Catalog::Quantizer& quantizer) {
  if (quantizer.for_weights && quantizer.for_activations) {
    return "all";
  }
  return quantizer.for_weights ? "weights" : "activations";
}

// What the row must say of a parameter: its name with the mark of those for weights only, its
// choices, and a default that is a choice in bold.
std::vector<std::string> words_of(const Parameter& parameter, const Catalog::Quantizer& owner) {
  const bool is_marked = parameter.weights_only && owner.for_activations;
  std::vector<std::string> words{"`" + parameter.name + "`" + (is_marked ? "¹" : "")};
  for (const std::string& choice : parameter.choices) {
    words.push_back(choice == parameter.default_value ? "**" + choice + "**" : choice);
  }
  return words;
}

}  // namespace

TEST_CASE("the format's document has every quantizer with its bits and parameters", "[sweep]") {
  for (const Catalog::Quantizer& quantizer : quantizers()) {
    INFO(quantizer.name);
    const std::string row = documented_row(quantizer.name);
    CHECK_THAT(row,
               ContainsSubstring("` | " + bits_of(quantizer) + " | " + users_of(quantizer) + " |"));
    for (const Parameter& parameter : quantizer.parameters) {
      for (const std::string& word : words_of(parameter, quantizer)) {
        CHECK_THAT(row, ContainsSubstring(word));
      }
    }
    CHECK((row.find(" | none |") != std::string::npos) == quantizer.range_when.is_null());
  }
}

TEST_CASE("the command lists quantizers with parameters and papers in 100 columns", "[sweep]") {
  const std::string text = list_quantizers();
  for (const Catalog::Quantizer& quantizer : quantizers()) {
    INFO(quantizer.name);
    CHECK_FALSE(quantizer.about.empty());
    CHECK_THAT("\n" + text, ContainsSubstring("\n" + quantizer.name + ": "));
    CHECK_FALSE(quantizer.paper.empty());
    for (const Parameter& parameter : quantizer.parameters) {
      CHECK_THAT(text, ContainsSubstring("\n  " + parameter.name + " "));
    }
  }
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    CHECK(line.size() <= 100);
  }
}
