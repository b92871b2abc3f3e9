#include "config/small_catalog.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

std::string place_of(const Place& place) {
  return std::to_string(place.line) + ':' + std::to_string(place.column);
}

std::string shape(const Node& node) {
  switch (node.kind) {
    case Node::Kind::Null:
      return "null";
    case Node::Kind::Scalar:
      return node.quoted ? '"' + node.text + '"' : node.text;
    case Node::Kind::Sequence: {
      std::string text;
      for (const Node& item : node.items) {
        text += (text.empty() ? "" : ", ") + shape(item);
      }
      return '[' + text + ']';
    }
    case Node::Kind::Map:
      break;
  }
  std::string text;
  for (const Node::Entry& entry : node.entries) {
    text += (text.empty() ? "" : ", ") + entry.key + ": " + shape(entry.value);
  }
  return '{' + text + '}';
}

// Wherever a plain scalar or a key says it stands, its text must stand there.
void check_places(const Node& node, const std::vector<std::string>& lines) {
  const auto at = [&lines](const Place& place) {
    return lines.at(static_cast<size_t>(place.line) - 1)
        .substr(static_cast<size_t>(place.column) - 1);
  };
  if (node.kind == Node::Kind::Scalar) {
    CHECK(at(node.place).rfind(node.quoted ? '"' + node.text : node.text, 0) == 0);
  }
  for (const Node& item : node.items) {
    check_places(item, lines);
  }
  for (const Node::Entry& entry : node.entries) {
    CHECK(at(entry.place).rfind(entry.key, 0) == 0);
    check_places(entry.value, lines);
  }
}

TEST_CASE("lists, maps and scalars keep their order and their texts", "[config]") {
  CHECK(shape(parsed("b: [1, 'x', ~]\na:\n  - {c: 1.0e-4}\n  - null\n")) ==
        "{b: [1, \"x\", null], a: [{c: 1.0e-4}, null]}");
}

TEST_CASE("keys and values know where they stand", "[config]") {
  const std::string text =
      "first: 1\n"
      "second:\n"
      "  - {third: a, fourth: [b, \"c\"]}\n"
      "  -   fifth:   d\n"
      "\tsixth: e\n";
  const std::vector<std::string> lines{
      "first: 1", "second:", "  - {third: a, fourth: [b, \"c\"]}", "  -   fifth:   d"};
  const Node root = parsed(text.substr(0, text.find('\t')));
  check_places(root, lines);
  const Node& list = *root.find("second");
  CHECK(place_of(list.place) == "3:3");
  CHECK(place_of(list.items[0].place) == "3:5");
  CHECK(place_of(list.items[0].find("fourth")->items[1].place) == "3:28");
  CHECK(place_of(list.items[1].entries[0].place) == "4:7");
  CHECK(place_of(list.items[1].entries[0].value.place) == "4:16");
}

TEST_CASE("columns count bytes, and places hold behind letters of two bytes", "[config]") {
  const Node root = parsed("{\xC3\xA4: 1, b: 2}");
  CHECK(place_of(root.entries[1].place) == "1:9");
}

TEST_CASE("an absent value stands at its key", "[config]") {
  const Node root = parsed("a:\nb: 1\n");
  CHECK(root.find("a")->kind == Node::Kind::Null);
  CHECK(place_of(root.find("a")->place) == "1:1");
}

TEST_CASE("an alias gives the anchor's value with the anchor's places", "[config]") {
  const Node root = parsed("a: &x {w: 4}\nb: *x\n");
  CHECK(shape(root) == "{a: {w: 4}, b: {w: 4}}");
  CHECK(place_of(root.find("b")->find("w")->place) == "1:11");
}

TEST_CASE("a merge adds the keys that a map does not have itself", "[config]") {
  CHECK(shape(parsed("x: &x {a: 1, b: 2}\ny: {b: 3, <<: *x, c: 4}\n")) ==
        "{x: {a: 1, b: 2}, y: {b: 3, a: 1, c: 4}}");
}

TEST_CASE("of several merged maps the earlier one counts", "[config]") {
  CHECK(shape(parsed("y: {<<: [{a: 1}, {a: 2, b: 2}]}")) == "{y: {a: 1, b: 2}}");
}

TEST_CASE("a quoted << is a key like any other", "[config]") {
  CHECK(shape(parsed("{\"<<\": 1}")) == "{<<: 1}");
}

TEST_CASE("only a whole `$name` is a variable", "[config]") {
  const Node root = parsed("[$w, \"$w\", $$w, $4, x$w, \"${W}\", $]");
  std::string marks;
  for (const Node& item : root.items) {
    marks += item.variable ? 'v' : '-';
  }
  CHECK(marks == "vv-----");
}

TEST_CASE("CRLF line ends and a document's marks change nothing", "[config]") {
  CHECK(shape(parsed("%YAML 1.2\n---\r\na: 1\r\nb: 2\r\n...\n")) == "{a: 1, b: 2}");
}

}  // namespace
}  // namespace qsweep
