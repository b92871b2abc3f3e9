#include <filesystem>
#include <fstream>

#include "config/small_catalog.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

// A message's first line without the place.
std::string complaint(const std::string& text) {
  const std::string message = error_of(text);
  const size_t start = message.find("error: ");
  return start == std::string::npos ? message
                                    : message.substr(start + 7, message.find('\n') - start - 7);
}

std::string repeated(const std::string& piece, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) {
    text += piece;
  }
  return text;
}

TEST_CASE("deep nesting of any kind is refused and not followed", "[config]") {
  const std::string refused = "lists and maps are nested more than 64 deep";
  CHECK(complaint(std::string(100'000, '[')) == refused);
  CHECK(complaint(std::string(100'000, '{')) == refused);
  CHECK(complaint(repeated("- ", 100'000)) == refused);
  CHECK(complaint(repeated("{a: ", 100'000)) == refused);
  CHECK(complaint(repeated("? ", 1000)) == "a key must be a text, not a list or a map");
  CHECK(complaint(repeated("[a,", 100'000)) == refused);
  CHECK(complaint(repeated("[", 65) + repeated("]", 65)) == refused);
}

TEST_CASE("64 levels are fine", "[config]") {
  CHECK_NOTHROW(parsed(repeated("[", 64) + repeated("]", 64)));
}

TEST_CASE("8 MB of opening brackets end with an error", "[config]") {
  CHECK(complaint(std::string(size_t{8} << 20U, '[')) ==
        "lists and maps are nested more than 64 deep");
}

TEST_CASE("8 MB of small lists end with an error", "[config]") {
  CHECK(complaint(repeated("[],", size_t{8'000'000} / 3)) ==
        "more than 1,000,000 values, aliases counted");
}

TEST_CASE("nesting through aliases counts", "[config]") {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 70; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  }
  CHECK(complaint(text) == "lists and maps are nested more than 64 deep");
}

TEST_CASE("aliases that multiply are refused before they are expanded", "[config]") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string below = "*a" + std::to_string(i - 1) + ", ";
    text +=
        "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + repeated(below, 10) + "]\n";
  }
  CHECK(complaint(text) == "more than 1,000,000 values, aliases counted");
}

TEST_CASE("anchors inside of anchors do not multiply memory", "[config]") {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    text += "&a" + std::to_string(i) + " [";
  }
  text += repeated("1,", 200'000) + repeated("]", 60);
  CHECK(complaint(text) == "more than 1,000,000 values, aliases counted");
}

TEST_CASE("too many values are refused without any alias", "[config]") {
  CHECK(complaint("[" + repeated("1,", 1'100'000) + "]") ==
        "more than 1,000,000 values, aliases counted");
}

TEST_CASE("an alias inside of its own anchor is refused", "[config]") {
  CHECK(error_of("a: &x [*x]") ==
        "x.yaml:1:8: error: this alias stands inside of what it names\na: &x [*x]\n       ^");
}

TEST_CASE("what is not a text in UTF-8 is refused with the byte and its line", "[config]") {
  CHECK(error_of(std::string("a: 1\nb: \0", 9)) ==
        "x.yaml: error: not a text in UTF-8: byte 0x00 in line 2");
  CHECK(complaint("\xFF\xFE") == "not a text in UTF-8: byte 0xFF in line 1");
  CHECK(complaint("a: \xC3") == "not a text in UTF-8: byte 0xC3 in line 1");
  CHECK(complaint("a: \xC0\xAF") == "not a text in UTF-8: byte 0xC0 in line 1");      // overlong
  CHECK(complaint("a: \xED\xA0\x80") == "not a text in UTF-8: byte 0xED in line 1");  // surrogate
  CHECK(complaint("a: \xF4\x90\x80\x80") == "not a text in UTF-8: byte 0xF4 in line 1");
  // The parser takes this one for the end of the file and would ignore what follows.
  CHECK(complaint("a: 1\n\x04 b: 2") == "not a text in UTF-8: byte 0x04 in line 2");
  CHECK_NOTHROW(parsed("a: \xF0\x9F\x98\x80\xE2\x82\xAC\xC3\xA4"));
}

TEST_CASE("a text longer than 8 MB is not parsed", "[config]") {
  CHECK(error_of(std::string((size_t{8} << 20U) + 1, '#')) ==
        "x.yaml: error: the text is longer than 8 MB");
}

TEST_CASE("an empty file is told as such", "[config]") {
  CHECK(error_of("") == "x.yaml: error: the file is empty");
  CHECK(error_of("# only a comment\n") == "x.yaml: error: the file is empty");
}

TEST_CASE("many names are refused rather than compared with each other", "[config]") {
  std::string axes = "qsweep: 1\nmatrix: {model: resnet20";
  std::string policies = "qsweep: 1\npolicies: {";
  for (int i = 0; i < 100'000; ++i) {
    axes += ", v" + std::to_string(i) + ": 1";
    policies += "p" + std::to_string(i) + ": 1, ";
  }
  CHECK(complaint(axes + "}") == "1001 names in the matrix, more than 1000");
  CHECK(complaint(policies + "}") == "100000 policies, more than 1000");
}

TEST_CASE("a missing file, a folder and a huge file are told apart", "[config]") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "qsweep_hostile_text_test";
  fs::create_directories(folder);
  const std::string file = (folder / "huge.yaml").string();
  const auto message = [](const std::string& path) -> std::string {
    try {
      read_source(path);
    } catch (const ConfigError& failure) {
      return failure.what();
    }
    return "";
  };
  { std::ofstream(file) << "x"; }
  CHECK(read_source(file)->text == "x");
  { std::ofstream(file) << "\xEF\xBB\xBFx"; }
  CHECK(read_source(file)->text == "x");
  fs::resize_file(file, 100'000'000);
  CHECK(message(file) == file + ": error: the text is longer than 8 MB");
  CHECK(message(folder.string()) ==
        folder.string() + ": error: it is a folder, not an experiment file");
  fs::remove_all(folder);
  CHECK(message(file) == file + ": error: cannot read the file: No such file or directory");
}

}  // namespace
}  // namespace qsweep
