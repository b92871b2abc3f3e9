#include "qsweep/quant/elementwise_map.hpp"

#include "qsweep/quant/in_place.hpp"

#include <torch/autograd.h>

#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr int64_t kShortRun = 16;  // neighbours of one scale that are too few for a loop

struct KeptMap : torch::CustomClassHolder {
  explicit KeptMap(std::shared_ptr<const ElementwiseMap> own) : map(std::move(own)) {}
  std::shared_ptr<const ElementwiseMap> map;
};

struct Gradients {
  Tensor x;
  Tensor learned;  // float (numbers, scales), or undefined
};

Gradients gradients(const ElementwiseMap& map, const Tensor& x, Tensor dy) {
  dy = dy.strides() == x.strides() ? dy : torch::empty_like(x).copy_(dy);
  Tensor dx = torch::empty_like(x);
  const Tensor learned = map.backward(x, dy, dx);
  return {dx, learned.size(0) > 0 ? learned.to(torch::kFloat) : Tensor()};
}

// The input is kept, and not a mask: that costs the forward no pass, and the backward compares
// again.
class MapFunction : public torch::autograd::Function<MapFunction> {
 public:
  static Tensor forward(AutogradContext* context,
                        const Tensor& x,
                        const Tensor& /*learned*/,
                        const std::shared_ptr<const ElementwiseMap>& map,
                        bool* finite) {
    Tensor y = torch::empty_like(x);
    *finite = map->forward(x, y);
    context->save_for_backward({x});
    context->saved_data["map"] = c10::IValue::make_capsule(c10::make_intrusive<KeptMap>(map));
    return y;
  }

  static tensor_list backward(AutogradContext* context, tensor_list arrived) {
    const Tensor x = context->get_saved_variables()[0];
    const auto capsule = context->saved_data["map"].toCapsule();
    const ElementwiseMap& map = *static_cast<const KeptMap*>(capsule.get())->map;
    const int64_t axis = map.axis();
    if (map.scales() > 1 && x.size(axis) == map.scales() && x.stride(axis) < kShortRun &&
        !(x.stride(axis) == 1 && map.has_backward_rows())) {
      // Copies with the channels' axis first cost less than a call for each short run.
      const auto [dx, learned] = gradients(
          *map.along(0), x.transpose(0, axis).contiguous(), arrived[0].transpose(0, axis));
      return {dx.transpose(0, axis), learned, Tensor(), Tensor()};
    }
    const auto [dx, learned] = gradients(map, x, arrived[0]);
    return {dx, learned, Tensor(), Tensor()};
  }
};

}  // namespace

Quantized map_elements(Tensor x, const ElementwiseMap& map, const Tensor& learned) {
  if (!x.is_non_overlapping_and_dense()) {
    x = x.contiguous();
  }
  const bool differentiable = x.requires_grad() || (learned.defined() && learned.requires_grad());
  Quantized result;
  if (torch::GradMode::is_enabled() && differentiable) {
    const Tensor leaves = learned.defined() ? learned : torch::empty({0}, x.options());
    result.values = MapFunction::apply(x, leaves, map.along(map.axis()), &result.finite);
    return result;
  }
  result.values = result_like(x);
  result.finite = map.forward(x, result.values);
  return result;
}

}  // namespace qsweep
