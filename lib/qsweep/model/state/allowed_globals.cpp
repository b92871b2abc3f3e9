#include "qsweep/model/state/allowed_globals.hpp"

#include "qsweep/model/state/stored_types.hpp"

#include <algorithm>
#include <iterator>

namespace qsweep {
namespace {

constexpr std::string_view kState[] = {
    "collections.OrderedDict",
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    // What a checkpoint may hold beside its tensors.
    "torch.Size",
    "torch.device",
    "builtins.set",
    "builtins.frozenset",
    "__builtin__.set",
    "__builtin__.frozenset",
};

// How TorchScript tells the types of attributes that are lists and dicts.
constexpr std::string_view kScript[] = {
    "torch.jit._pickle.build_boollist",
    "torch.jit._pickle.build_doublelist",
    "torch.jit._pickle.build_intlist",
    "torch.jit._pickle.build_tensorlist",
    "torch.jit._pickle.restore_type_tag",
};

constexpr std::string_view kScriptClasses = "__torch__.";
constexpr size_t kLongestName = 512;

template <class Names>
bool holds(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

bool allowed_in_state(std::string_view name) {
  return holds(kState, name) || is_storage_class(name) || is_dtype(name);
}

bool allowed_in_script(std::string_view name) {
  const bool is_class =
      name.substr(0, kScriptClasses.size()) == kScriptClasses && name.size() <= kLongestName;
  return is_class || allowed_in_state(name) || holds(kScript, name);
}

}  // namespace qsweep
