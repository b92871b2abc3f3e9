#include "qsweep/engine/resolved_text.hpp"

#include "qsweep/config/gate_words.hpp"
#include "qsweep/config/variables.hpp"
#include "qsweep/core/json.hpp"
#include "qsweep/core/nearest_name.hpp"

#include <algorithm>
#include <filesystem>

namespace qsweep {
namespace {

constexpr int kBlockDepth = 2;  // deeper values are written on their line

bool is_plain(const std::string& text) {
  const auto is_safe = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '+' ||
           c == '-' || c == '/' || c == '$';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_safe) && text != "-";
}

// Within a template a dollar that stands for itself is written twice.
std::string with_dollars(const std::string& text) {
  if (is_variable(text)) {
    return text;
  }
  std::string doubled;
  for (const char c : text) {
    doubled += c;
    if (c == '$') {
      doubled += c;
    }
  }
  return doubled;
}

std::string scalar_text(const Node& node) {
  const std::string text = with_dollars(node.text);
  return !node.quoted && is_plain(text) ? text : Json(text).dump();
}

std::string key_text(const std::string& key) {
  return is_plain(key) ? key : Json(key).dump();
}

std::string flow_text(const Node& node) {
  std::string text;
  switch (node.kind) {
    case Node::Kind::Null:
      return "null";
    case Node::Kind::Scalar:
      return scalar_text(node);
    case Node::Kind::Sequence:
      for (const Node& item : node.items) {
        text += (text.empty() ? "" : ", ") + flow_text(item);
      }
      return "[" + text + "]";
    case Node::Kind::Map:
      break;
  }
  for (const Node::Entry& entry : node.entries) {
    text += (text.empty() ? "" : ", ") + key_text(entry.key) + ": " + flow_text(entry.value);
  }
  return "{" + text + "}";
}

bool is_list_of_maps(const Node& node) {
  return !node.items.empty() &&
         std::all_of(node.items.begin(), node.items.end(), [](const Node& n) {
           return n.kind == Node::Kind::Map;
         });
}

std::string block_text(const Node& node, int depth) {
  const std::string indent(static_cast<size_t>(2 * depth), ' ');
  std::string text;
  if (is_list_of_maps(node)) {
    for (const Node& item : node.items) {
      text += indent + "- " + flow_text(item) + "\n";
    }
    return text;
  }
  for (const Node::Entry& entry : node.entries) {
    const bool as_block =
        is_list_of_maps(entry.value) || (entry.value.kind == Node::Kind::Map &&
                                         depth + 1 < kBlockDepth && !entry.value.entries.empty());
    text += indent + key_text(entry.key) + ":";
    text +=
        as_block ? "\n" + block_text(entry.value, depth + 1) : " " + flow_text(entry.value) + "\n";
  }
  return text;
}

// A scalar, or the scalars of a list.
void make_absolute(Node& paths, const std::string& directory) {
  for (Node& path : paths.items) {
    make_absolute(path, directory);
  }
  if (paths.kind == Node::Kind::Scalar && !is_variable(paths.text)) {
    paths.text = (std::filesystem::path(directory) / paths.text).lexically_normal().string();
  }
}

void make_entries_absolute(Node& map,
                           const std::vector<std::string>& keys,
                           const std::string& directory) {
  for (Node::Entry& entry : map.entries) {
    if (contains(keys, entry.key)) {
      make_absolute(entry.value, directory);
    }
  }
}

// In whatever speaks of rows: a variable may have any name, but those of settings and of models.
void make_rows_absolute(Node& node, const std::string& directory) {
  for (Node& item : node.items) {
    make_rows_absolute(item, directory);
  }
  for (Node::Entry& entry : node.entries) {
    Node& value = entry.value;
    if (entry.key == "data.root" ||
        (entry.key == "vs" && value.kind == Node::Kind::Scalar && is_baseline_path(value.text))) {
      make_absolute(value, directory);
    } else if (entry.key == "model") {
      make_entries_absolute(value, {"script", "weights"}, directory);
      for (Node& model : value.items) {
        make_entries_absolute(model, {"script", "weights"}, directory);
      }
    } else {
      make_rows_absolute(value, directory);
    }
  }
}

void make_paths_absolute(Node::Entry& entry, const std::string& directory) {
  const std::vector<std::string> about_rows{"matrix", "exclude", "include", "override", "gates"};
  if (entry.key == "plugins") {
    make_absolute(entry.value, directory);
  } else if (entry.key == "data") {
    make_entries_absolute(entry.value, {"root"}, directory);
  } else if (contains(about_rows, entry.key)) {
    make_rows_absolute(entry.value, directory);
  }
}

}  // namespace

std::string resolved_text(Node file, const std::string& directory) {
  auto& entries = file.entries;
  entries.erase(
      std::remove_if(entries.begin(),
                     entries.end(),
                     [](const Node::Entry& entry) { return entry.key.rfind("x-", 0) == 0; }),
      entries.end());
  for (Node::Entry& entry : entries) {
    resolve_dollars(entry.value);
    make_paths_absolute(entry, directory);
  }
  return block_text(file, 0);
}

}  // namespace qsweep
