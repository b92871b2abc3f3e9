#include "qsweep/model/state/stored_tensors.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/state/byte_reader.hpp"
#include "qsweep/model/state/stored_types.hpp"

#include <torch/types.h>

#include <algorithm>
#include <cstring>

namespace qsweep {
namespace {

using PickleKind = PickleValue::Kind;

constexpr size_t kMostDimensions = 64;
constexpr size_t kLongestKey = 64;
constexpr int64_t kMostNumbers = int64_t{1} << 36;   // no file has more
constexpr int64_t kMostRepeated = int64_t{1} << 24;  // by strides of 0

bool is_rebuild_tensor(const std::string& name) {
  return name == "torch._utils._rebuild_tensor" || name == "torch._utils._rebuild_tensor_v2";
}

bool is_rebuild_parameter(const std::string& name) {
  return name == "torch._utils._rebuild_parameter" ||
         name == "torch._utils._rebuild_parameter_with_state";
}

// The name of the global that a value calls; empty if it is no call.
const std::string& called(const PickleDocument& document, PickleRef ref) {
  static const std::string kNothing;
  const PickleValue& value = document[ref];
  return value.kind == PickleKind::Call ? document[value.items[0]].text : kNothing;
}

const std::vector<PickleRef>& arguments_of(const PickleDocument& document, PickleRef call) {
  return document[document[call].items[1]].items;
}

// A Bool is one byte that must be 0 or 1 in memory, whatever the file has.
torch::Tensor copy_of(std::string_view bytes, const StorageId& id) {
  const bool is_bool = id.type == torch::kBool;
  torch::Tensor copy =
      torch::empty({static_cast<int64_t>(id.count)}, is_bool ? torch::kByte : id.type);
  if (!bytes.empty()) {
    std::memcpy(copy.data_ptr(), bytes.data(), bytes.size());
  }
  return is_bool ? copy.ne(0) : copy;
}

}  // namespace

StorageId storage_id(const std::string& file, const PickleDocument& document, PickleRef ref) {
  const auto fail = [&file](const std::string& what) { throw IoError(file, what); };
  const PickleValue& tuple = document[document[ref].items[0]];
  const std::vector<PickleRef>& parts = tuple.items;
  if (tuple.kind != PickleKind::Tuple || parts.empty() || document[parts[0]].text != "storage") {
    fail("refuses to load: what stands outside of the pickle is no storage of a tensor");
  }
  if ((parts.size() != 5 && parts.size() != 6) || document[parts[1]].kind != PickleKind::Global ||
      !is_storage_class(document[parts[1]].text) || document[parts[2]].kind != PickleKind::Text ||
      document[parts[2]].text.size() > kLongestKey ||
      document[parts[4]].kind != PickleKind::Integer) {
    fail("damaged pickle: a storage is not told as type, key, place and count");
  }
  StorageId id;
  id.type = type_of_storage(document[parts[1]].text);
  id.key = document[parts[2]].text;
  const int64_t count = document[parts[4]].integer;
  if (count < 0 || count > kMostNumbers) {
    fail("damaged pickle: the storage '" + shown(id.key) + "' has " + std::to_string(count) +
         " numbers");
  }
  if (parts.size() == 6 && document[parts[5]].kind != PickleKind::None) {
    fail("the storage '" + shown(id.key) +
         "' is a view of another, as torch wrote them before 0.4; save the file anew");
  }
  id.count = static_cast<uint64_t>(count);
  return id;
}

bool StoredTensors::is_tensor(PickleRef ref) const {
  const std::string& name = called(document_, ref);
  return is_rebuild_tensor(name) || is_rebuild_parameter(name);
}

torch::Tensor StoredTensors::make(PickleRef ref, const std::string& name) {
  const PickleRef tensor = behind_parameter(ref);
  if (!is_rebuild_tensor(called(document_, tensor))) {
    fail(name, "is a parameter of what is no tensor");
  }
  const std::vector<PickleRef>& arguments = arguments_of(document_, tensor);
  if (arguments.size() < 4 || document_[arguments[0]].kind != PickleKind::Persistent) {
    fail(name, "is not told as storage, offset, sizes and strides");
  }
  // Conjugate and negative views: bits that change what the numbers mean.
  if (arguments.size() > 6 && !document_[arguments[6]].items.empty()) {
    fail(name, "has attributes that are not read; save it after resolve_conj() and resolve_neg()");
  }
  const StorageId id = storage_id(file_, document_, arguments[0]);
  const Layout layout = layout_of(arguments, name);
  check_inside(layout, id, name);
  return storage(id).as_strided(layout.sizes, layout.strides, layout.offset);
}

PickleRef StoredTensors::behind_parameter(PickleRef ref) const {
  if (!is_rebuild_parameter(called(document_, ref))) {
    return ref;
  }
  const std::vector<PickleRef>& arguments = arguments_of(document_, ref);
  return arguments.empty() ? ref : arguments[0];
}

StoredTensors::Layout StoredTensors::layout_of(const std::vector<PickleRef>& arguments,
                                               const std::string& name) const {
  Layout layout;
  layout.offset = count_at(arguments[1], name);
  layout.sizes = counts_at(arguments[2], name);
  layout.strides = counts_at(arguments[3], name);
  if (layout.sizes.size() != layout.strides.size()) {
    fail(name,
         "has " + std::to_string(layout.sizes.size()) + " sizes and " +
             std::to_string(layout.strides.size()) + " strides");
  }
  return layout;
}

int64_t StoredTensors::count_at(PickleRef ref, const std::string& name) const {
  const PickleValue& value = document_[ref];
  if (value.kind != PickleKind::Integer) {
    fail(name, "has a size, stride or offset that is no integer");
  }
  if (value.integer < 0) {
    fail(name, "has a negative size, stride or offset: " + std::to_string(value.integer));
  }
  return value.integer;
}

std::vector<int64_t> StoredTensors::counts_at(PickleRef ref, const std::string& name) const {
  const bool is_size = called(document_, ref) == "torch.Size";
  const PickleValue* tuple = &document_[ref];
  if (is_size && !arguments_of(document_, ref).empty()) {
    tuple = &document_[arguments_of(document_, ref)[0]];
  }
  if (tuple->kind != PickleKind::Tuple && tuple->kind != PickleKind::List) {
    fail(name, "has sizes or strides that are no tuple");
  }
  if (tuple->items.size() > kMostDimensions) {
    fail(name, "has " + std::to_string(tuple->items.size()) + " dimensions");
  }
  std::vector<int64_t> counts;
  for (const PickleRef item : tuple->items) {
    counts.push_back(count_at(item, name));
  }
  return counts;
}

// All three sums and products below are of numbers that the file chose.
void StoredTensors::check_inside(const Layout& layout,
                                 const StorageId& id,
                                 const std::string& name) const {
  int64_t last = layout.offset;
  int64_t numbers = 1;
  bool overflows = false;
  for (size_t i = 0; i < layout.sizes.size(); ++i) {
    int64_t reach = 0;
    const int64_t steps = layout.sizes[i] == 0 ? 0 : layout.sizes[i] - 1;
    overflows = overflows || __builtin_mul_overflow(steps, layout.strides[i], &reach) ||
                __builtin_add_overflow(last, reach, &last) ||
                __builtin_mul_overflow(numbers, layout.sizes[i], &numbers);
  }
  const auto count = static_cast<int64_t>(id.count);
  if (overflows || numbers > std::max(count, kMostRepeated)) {
    fail(name, "has sizes and strides far beyond its storage of " + std::to_string(count));
  }
  if (numbers == 0 ? layout.offset > count : last >= count) {
    fail(name,
         "reaches to number " + std::to_string(last) + " of a storage of " + std::to_string(count));
  }
}

const torch::Tensor& StoredTensors::storage(const StorageId& id) {
  auto found = storages_.find(id.key);
  if (found == storages_.end()) {
    const std::string_view bytes = fetch_(id);
    if (bytes.size() != id.bytes()) {
      throw IoError(file_,
                    "is damaged: the storage '" + shown(id.key) + "' has " +
                        std::to_string(bytes.size()) + " bytes, not " + std::to_string(id.bytes()));
    }
    found = storages_.emplace(std::string(id.key), copy_of(bytes, id)).first;
  }
  const torch::Tensor& known = found->second;
  if (known.scalar_type() != id.type || static_cast<uint64_t>(known.numel()) != id.count) {
    throw IoError(file_, "is damaged: the storage '" + shown(id.key) + "' has two types or sizes");
  }
  return known;
}

void StoredTensors::fail(const std::string& name, const std::string& what) const {
  throw IoError(file_, "tensor '" + shown(name) + "' " + what);
}

}  // namespace qsweep
