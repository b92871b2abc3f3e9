#include "qsweep/config/finish_map.hpp"
#include "qsweep/config/node.hpp"
#include "qsweep/config/source_limits.hpp"
#include "qsweep/config/variables.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

namespace qsweep {
namespace {

constexpr size_t kDeepest = 64;

// A finished node with what aliases to it will cost.
struct Measured {
  Node node;
  size_t nodes = 1;
  size_t height = 0;  // levels of lists and maps
};

// A list or map whose end has not come yet.
struct Open {
  Measured value;
  YAML::anchor_t anchor = 0;
  bool has_key = false;  // of a map: the next node is the value of this key
  Node key;
  std::vector<size_t> merges;  // which entries are `<<`
};

// Builds our nodes from the parser's events.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(std::shared_ptr<const Source> source) : source_(std::move(source)) {}

  Node take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      throw config_error(place(mark), "a second document starts here; a file holds one");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Measured value = started(Node::Kind::Null, mark);
    value.node.place = place_of_null(value.node.place);
    add(std::move(value), anchor);
  }

  void OnScalar(const YAML::Mark& mark,
                const std::string& tag,
                YAML::anchor_t anchor,
                const std::string& text) override {
    reject_tag(mark, tag);
    Measured value = started(Node::Kind::Scalar, mark);
    value.node.text = text;
    value.node.quoted = tag == "!";
    value.node.variable = is_variable(text);
    add(std::move(value), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) {
      throw config_error(place(mark), "this alias stands inside of what it names");
    }
    check_depth(mark, open_.size() + known->second.height);
    count(place(mark), known->second.nodes);
    add(known->second, 0);
  }

  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::Sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::Map, mark, tag, anchor);
  }
  void OnMapEnd() override {
    finish_map(open_.back().value.node, open_.back().merges);
    close();
  }

 private:
  Place place(const YAML::Mark& mark) const {
    return mark.is_null() ? Place{source_, 0, 0} : Place{source_, mark.line + 1, mark.column + 1};
  }

  // The parser puts an absent value where the next thing starts; it belongs to its key.
  Place place_of_null(const Place& reported) const {
    const bool is_value = !open_.empty() && open_.back().has_key;
    return is_value && open_.back().key.place.line != reported.line ? open_.back().key.place
                                                                    : reported;
  }

  void reject_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw config_error(place(mark), "tags are not used here; a text is quoted instead");
    }
  }

  void check_depth(const YAML::Mark& mark, size_t depth) const {
    if (depth > kDeepest) {
      throw config_error(place(mark), kTooDeep);
    }
  }

  void count(const Place& where, size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > kMostNodes) {
      throw config_error(where, kTooMany);
    }
  }

  Measured started(Node::Kind kind, const YAML::Mark& mark) {
    Measured value;
    value.node.kind = kind;
    value.node.place = place(mark);
    count(value.node.place, 1);
    return value;
  }

  void open(Node::Kind kind,
            const YAML::Mark& mark,
            const std::string& tag,
            YAML::anchor_t anchor) {
    reject_tag(mark, tag);
    check_depth(mark, open_.size() + 1);
    if (expects_key()) {
      throw config_error(place(mark), "a key must be a text, not a list or a map");
    }
    Open opened;
    opened.value = started(kind, mark);
    opened.value.height = 1;
    opened.anchor = anchor;
    open_.push_back(std::move(opened));
  }

  void close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    add(std::move(closed.value), closed.anchor);
  }

  bool expects_key() const {
    return !open_.empty() && open_.back().value.node.kind == Node::Kind::Map &&
           !open_.back().has_key;
  }

  void add(Measured value, YAML::anchor_t anchor) {
    if (anchor != 0) {
      count(value.node.place, value.nodes);  // the copy that is kept for the aliases
      anchors_[anchor] = value;
    }
    if (open_.empty()) {
      root_ = std::move(value.node);
    } else if (expects_key()) {
      set_key(std::move(value.node));
    } else {
      append(std::move(value));
    }
  }

  void set_key(Node key) {
    if (key.kind != Node::Kind::Scalar) {
      throw config_error(key.place, "a key must be a text");
    }
    open_.back().key = std::move(key);
    open_.back().has_key = true;
  }

  void append(Measured value) {
    Open& parent = open_.back();
    parent.value.nodes += value.nodes;
    parent.value.height = std::max(parent.value.height, value.height + 1);
    Node& node = parent.value.node;
    if (node.kind == Node::Kind::Sequence) {
      node.items.push_back(std::move(value.node));
      return;
    }
    if (parent.key.text == "<<" && !parent.key.quoted) {
      parent.merges.push_back(node.entries.size());
    }
    node.entries.push_back({parent.key.text, parent.key.place, std::move(value.node)});
    parent.has_key = false;
  }

  std::shared_ptr<const Source> source_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Measured> anchors_;
  size_t nodes_ = 0;
  int documents_ = 0;
};

// What stands at a mark; places of the parser count lines and bytes from 0.
std::string text_from(const Source& source, const YAML::Mark& mark) {
  std::istringstream lines(source.text);
  std::string line;
  for (int i = 0; i <= mark.line; ++i) {
    std::getline(lines, line);
  }
  return line.substr(std::min(line.size(), static_cast<size_t>(mark.column)));
}

ConfigError syntax_error(const std::shared_ptr<const Source>& source,
                         const YAML::Exception& failure) {
  YAML::Mark mark = failure.mark;
  if (mark.is_null()) {
    return config_error({source, 0, 0}, failure.msg);
  }
  std::string message = failure.msg;
  if (message.rfind("the referenced anchor is not defined", 0) == 0) {
    const std::string rest = text_from(*source, mark);
    message = "unknown alias '" + rest.substr(0, rest.find_first_of(" \t\r,]}:")) +
              "'; a text that starts with '*' is quoted";
  } else if (message.rfind("alias not found after *", 0) == 0) {
    --mark.column;  // it stands behind the '*'
    message = "an alias needs a name after '*'; to mean the text, write \"*\"";
  } else if (mark.column > 0) {
    --mark.column;
    if (text_from(*source, mark).rfind("${", 0) == 0) {
      message = "within [ ] or { } a '${NAME}' is quoted: \"${NAME}\"";
    } else {
      ++mark.column;
    }
  }
  return config_error({source, mark.line + 1, mark.column + 1}, message);
}

}  // namespace

Node parse_yaml(std::shared_ptr<const Source> source) {
  check_source(source);
  std::istringstream stream(source->text);
  Builder builder(source);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      throw config_error({source, 0, 0}, "the file is empty");
    }
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& failure) {
    throw syntax_error(source, failure);
  }
  return builder.take_root();
}

}  // namespace qsweep
