#include "qsweep/model/state/stored_types.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace qsweep {
namespace {

struct StoredType {
  std::string_view storage;
  std::string_view dtype;
  torch::ScalarType type;
};

constexpr StoredType kTypes[] = {
    {"torch.FloatStorage", "torch.float32", torch::kFloat},
    {"torch.DoubleStorage", "torch.float64", torch::kDouble},
    {"torch.HalfStorage", "torch.float16", torch::kHalf},
    {"torch.BFloat16Storage", "torch.bfloat16", torch::kBFloat16},
    {"torch.LongStorage", "torch.int64", torch::kLong},
    {"torch.IntStorage", "torch.int32", torch::kInt},
    {"torch.ShortStorage", "torch.int16", torch::kShort},
    {"torch.CharStorage", "torch.int8", torch::kChar},
    {"torch.ByteStorage", "torch.uint8", torch::kByte},
    {"torch.BoolStorage", "torch.bool", torch::kBool},
    // Bytes without a type, as torch 2 saves a storage on its own.
    {"torch.storage.UntypedStorage", "torch.uint8", torch::kByte},
};

template <class Matches>
const StoredType* find(Matches matches) {
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes), matches);
  return found == std::end(kTypes) ? nullptr : found;
}

}  // namespace

bool is_storage_class(std::string_view name) {
  return find([&](const StoredType& known) { return known.storage == name; }) != nullptr;
}

bool is_dtype(std::string_view name) {
  return find([&](const StoredType& known) { return known.dtype == name; }) != nullptr;
}

torch::ScalarType type_of_storage(std::string_view storage_class) {
  return find([&](const StoredType& known) { return known.storage == storage_class; })->type;
}

std::string storage_class_of(torch::ScalarType type) {
  const StoredType* found = find([&](const StoredType& known) { return known.type == type; });
  if (found == nullptr) {
    throw std::invalid_argument("no storage class for tensors of type " +
                                std::string(torch::toString(type)));
  }
  constexpr std::string_view kModule = "torch.";
  return std::string(found->storage.substr(kModule.size()));
}

}  // namespace qsweep
