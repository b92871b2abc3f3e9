#include "qsweep/quant/binding.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/random_stream.hpp"
#include "qsweep/quant/bound_site.hpp"

#include <ATen/TracerMode.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace qsweep {

using torch::Tensor;

namespace {

constexpr int64_t kCheckEvery = 10;  // batches

// Falls along a line from the first epoch to the last, which has the target; never beyond what the
// quantizer can have.
int bits_in(const TrainingProgress& progress, int target, const Catalog::Quantizer& quantizer) {
  const int start = std::min(progress.start_bits, quantizer.max_bits);
  if (start <= target || progress.epochs <= 1) {
    return target;
  }
  const double left = static_cast<double>(progress.epochs - progress.epoch) / (progress.epochs - 1);
  return target + static_cast<int>(std::ceil((start - target) * left));
}

}  // namespace

Binding::Binding(const std::vector<Layer>& layers,
                 const std::vector<SiteGroup>& groups,
                 const QuantizerTable& table)
    : layers_(layers) {
  const std::vector<Site> sites = sites_of(layers);
  sites_.resize(sites.size());
  for (const SiteGroup& group : groups) {
    for (const int number : group.sites) {
      const Site& site = sites.at(static_cast<size_t>(number));
      sites_[static_cast<size_t>(number)] = std::make_unique<BoundSite>(layers, site, group, table);
    }
  }
}

Binding::~Binding() = default;

std::vector<Observation> Binding::observations_for(SiteKind kind) const {
  std::map<std::string, Observation> observations;
  for (size_t i = 0; i < sites_.size(); ++i) {
    const BoundSite* bound = sites_[i].get();
    if (bound != nullptr && bound->site.kind == kind && bound->quantizer->needs_range()) {
      ObserverKind observer = bound->calibrator->observer(bound->quantizer->per_channel());
      Observation& observation = observations[observer.name];
      observation.observer = std::move(observer);
      observation.sites.push_back(static_cast<int>(i));
    }
  }
  std::vector<Observation> all;
  for (auto& [name, observation] : observations) {
    all.push_back(std::move(observation));
  }
  return all;
}

void Binding::set_ranges(const Observation& observation, const SiteStatistics& statistics) {
  const torch::NoGradGuard no_grad;
  for (const int number : observation.sites) {
    BoundSite& bound = *sites_[static_cast<size_t>(number)];
    bound.set_range(bound.calibrator->range(statistics.at(number), bound.range_request()));
  }
}

void Binding::forget_ranges() {
  for (const auto& bound : sites_) {
    if (bound) {
      bound->range.reset();
      bound->holds_range = false;
      bound->make(bound->target_bits());
    }
  }
}

void Binding::calibrate_on_first_tensor(bool on) {
  calibrating_ = on;
  for (const auto& bound : sites_) {
    if (on && bound && !bound->is_weight()) {
      bound->range.reset();
    }
  }
}

Quantizer& Binding::hold_range(int site, const Tensor& weight) {
  BoundSite& bound = *sites_[static_cast<size_t>(site)];
  bound.set_range_from(weight);
  bound.holds_range = true;
  return *bound.quantizer;
}

void Binding::begin_evaluation() {
  training_ = false;
  for (const auto& bound : sites_) {
    if (bound) {
      bound->evaluated = Tensor();
      bound->norm.reset();
      bound->calls = 0;
      bound->tally = LevelTally(bound->quantizer->most_levels());
      bound->quantizer->begin(Phase());
    }
  }
}

void Binding::begin_training(const TrainingProgress& progress) {
  training_ = true;
  Phase phase;
  phase.training = true;
  phase.epoch = progress.epoch;
  phase.epochs = progress.epochs;
  for (size_t i = 0; i < sites_.size(); ++i) {
    BoundSite* bound = sites_[i].get();
    if (bound == nullptr) {
      continue;
    }
    bound->holds_range = false;
    const std::string purpose = "quantize " + std::to_string(i);
    phase.seed = RandomStream(progress.seed, purpose, static_cast<uint64_t>(progress.epoch)).bits();
    const Catalog::Quantizer& info = quantizer_entry(bound->spec, *bound->table).info;
    const int bits = bits_in(progress, bound->target_bits(), info);
    if (bits != bound->bits) {
      bound->change_bits(bits);
    }
    bound->calls = progress.goes_on ? bound->calls : 0;
    phase.passed = bound->calls;
    bound->quantizer->begin(phase);
  }
}

void Binding::end_evaluation() const {
  for (const auto& bound : sites_) {
    if (bound && bound->calls == 0) {
      throw TrialError("the policy quantizes " + bound->place + ", which was never computed");
    }
  }
}

NamedTensors Binding::parameters() const {
  NamedTensors all;
  for (const auto& bound : sites_) {
    if (bound) {
      for (const auto& [name, tensor] : bound->quantizer->parameters()) {
        all.emplace_back(bound->name + '.' + name, tensor);
      }
    }
  }
  return all;
}

void Binding::after_step() {
  const torch::NoGradGuard no_grad;
  for (const auto& bound : sites_) {
    if (bound) {
      bound->quantizer->after_step(bound->latent);
    }
  }
}

bool Binding::at_target_bits() const {
  return std::all_of(sites_.begin(), sites_.end(), [](const auto& bound) {
    return !bound || bound->bits == bound->target_bits();
  });
}

Tensor Binding::apply(int site, Tensor x) {
  BoundSite* bound = sites_[static_cast<size_t>(site)].get();
  if (bound == nullptr) {
    return x;
  }
  if (bound->is_weight()) {
    return apply_weight(*bound, x);
  }
  if (!bound->range && calibrating_ && bound->quantizer->needs_range()) {
    bound->set_range_from(x);
  }
  return quantize(*bound, std::move(x));
}

bool Binding::absorbs_relu(int site) const {
  const BoundSite* bound = sites_[static_cast<size_t>(site)].get();
  return bound != nullptr && !calibrating_ && bound->quantizer->absorbs_relu();
}

Tensor Binding::apply_to_relu(int site, Tensor x) {
  BoundSite& bound = *sites_[static_cast<size_t>(site)];
  if (is_checked(bound)) {
    return apply(site, torch::relu(x));
  }
  ++bound.calls;
  return bound.finite_or_fail(bound.quantizer->quantize_relu(std::move(x)));
}

bool Binding::absorbs_add(int site) const {
  const BoundSite* bound = sites_[static_cast<size_t>(site)].get();
  return bound != nullptr && !calibrating_ && !torch::GradMode::is_enabled() &&
         bound->quantizer->absorbs_add();
}

Tensor Binding::apply_to_sum(int site, Tensor a, Tensor b) {
  BoundSite& bound = *sites_[static_cast<size_t>(site)];
  if (is_checked(bound)) {
    return apply(site, a + b);
  }
  ++bound.calls;
  return bound.finite_or_fail(bound.quantizer->quantize_sum(std::move(a), std::move(b)));
}

bool Binding::absorbs_batch_norm(int site) const {
  const BoundSite* bound = sites_[static_cast<size_t>(site)].get();
  return bound != nullptr && !training_ && !calibrating_ && !torch::GradMode::is_enabled();
}

// The first batch, which is checked, finds out whether it can be folded.
Tensor Binding::apply_to_batch_norm(int site, Tensor x, const LayerTensors& norm) {
  BoundSite& bound = *sites_[static_cast<size_t>(site)];
  if (is_checked(bound)) {
    Tensor y = batch_norm_of(x, norm);
    bound.norm = FoldedNorm::found(norm, x, y);
    return apply(site, std::move(y));
  }
  if (!bound.norm || !bound.norm->takes(x)) {
    return apply(site, batch_norm_of(x, norm));
  }
  ++bound.calls;
  return bound.finite_or_fail(bound.quantizer->quantize_norm(x, *bound.norm));
}

Tensor Binding::apply_weight(BoundSite& bound, const Tensor& weight) {
  bound.latent = weight;
  if (!training_ && bound.evaluated.defined()) {
    return bound.evaluated;
  }
  const Tensor seen = bound.split(weight);
  const bool follows =
      bound.quantizer->range_use() == Quantizer::RangeUse::Follows && !bound.holds_range;
  if (follows || (bound.quantizer->needs_range() && !bound.range)) {
    bound.set_range_from(seen);
  }
  const Tensor quantized = bound.join(quantize(bound, seen));
  if (!training_) {
    bound.evaluated = quantized;
  }
  return quantized;
}

bool Binding::is_checked(const BoundSite& bound) const {
  return !training_ && !calibrating_ && bound.calls % kCheckEvery == 0 &&
         !at::tracer::impl::is_dispatch_enabled();  // the check would be recorded too
}

Tensor Binding::quantize(BoundSite& bound, Tensor x) {
  const Tensor kept = is_checked(bound) ? x : Tensor();  // held, so that x is not overwritten
  ++bound.calls;
  Tensor values = bound.finite_or_fail(bound.quantizer->quantize(std::move(x)));
  if (kept.defined()) {
    bound.quantizer->tally(kept, values, bound.tally);
    bound.tally.elements -= bound.groups ? bound.groups->padding() : 0;
    if (bound.tally.off_level > 0) {
      throw TrialError(bound.place + " shows values that are none of the " +
                       std::to_string(bound.tally.seen.size()) + " levels of its quantizer");
    }
  }
  return values;
}

}  // namespace qsweep
