#include "device/pretend_device.hpp"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace qsweep::test {
namespace {

using torch::Tensor;
using torch::jit::Stack;

constexpr auto kDevice = c10::DeviceType::XPU;
// No address of a program is this large: reading where it points crashes.
constexpr uintptr_t kFarAway = uintptr_t{1} << 62U;
constexpr size_t kAlignment = 64;

bool is_here(const Tensor& tensor) {
  return tensor.defined() && tensor.device().type() == kDevice;
}

void free_memory(void* memory) {
  std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc): aligned_alloc's
}

c10::DataPtr allocate(size_t bytes) {
  const size_t rounded = (bytes / kAlignment + 1) * kAlignment;
  void* memory = std::aligned_alloc(kAlignment, rounded);
  // NOLINTNEXTLINE(*-reinterpret-cast,performance-no-int-to-ptr): an address that is none
  auto* far_away = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(memory) + kFarAway);
  return {far_away, memory, &free_memory, torch::Device(kDevice, 0)};
}

Tensor empty_strided(at::IntArrayRef sizes, at::IntArrayRef strides, torch::ScalarType type) {
  const caffe2::TypeMeta meta = c10::scalarTypeToTypeMeta(type);
  int64_t elements = 1;
  for (size_t i = 0; i < sizes.size(); ++i) {
    elements = sizes[i] == 0 ? 0 : elements;
    elements += elements == 0 ? 0 : (sizes[i] - 1) * strides[i];
  }
  const size_t bytes = static_cast<size_t>(elements) * meta.itemsize();
  c10::Storage storage(c10::Storage::use_byte_size_t(), bytes, allocate(bytes), nullptr, false);
  Tensor tensor = at::detail::make_tensor<c10::TensorImpl>(
      std::move(storage), c10::DispatchKeySet(c10::DispatchKey::XPU), meta);
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(sizes, strides);
  return tensor;
}

// The same memory as a tensor of the CPU.
Tensor seen_by_cpu(const Tensor& tensor) {
  if (!is_here(tensor)) {
    return tensor;
  }
  const auto address = reinterpret_cast<uintptr_t>(tensor.data_ptr()) - kFarAway;  // NOLINT
  return at::from_blob(reinterpret_cast<void*>(address),                           // NOLINT
                       tensor.sizes(),
                       tensor.strides(),
                       torch::TensorOptions(tensor.scalar_type()));
}

Tensor moved_here(const Tensor& tensor) {
  if (!tensor.defined()) {
    return tensor;
  }
  const Tensor dense =
      tensor.is_non_overlapping_and_dense() ? tensor : tensor.clone(at::MemoryFormat::Contiguous);
  Tensor here = empty_strided(dense.sizes(), dense.strides(), dense.scalar_type());
  seen_by_cpu(here).copy_(dense);
  return here;
}

// An operand that a GPU's op would take from the CPU: a number.
bool is_number(const Tensor& tensor) {
  return !tensor.defined() || tensor.dim() == 0;
}

void check_operands(const c10::OperatorHandle& op, const std::vector<Tensor>& operands) {
  const bool indexes = op.schema().name().rfind("aten::index", 0) == 0;  // indices may be anywhere
  for (const Tensor& operand : operands) {
    TORCH_CHECK(is_here(operand) || is_number(operand) || indexes,
                op.schema().name(),
                " is given tensors of the CPU and of another device");
  }
}

// What an op is to be given for a tensor that it sizes and writes.
Tensor filled_by_cpu(const Tensor& tensor) {
  return tensor.numel() > 0 ? seen_by_cpu(tensor) : torch::empty({0}, tensor.scalar_type());
}

void take_over(const Tensor& tensor, const Tensor& of_cpu) {
  const Tensor moved = moved_here(of_cpu);
  tensor.unsafeGetTensorImpl()->set_storage_keep_dtype(moved.storage());
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(moved.sizes(), moved.strides());
}

// The value with tensors of the CPU; what was there is added to `operands`.
c10::IValue seen_by_cpu(const c10::IValue& value, std::vector<Tensor>& operands) {
  if (value.isTensor()) {
    operands.push_back(value.toTensor());
    return seen_by_cpu(operands.back());
  }
  if (value.isTensorList()) {
    c10::List<Tensor> all;
    for (const Tensor& tensor : value.toTensorVector()) {
      operands.push_back(tensor);
      all.push_back(seen_by_cpu(tensor));
    }
    return all;
  }
  if (value.isOptionalTensorList()) {
    c10::List<c10::optional<Tensor>> all;
    for (const c10::optional<Tensor>& tensor : value.toOptionalTensorVector()) {
      operands.push_back(tensor.value_or(Tensor()));
      all.push_back(tensor ? c10::optional<Tensor>(seen_by_cpu(*tensor)) : c10::nullopt);
    }
    return all;
  }
  return value.isDevice() ? c10::IValue(torch::Device(torch::kCPU)) : value;
}

// Where an op writes into an argument and returns it: that argument.
std::optional<size_t> returned_argument(const c10::FunctionSchema& schema,
                                        const c10::Argument& result) {
  const auto* alias = result.alias_info();
  if (alias == nullptr) {
    return std::nullopt;
  }
  TORCH_CHECK(alias->isWrite(), schema.name(), " makes a view: the pretend device lacks it");
  for (size_t i = 0; i < schema.arguments().size(); ++i) {
    const auto* argument = schema.arguments()[i].alias_info();
    if (argument != nullptr && argument->beforeSets() == alias->beforeSets()) {
      return i;
    }
  }
  return std::nullopt;
}

c10::IValue moved_here(const c10::IValue& value) {
  if (value.isTensor()) {
    return moved_here(value.toTensor());
  }
  if (value.isTensorList()) {
    c10::List<Tensor> all;
    for (const Tensor& tensor : value.toTensorVector()) {
      all.push_back(moved_here(tensor));
    }
    return all;
  }
  return value;
}

// Every op without a kernel below.
void run_on_cpu(const c10::OperatorHandle& op, Stack* stack) {
  const c10::FunctionSchema& schema = op.schema();
  const size_t first = stack->size() - schema.arguments().size();
  const Stack given(stack->begin() + static_cast<std::ptrdiff_t>(first), stack->end());
  std::vector<Tensor> operands;
  for (size_t i = first; i < stack->size(); ++i) {
    const auto* alias = schema.arguments()[i - first].alias_info();
    const bool writes = alias != nullptr && alias->isWrite() && (*stack)[i].isTensor();
    (*stack)[i] = writes && is_here((*stack)[i].toTensor()) ? filled_by_cpu((*stack)[i].toTensor())
                                                            : seen_by_cpu((*stack)[i], operands);
  }
  check_operands(op, operands);
  // An op that writes into its arguments returns references to them after it has taken them off the
  // stack, so that somebody else must hold them.
  const Stack held(stack->begin() + static_cast<std::ptrdiff_t>(first), stack->end());
  op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
  for (size_t i = 0; i < schema.returns().size(); ++i) {
    const auto argument = returned_argument(schema, schema.returns()[i]);
    c10::IValue& result = (*stack)[first + i];
    if (argument && given[*argument].toTensor().numel() < result.toTensor().numel()) {
      take_over(given[*argument].toTensor(), result.toTensor());
    }
    result = argument ? given[*argument] : moved_here(result);
  }
}

std::vector<int64_t> strides_of(at::IntArrayRef sizes, at::MemoryFormat format) {
  std::vector<int64_t> strides(sizes.size(), 1);
  if (format == at::MemoryFormat::ChannelsLast) {
    return c10::get_channels_last_strides_2d(sizes);
  }
  for (size_t i = sizes.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * std::max<int64_t>(sizes[i], 1);
  }
  return strides;
}

Tensor empty(at::IntArrayRef sizes,
             c10::optional<at::ScalarType> type,
             c10::optional<at::Layout>,
             c10::optional<at::Device>,
             c10::optional<bool>,
             c10::optional<at::MemoryFormat> format) {
  return empty_strided(sizes,
                       strides_of(sizes, format.value_or(at::MemoryFormat::Contiguous)),
                       type.value_or(torch::kFloat));
}

Tensor empty_with_strides(at::IntArrayRef sizes,
                          at::IntArrayRef strides,
                          c10::optional<at::ScalarType> type,
                          c10::optional<at::Layout>,
                          c10::optional<at::Device>,
                          c10::optional<bool>) {
  return empty_strided(sizes, strides, type.value_or(torch::kFloat));
}

// Between devices, too: the op goes to the one that is not the CPU.
Tensor& copy(Tensor& target, const Tensor& source, bool) {
  seen_by_cpu(target).copy_(seen_by_cpu(source));
  return target;
}

Tensor convolution(const Tensor& input,
                   const Tensor& weight,
                   const c10::optional<Tensor>& bias,
                   at::IntArrayRef stride,
                   at::IntArrayRef padding,
                   at::IntArrayRef dilation,
                   bool transposed,
                   at::IntArrayRef output_padding,
                   int64_t groups) {
  TORCH_CHECK(is_here(input) && is_here(weight), "convolution of tensors of two devices");
  return moved_here(at::convolution(seen_by_cpu(input),
                                    seen_by_cpu(weight),
                                    bias ? seen_by_cpu(*bias) : Tensor(),
                                    stride,
                                    padding,
                                    dilation,
                                    transposed,
                                    output_padding,
                                    groups));
}

std::tuple<Tensor, Tensor, Tensor> convolution_backward(const Tensor& gradient,
                                                        const Tensor& input,
                                                        const Tensor& weight,
                                                        at::IntArrayRef stride,
                                                        at::IntArrayRef padding,
                                                        at::IntArrayRef dilation,
                                                        bool transposed,
                                                        at::IntArrayRef output_padding,
                                                        int64_t groups,
                                                        std::array<bool, 3> wanted) {
  const std::vector<int64_t> bias{gradient.size(1)};
  const auto [of_input, of_weight, of_bias] = at::convolution_backward(seen_by_cpu(gradient),
                                                                       seen_by_cpu(input),
                                                                       seen_by_cpu(weight),
                                                                       at::IntArrayRef(bias),
                                                                       stride,
                                                                       padding,
                                                                       dilation,
                                                                       transposed,
                                                                       output_padding,
                                                                       groups,
                                                                       wanted);
  return {moved_here(of_input), moved_here(of_weight), moved_here(of_bias)};
}

/// One device with one stream, on which everything is done at once.
struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kDevice; }
  c10::Device exchangeDevice(c10::Device) const override { return getDevice(); }
  c10::Device getDevice() const override { return {kDevice, 0}; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device device) const noexcept override {
    return c10::Stream(c10::Stream::DEFAULT, device);
  }
  c10::Stream exchangeStream(c10::Stream stream) const noexcept override { return stream; }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
};

C10_REGISTER_GUARD_IMPL(XPU, Guard)

TORCH_LIBRARY_IMPL(_, XPU, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&run_on_cpu>());
}

TORCH_LIBRARY_IMPL(aten, XPU, library) {
  library.impl("empty.memory_format", &empty);
  library.impl("empty_strided", &empty_with_strides);
  library.impl("copy_", &copy);
  library.impl("as_strided", &at::native::as_strided_tensorimpl);
  library.impl("view", &at::native::view);
  library.impl("_reshape_alias", &at::native::_reshape_alias);
  library.impl("convolution_overrideable", &convolution);
  library.impl("convolution_backward_overrideable", &convolution_backward);
}

}  // namespace

torch::Device pretend_device() {
  return {kDevice, 0};
}

}  // namespace qsweep::test
