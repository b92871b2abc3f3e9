#include "config/small_catalog.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

std::string message_at(const std::string& text, int line, int column) {
  const auto source = std::make_shared<const Source>(Source{"x.yaml", text});
  return config_error({source, line, column}, "wrong").what();
}

TEST_CASE("a message shows the place, the line and a caret", "[config]") {
  CHECK(message_at("a: 1\nbc: 2\n", 2, 5) == "x.yaml:2:5: error: wrong\nbc: 2\n    ^");
}

TEST_CASE("a warning differs by its word", "[config]") {
  const auto source = std::make_shared<const Source>(Source{"x.yaml", "a: 1"});
  CHECK(config_warning({source, 1, 4}, "odd") == "x.yaml:1:4: warning: odd\na: 1\n   ^");
}

TEST_CASE("without a line only the source is named, without a source nothing", "[config]") {
  CHECK(message_at("a: 1", 0, 0) == "x.yaml: error: wrong");
  CHECK(std::string(config_error({}, "wrong").what()) == "error: wrong");
}

TEST_CASE("the caret stands below its byte behind tabs and letters of several bytes", "[config]") {
  CHECK(message_at("\t\ta: 1", 1, 3) == "x.yaml:1:3: error: wrong\n\t\ta: 1\n\t\t^");
  CHECK(message_at("\xC3\xA4\xE2\x82\xAC: 1", 1, 8) ==
        "x.yaml:1:5: error: wrong\n\xC3\xA4\xE2\x82\xAC: 1\n    ^");
}

TEST_CASE("a long line is cut around the caret", "[config]") {
  const std::string line = std::string(200, 'a') + '!' + std::string(200, 'b');
  CHECK(message_at(line, 1, 201) == "x.yaml:1:201: error: wrong\n..." + std::string(60, 'a') + '!' +
                                        std::string(39, 'b') + "...\n" + std::string(63, ' ') +
                                        '^');
  CHECK(message_at('!' + std::string(200, 'b'), 1, 1) ==
        "x.yaml:1:1: error: wrong\n!" + std::string(99, 'b') + "...\n^");
}

TEST_CASE("a place behind the end of the text has no line to show", "[config]") {
  CHECK(message_at("a: [1\n", 2, 1) == "x.yaml:2:1: error: wrong");
  CHECK(message_at("a: 1\n", 9, 9) == "x.yaml:9:1: error: wrong");
}

TEST_CASE("control characters do not reach the terminal", "[config]") {
  const auto source = std::make_shared<const Source>(Source{"x.yaml", "a\x1B[2J: 1"});
  CHECK(std::string(config_error({source, 1, 1}, "got '\x1Bx\n'").what()) ==
        "x.yaml:1:1: error: got '?x?'\na?[2J: 1\n^");
}

}  // namespace
}  // namespace qsweep
