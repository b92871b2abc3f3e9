#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

namespace qsweep {

/// Values that many rows share, by what they depend on. It forgets everything when it is full: a
/// plan of millions of different rows stays small, and the usual one keeps all it needs.
template <class Value>
class Memo {
 public:
  static constexpr size_t kUsualCapacity = 8192;  // of a few KB each at most

  explicit Memo(size_t capacity = kUsualCapacity) : capacity_(capacity) {}

  template <class Make>
  std::shared_ptr<const Value> get(const std::string& key, Make make) {
    const auto known = values_.find(key);
    if (known != values_.end()) {
      return known->second;
    }
    auto value = std::make_shared<const Value>(make());
    if (values_.size() >= capacity_) {
      values_.clear();
    }
    values_.emplace(key, value);
    return value;
  }

 private:
  size_t capacity_;
  std::unordered_map<std::string, std::shared_ptr<const Value>> values_;
};

}  // namespace qsweep
