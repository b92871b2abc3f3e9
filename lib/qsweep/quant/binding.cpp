#include "qsweep/quant/binding.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/random_stream.hpp"
#include "qsweep/model/named_tensors.hpp"
#include "qsweep/quant/groups.hpp"

#include <ATen/TracerMode.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <utility>

namespace qsweep {

using torch::Tensor;

struct Binding::BoundSite {
  Site site;
  SiteShape shape;               // of what the quantizer sees
  std::optional<Groups> groups;  // of a weight, where each has a scale of its own
  std::string name;              // "layer1.0.conv1.output"
  std::string place;             // "the output of layer1.0.conv1"
  std::string rule;
  Json spec;
  const QuantizerTable* table = nullptr;  // that the spec's quantizer is in
  std::unique_ptr<Calibrator> calibrator;
  std::unique_ptr<Quantizer> quantizer;
  int bits = 0;                // of the quantizer as it is, which start_bits may raise
  std::optional<Range> range;  // as it was set last
  bool holds_range = false;    // of a weight: until training begins
  Tensor latent;               // of a weight: the float one
  Tensor evaluated;            // of a weight: its quantized values while an evaluation lasts
  int64_t calls = 0;           // since the evaluation, or the epoch of training, began
  LevelTally tally;

  int target_bits() const { return spec.value("bits", 1); }

  // Its groups become the channels that the quantizer sees.
  void cut(const Layer& layer) {
    if (!is_weight()) {
      throw TrialError("'per_group' is for weights, not for " + place);
    }
    groups.emplace(layer.weight_shape, layer.weight_channel_axis, spec.at("group").get<int64_t>());
    shape = {0, groups->count(), SiteKind::Weight};
  }
  bool is_weight() const { return site.kind == SiteKind::Weight; }

  void set_range(Range new_range) {
    quantizer->set_range(new_range);
    range = std::move(new_range);
  }

  void make(int new_bits) {
    bits = new_bits;
    quantizer = made_for(shape);
    if (range && quantizer->needs_range()) {
      quantizer->set_range(*range);
    }
  }

  std::unique_ptr<Quantizer> made_for(const SiteShape& wanted) const {
    Json changed = spec;
    changed["bits"] = bits;
    return make_quantizer(changed, wanted, *table);
  }

  RangeRequest range_request() const {
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
};

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

std::string learned_text(const NamedTensors& parameters) {
  std::string text;
  for (const auto& [name, values] : parameters) {
    text += (text.empty() ? "" : " ") + name + fmt::format("={:.6g}", values.min().item<double>());
    if (values.numel() > 1) {
      text += fmt::format("..{:.6g}", values.max().item<double>());
    }
  }
  return text;
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
      auto bound = std::make_unique<BoundSite>();
      bound->site = sites.at(static_cast<size_t>(number));
      const std::string& layer = layers[static_cast<size_t>(bound->site.layer)].name;
      bound->shape = shape_of(layers, bound->site);
      bound->name = layer + '.' + to_string(bound->site.kind);
      bound->place = "the " + to_string(bound->site.kind) + " of " + layer;
      bound->rule = group.rule;
      bound->spec = group.quantizer;
      bound->table = &table;
      bound->calibrator = make_calibrator(group.quantizer.value("calibrate", Json("minmax")));
      if (bound->spec.value("granularity", "") == "per_group") {
        bound->cut(layers[static_cast<size_t>(bound->site.layer)]);
      }
      bound->make(bound->target_bits());
      sites_[static_cast<size_t>(number)] = std::move(bound);
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
  set_range_from(bound, weight);
  bound.holds_range = true;
  return *bound.quantizer;
}

void Binding::begin_evaluation() {
  training_ = false;
  for (const auto& bound : sites_) {
    if (bound) {
      bound->evaluated = Tensor();
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
      bound->make(bits);
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
    set_range_from(*bound, x);
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
  return finite_or_fail(bound, bound.quantizer->quantize_relu(std::move(x)));
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
  return finite_or_fail(bound, bound.quantizer->quantize_sum(std::move(a), std::move(b)));
}

Tensor Binding::finite_or_fail(const BoundSite& bound, Quantized result) {
  if (!result.finite) {
    throw NotFiniteError(bound.place + " shows NaN or infinity");
  }
  return std::move(result.values);
}

Tensor Binding::apply_weight(BoundSite& bound, const Tensor& weight) {
  bound.latent = weight;
  if (!training_ && bound.evaluated.defined()) {
    return bound.evaluated;
  }
  const Tensor seen = bound.groups ? bound.groups->split(weight) : weight;
  const bool follows =
      bound.quantizer->range_use() == Quantizer::RangeUse::Follows && !bound.holds_range;
  if (follows || (bound.quantizer->needs_range() && !bound.range)) {
    set_range_from(bound, seen);
  }
  Tensor quantized = quantize(bound, seen);
  if (bound.groups) {
    quantized = bound.groups->join(quantized);
  }
  if (!training_) {
    bound.evaluated = quantized;
  }
  return quantized;
}

void Binding::set_range_from(BoundSite& bound, const Tensor& x) {
  const torch::NoGradGuard no_grad;
  const auto [min, max] = x.aminmax();
  if (!std::isfinite(min.item<float>()) || !std::isfinite(max.item<float>())) {
    throw NotFiniteError(bound.place + " shows NaN or infinity");
  }
  const RangeRequest request = bound.range_request();
  if (bound.is_weight()) {
    bound.set_range(bound.calibrator->range_of(x, bound.shape.channel_axis, request));
    return;
  }
  const auto observer =
      bound.calibrator->observer(request.per_channel).make(bound.shape.channel_axis);
  observer->observe(x);
  bound.set_range(bound.calibrator->range(observer->statistics(), request));
}

bool Binding::is_checked(const BoundSite& bound) const {
  return !training_ && !calibrating_ && bound.calls % kCheckEvery == 0 &&
         !at::tracer::impl::is_dispatch_enabled();  // the check would be recorded too
}

Tensor Binding::quantize(BoundSite& bound, Tensor x) {
  const Tensor kept = is_checked(bound) ? x : Tensor();  // held, so that x is not overwritten
  ++bound.calls;
  Tensor values = finite_or_fail(bound, bound.quantizer->quantize(std::move(x)));
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

Binding::QuantizedWeight Binding::quantized_weight(int site, const Tensor& weight) {
  const torch::NoGradGuard no_grad;
  BoundSite& bound = *sites_[static_cast<size_t>(site)];
  QuantizedWeight result;
  result.site = site;
  result.quantizer = bound.spec.at("quantizer").get<std::string>();
  result.values = apply_weight(bound, weight.detach());
  const Tensor seen = bound.groups ? bound.groups->split(result.values) : result.values;
  const auto join = [&bound](const Tensor& tensor) {
    return bound.groups ? bound.groups->join(tensor) : tensor;
  };
  result.codes = join(bound.quantizer->codes(seen));
  result.levels = bound.quantizer->integer_levels(seen);
  if (result.levels && bound.groups) {  // each weight has the numbers of its group
    IntegerLevels& levels = *result.levels;
    levels.scale = join(levels.scale.expand_as(seen).contiguous());
    levels.first = join(levels.first.expand_as(seen).contiguous());
    levels.offset =
        levels.offset.defined() ? join(levels.offset.expand_as(seen).contiguous()) : Tensor();
  }
  return result;
}

NamedTensors Binding::state() const {
  NamedTensors all;
  for (size_t i = 0; i < sites_.size(); ++i) {
    const BoundSite* bound = sites_[i].get();
    if (bound == nullptr) {
      continue;
    }
    NamedTensors site{
        {"counts",
         torch::tensor({int64_t{bound->bits}, int64_t{bound->holds_range}, bound->calls},
                       torch::kLong)}};
    if (bound->range) {
      add_part(site, "range.", {{"min", bound->range->min}, {"max", bound->range->max}});
    }
    add_part(site, "learned.", bound->quantizer->parameters());
    add_part(all, std::to_string(i) + '.', site);
  }
  return all;
}

void Binding::load_state(const NamedTensors& state) {
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < sites_.size(); ++i) {
    if (sites_[i]) {
      load_site(*sites_[i], part_of(state, std::to_string(i) + '.'));
    }
  }
}

void Binding::load_site(BoundSite& bound, const NamedTensors& state) {
  const Tensor counts = tensor_named(state, "counts");
  if (!counts.defined()) {
    throw TrialError("what was kept of the quantizers has nothing of " + bound.place);
  }
  const auto bits = static_cast<int>(counts[0].item<int64_t>());
  const torch::Device device = bound.range ? bound.range->min.device() : torch::Device("cpu");
  bound.range.reset();
  if (const Tensor min = tensor_named(state, "range.min"); min.defined()) {
    bound.range = Range{min.to(device), tensor_named(state, "range.max").to(device)};
  }
  if (bits != bound.bits) {
    bound.make(bits);
  } else if (bound.range && bound.quantizer->needs_range()) {
    bound.quantizer->set_range(*bound.range);
  }
  bound.holds_range = counts[1].item<int64_t>() != 0;
  bound.calls = counts[2].item<int64_t>();
  for (auto& [name, parameter] : bound.quantizer->parameters()) {
    const Tensor kept = tensor_named(state, "learned." + name);
    if (kept.defined() && parameter.defined()) {
      parameter.copy_(kept);
    }
  }
}

std::vector<SiteReport> Binding::reports() const {
  std::vector<SiteReport> reports;
  const std::vector<Site> sites = sites_of(layers_);
  for (size_t i = 0; i < sites.size(); ++i) {
    SiteReport report;
    report.site = sites[i];
    if (const BoundSite* bound = sites_[i].get()) {
      report.quantizer = bound->spec.at("quantizer").get<std::string>();
      report.bits = bound->target_bits();
      report.rule = bound->rule;
      report.range = bound->quantizer->range_text();
      report.learned = learned_text(bound->quantizer->parameters());
      report.tally = bound->tally;
      report.note = bound->quantizer->zero_width() ? "a range of zero width" : "";
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace qsweep
