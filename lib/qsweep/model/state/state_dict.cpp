#include "qsweep/core/error.hpp"
#include "qsweep/model/state/byte_reader.hpp"
#include "qsweep/model/state/state_formats.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace qsweep {
namespace {

using PickleKind = PickleValue::Kind;

struct Item {
  PickleRef key;
  PickleRef value;
};

std::vector<Item> items_of(const PickleValue& dict) {
  std::vector<Item> items;
  for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    items.push_back({dict.items[i], dict.items[i + 1]});
  }
  return items;
}

std::string keys_text(const PickleDocument& document, const std::vector<Item>& items) {
  constexpr size_t kShown = 12;
  std::string text;
  for (size_t i = 0; i < items.size() && i < kShown; ++i) {
    const PickleValue& key = document[items[i].key];
    text += (i == 0 ? "" : ", ");
    text += key.kind == PickleKind::Text ? "'" + shown(key.text) + "'" : "what is no text";
  }
  return items.size() > kShown ? text + ", ..." : text;
}

// The dict itself if it holds tensors and no dicts, else the one under 'state_dict'.
PickleRef find_state_dict(const std::string& file,
                          const PickleDocument& document,
                          const StoredTensors& tensors) {
  if (document[document.root].kind != PickleKind::Dict) {
    throw IoError(file, "holds no state_dict, but something else than a dict");
  }
  const std::vector<Item> items = items_of(document[document.root]);
  bool has_tensor = false;
  bool has_dict = false;
  for (const Item& item : items) {
    const PickleValue& key = document[item.key];
    const bool is_dict = document[item.value].kind == PickleKind::Dict;
    if (is_dict && key.kind == PickleKind::Text && key.text == "state_dict") {
      return item.value;
    }
    has_dict = has_dict || is_dict;
    has_tensor = has_tensor || tensors.is_tensor(item.value);
  }
  if (!has_tensor || has_dict) {
    throw IoError(file,
                  "holds no state_dict, neither itself nor under 'state_dict'; its keys are " +
                      (items.empty() ? "none" : keys_text(document, items)));
  }
  return document.root;
}

bool starts_with(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

// DataParallel puts it before every name.
void drop_common_prefix(NamedTensors& state) {
  const std::string prefix = "module.";
  const bool everywhere = std::all_of(state.begin(), state.end(), [&](const auto& entry) {
    return starts_with(entry.first, prefix);
  });
  if (everywhere) {
    for (auto& [name, tensor] : state) {
      name.erase(0, prefix.size());
    }
  }
}

}  // namespace

NamedTensors state_dict_of(const std::string& file,
                           const PickleDocument& document,
                           StoredTensors& tensors) {
  NamedTensors state;
  std::unordered_map<std::string, size_t> places;
  for (const Item& item : items_of(document[find_state_dict(file, document, tensors)])) {
    if (!tensors.is_tensor(item.value)) {
      continue;  // a state_dict may hold what is no weight
    }
    if (document[item.key].kind != PickleKind::Text) {
      throw IoError(file, "its state_dict has a tensor whose name is no text");
    }
    const std::string& name = document[item.key].text;
    torch::Tensor tensor = tensors.make(item.value, name);
    const auto [place, is_new] = places.emplace(name, state.size());
    if (is_new) {
      state.emplace_back(name, std::move(tensor));
    } else {
      state[place->second].second = std::move(tensor);
    }
  }
  if (state.empty()) {
    throw IoError(file, "its state_dict holds no tensor");
  }
  drop_common_prefix(state);
  return state;
}

}  // namespace qsweep
