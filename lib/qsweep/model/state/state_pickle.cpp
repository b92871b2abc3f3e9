#include "qsweep/model/state/state_pickle.hpp"

#include "qsweep/model/state/stored_types.hpp"

#include <cstdint>
#include <string_view>

namespace qsweep {
namespace {

using namespace std::string_view_literals;

class PickleText {
 public:
  PickleText& raw(std::string_view opcodes) {
    text_ += opcodes;
    return *this;
  }
  PickleText& global(std::string_view module, std::string_view name) {
    return raw("c").raw(module).raw("\n").raw(name).raw("\n");
  }
  PickleText& string(std::string_view text) {  // BINUNICODE
    raw("X").number(text.size(), 4);
    return raw(text);
  }
  PickleText& integer(int64_t value) {  // BININT, or LONG1 where that is too short
    const bool fits = value <= INT32_MAX;
    raw(fits ? "J"sv : "\x8a\x08"sv);
    return number(static_cast<uint64_t>(value), fits ? 4 : 8);
  }
  PickleText& tuple(torch::IntArrayRef values) {
    raw("(");
    for (const int64_t value : values) {
      integer(value);
    }
    return raw("t");
  }
  PickleText& ordered_dict() { return global("collections", "OrderedDict").raw(")R"); }
  std::string take() { return std::move(text_); }

 private:
  PickleText& number(uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) {
      text_ += static_cast<char>(value >> (8 * i) & 0xff);
    }
    return *this;
  }
  std::string text_;
};

// _rebuild_tensor_v2(storage, offset, sizes, strides, requires_grad, hooks)
void add_tensor(PickleText& pickle, const torch::Tensor& tensor, size_t key) {
  pickle.global("torch._utils", "_rebuild_tensor_v2").raw("(");
  pickle.raw("(").string("storage").global("torch", storage_class_of(tensor.scalar_type()));
  pickle.string(std::to_string(key)).string("cpu").integer(tensor.numel()).raw("tQ");
  pickle.integer(0).tuple(tensor.sizes()).tuple(tensor.strides());
  pickle.raw("\x89").ordered_dict().raw("tR");
}

}  // namespace

std::string state_pickle(const NamedTensors& state) {
  PickleText pickle;
  pickle.raw("\x80\x02").ordered_dict().raw("(");
  for (size_t i = 0; i < state.size(); ++i) {
    pickle.string(state[i].first);
    add_tensor(pickle, state[i].second, i);
  }
  return pickle.raw("u.").take();
}

}  // namespace qsweep
