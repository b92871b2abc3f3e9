#include "qsweep/config/finish_map.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace qsweep {
namespace {

class MapEnd {
 public:
  MapEnd(Node& map, const std::vector<size_t>& merges) : map_(map), merges_(merges) {}

  void finish() {
    reject_duplicates();
    if (merges_.empty()) {
      return;
    }
    std::vector<Node::Entry> entries = std::move(map_.entries);
    map_.entries.clear();
    for (size_t i = 0; i < entries.size(); ++i) {
      if (std::find(merges_.begin(), merges_.end(), i) == merges_.end()) {
        map_.entries.push_back(std::move(entries[i]));
      } else {
        merge(std::move(entries[i].value));
      }
    }
  }

 private:
  void reject_duplicates() {
    std::unordered_map<std::string, int> first_lines;
    for (const Node::Entry& entry : map_.entries) {
      const auto [found, is_new] = first_lines.emplace(entry.key, entry.place.line);
      if (!is_new) {
        throw config_error(entry.place,
                           "duplicate key '" + entry.key + "'; it is in line " +
                               std::to_string(found->second) + " already");
      }
      known_.insert(entry.key);
    }
  }

  void merge(Node value) {
    if (value.kind == Node::Kind::Sequence) {
      for (Node& item : value.items) {
        merge_map(std::move(item));
      }
      return;
    }
    merge_map(std::move(value));
  }

  void merge_map(Node value) {
    if (value.kind != Node::Kind::Map) {
      throw config_error(value.place, "'<<' merges a map or a list of maps");
    }
    for (Node::Entry& entry : value.entries) {
      if (known_.insert(entry.key).second) {
        map_.entries.push_back(std::move(entry));
      }
    }
  }

  Node& map_;
  const std::vector<size_t>& merges_;
  std::unordered_set<std::string> known_;
};

}  // namespace

void finish_map(Node& map, const std::vector<size_t>& merges) {
  MapEnd(map, merges).finish();
}

}  // namespace qsweep
