#pragma once

#include "qsweep/model/state/pickle_values.hpp"

#include <torch/types.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qsweep {

/// A storage as a pickle names it.
struct StorageId {
  torch::ScalarType type = torch::kFloat;
  std::string_view key;
  uint64_t count = 0;  // numbers

  uint64_t bytes() const { return count * torch::elementSize(type); }
};

/// The tensors that a pickle describes, made from the bytes that the file keeps beside it. Views of
/// one storage stay views. Every extent is checked; errors are IoErrors that name the file.
class StoredTensors {
 public:
  /// The bytes of the storage with that key.
  using Fetch = std::function<std::string_view(const StorageId&)>;

  StoredTensors(std::string file, const PickleDocument& document, Fetch fetch)
      : file_(std::move(file)), document_(document), fetch_(std::move(fetch)) {}

  bool is_tensor(PickleRef ref) const;
  /// `name` is for messages.
  torch::Tensor make(PickleRef ref, const std::string& name);

 private:
  struct Layout {
    std::vector<int64_t> sizes;
    std::vector<int64_t> strides;
    int64_t offset = 0;
  };
  PickleRef behind_parameter(PickleRef ref) const;
  Layout layout_of(const std::vector<PickleRef>& arguments, const std::string& name) const;
  int64_t count_at(PickleRef ref, const std::string& name) const;
  std::vector<int64_t> counts_at(PickleRef ref, const std::string& name) const;
  void check_inside(const Layout& layout, const StorageId& storage, const std::string& name) const;
  const torch::Tensor& storage(const StorageId& id);
  [[noreturn]] void fail(const std::string& name, const std::string& what) const;

  std::string file_;
  const PickleDocument& document_;
  Fetch fetch_;
  std::map<std::string, torch::Tensor, std::less<>> storages_;
};

/// What a Persistent value of torch.save stands for: ('storage', type, key, place, count).
StorageId storage_id(const std::string& file, const PickleDocument& document, PickleRef ref);

}  // namespace qsweep
