#include "qsweep/quant/bound_site.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/named_tensors.hpp"
#include "qsweep/quant/quantizer_table.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <utility>

namespace qsweep {

using torch::Tensor;

Binding::BoundSite::BoundSite(const std::vector<Layer>& layers,
                              const Site& own,
                              const SiteGroup& group,
                              const QuantizerTable& quantizers)
    : site(own),
      shape(shape_of(layers, own)),
      rule(group.rule),
      spec(group.quantizer),
      table(&quantizers),
      calibrator(make_calibrator(group.quantizer.value("calibrate", Json("minmax")))) {
  const Layer& layer = layers[static_cast<size_t>(site.layer)];
  name = layer.name + '.' + to_string(site.kind);
  place = "the " + to_string(site.kind) + " of " + layer.name;
  if (spec.value("granularity", "") == "per_group") {
    cut(layer);
  }
  make(target_bits());
}

// Its groups become the channels that the quantizer sees.
void Binding::BoundSite::cut(const Layer& layer) {
  if (!is_weight()) {
    throw TrialError("'per_group' is for weights, not for " + place);
  }
  groups.emplace(layer.weight_shape, layer.weight_channel_axis, spec.at("group").get<int64_t>());
  shape = {0, groups->count(), SiteKind::Weight};
}

void Binding::BoundSite::make(int new_bits) {
  bits = new_bits;
  quantizer = made_for(shape);
  if (range && quantizer->needs_range()) {
    quantizer->set_range(*range);
  }
}

void Binding::BoundSite::change_bits(int new_bits) {
  const std::unique_ptr<Quantizer> earlier = std::move(quantizer);
  make(new_bits);
  quantizer->take_over(*earlier);
}

std::unique_ptr<Quantizer> Binding::BoundSite::made_for(const SiteShape& wanted) const {
  Json changed = spec;
  changed["bits"] = bits;
  return make_quantizer(changed, wanted, *table);
}

void Binding::BoundSite::set_range(Range new_range) {
  if (!torch::isfinite(new_range.min).all().item<bool>() ||
      !torch::isfinite(new_range.max).all().item<bool>()) {
    throw NotFiniteError("the range of " + place + " is NaN or infinite");
  }
  quantizer->set_range(new_range);
  range = std::move(new_range);
}

void Binding::BoundSite::set_range_from(const Tensor& x) {
  const torch::NoGradGuard no_grad;
  const auto [min, max] = x.aminmax();
  if (!std::isfinite(min.item<float>()) || !std::isfinite(max.item<float>())) {
    throw NotFiniteError(place + " shows NaN or infinity");
  }
  const RangeRequest request = range_request();
  if (is_weight()) {
    set_range(calibrator->range_of(x, shape.channel_axis, request));
    return;
  }
  const auto observer = calibrator->observer(request.per_channel).make(shape.channel_axis);
  observer->observe(x);
  set_range(calibrator->range(observer->statistics(), request));
}

RangeRequest Binding::BoundSite::range_request() const {
  return {quantizer->per_channel(),
          quantizer->most_levels(),
          [this](const Range& tried, const Tensor& values) {
            SiteShape rows = shape;
            rows.channel_axis = 0;
            const auto trying = made_for(rows);
            trying->set_range(tried);
            return trying->quantize(values).values;
          }};
}

Tensor Binding::BoundSite::finite_or_fail(Quantized result) const {
  if (!result.finite) {
    throw NotFiniteError(place + " shows NaN or infinity");
  }
  return std::move(result.values);
}

Tensor Binding::BoundSite::split(const Tensor& weight) const {
  return groups ? groups->split(weight) : weight;
}

Tensor Binding::BoundSite::join(const Tensor& seen) const {
  return groups ? groups->join(seen) : seen;
}

NamedTensors Binding::BoundSite::state() const {
  NamedTensors state{
      {"counts", torch::tensor({int64_t{bits}, int64_t{holds_range}, calls}, torch::kLong)}};
  if (range) {
    add_part(state, "range.", {{"min", range->min}, {"max", range->max}});
  }
  add_part(state, "learned.", quantizer->parameters());
  return state;
}

void Binding::BoundSite::load_state(const NamedTensors& state) {
  const Tensor counts = tensor_named(state, "counts");
  if (!counts.defined()) {
    throw TrialError("what was kept of the quantizers has nothing of " + place);
  }
  const auto kept_bits = static_cast<int>(counts[0].item<int64_t>());
  const torch::Device device = range ? range->min.device() : torch::Device("cpu");
  range.reset();
  if (const Tensor min = tensor_named(state, "range.min"); min.defined()) {
    range = Range{min.to(device), tensor_named(state, "range.max").to(device)};
  }
  if (kept_bits != bits) {
    make(kept_bits);
  } else if (range && quantizer->needs_range()) {
    quantizer->set_range(*range);
  }
  holds_range = counts[1].item<int64_t>() != 0;
  calls = counts[2].item<int64_t>();
  for (auto& [parameter_name, parameter] : quantizer->parameters()) {
    const Tensor kept = tensor_named(state, "learned." + parameter_name);
    if (kept.defined() && parameter.defined()) {
      parameter.copy_(kept);
    }
  }
}

}  // namespace qsweep
