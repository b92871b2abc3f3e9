#include "qsweep/quant/binding.hpp"

#include "qsweep/core/error.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <set>

namespace qsweep {

using torch::Tensor;

struct Binding::BoundSite {
  Site site;
  SiteShape shape;
  std::string place;  // "the output of layer1.0.conv1"
  std::string rule;
  Json spec;
  std::string method;
  std::unique_ptr<Quantizer> quantizer;
  bool has_range = false;
  Tensor evaluated;  // of a weight: its quantized values while an evaluation lasts
  bool counted = false;
  int64_t levels = 0;
};

namespace {

// The most distinct codes among those of one scale.
int64_t most_distinct(const Tensor& codes) {  // [scales, codes of each], int64
  if (codes.numel() == 0) {
    return 0;
  }
  const Tensor plain = codes.contiguous();
  const int64_t lowest = plain.min().item<int64_t>();
  const auto span = static_cast<size_t>(plain.max().item<int64_t>() - lowest + 1);
  std::vector<int64_t> last_seen(span, -1);  // the scale in which a code was seen last
  int64_t most = 0;
  const int64_t* values = plain.data_ptr<int64_t>();
  for (int64_t scale = 0; scale < plain.size(0); ++scale) {
    int64_t distinct = 0;
    for (int64_t i = 0; i < plain.size(1); ++i) {
      int64_t& seen = last_seen[static_cast<size_t>(values[scale * plain.size(1) + i] - lowest)];
      distinct += static_cast<int64_t>(seen != scale);
      seen = scale;
    }
    most = std::max(most, distinct);
  }
  return most;
}

}  // namespace

Binding::Binding(const std::vector<Layer>& layers, const std::vector<SiteGroup>& groups)
    : layers_(layers) {
  const std::vector<Site> sites = sites_of(layers);
  sites_.resize(sites.size());
  for (const SiteGroup& group : groups) {
    for (const int number : group.sites) {
      auto bound = std::make_unique<BoundSite>();
      bound->site = sites.at(static_cast<size_t>(number));
      const Layer& layer = layers[static_cast<size_t>(bound->site.layer)];
      bound->shape = shape_of(layers, bound->site);
      bound->place = "the " + to_string(bound->site.kind) + " of " + layer.name;
      bound->rule = group.rule;
      bound->spec = group.quantizer;
      bound->method = group.quantizer.value("calibrate", "minmax");
      bound->quantizer = make_quantizer(group.quantizer, bound->shape);
      sites_[static_cast<size_t>(number)] = std::move(bound);
    }
  }
}

Binding::~Binding() = default;

std::vector<std::string> Binding::methods_for(SiteKind kind) const {
  std::set<std::string> methods;
  for (const auto& bound : sites_) {
    if (bound && bound->site.kind == kind && bound->quantizer->needs_range()) {
      methods.insert(bound->method);
    }
  }
  return {methods.begin(), methods.end()};
}

void Binding::set_ranges(SiteKind kind,
                         const std::string& method,
                         const SiteStatistics& statistics) {
  const auto calibrator = make_calibrator(method);
  for (size_t i = 0; i < sites_.size(); ++i) {
    BoundSite* bound = sites_[i].get();
    if (bound != nullptr && bound->site.kind == kind && bound->method == method &&
        bound->quantizer->needs_range()) {
      bound->quantizer->set_range(
          calibrator->range(statistics.at(static_cast<int>(i)), bound->quantizer->per_channel()));
      bound->has_range = true;
    }
  }
}

void Binding::begin_evaluation() {
  training_ = false;
  for (const auto& bound : sites_) {
    if (bound) {
      bound->evaluated = Tensor();
      bound->counted = false;
    }
  }
}

void Binding::begin_training() {
  training_ = true;
}

void Binding::end_evaluation() const {
  for (const auto& bound : sites_) {
    if (bound && !bound->counted) {
      throw TrialError("the policy quantizes " + bound->place + ", which was never computed");
    }
  }
}

Tensor Binding::apply(int site, Tensor x) {
  BoundSite* bound = sites_[static_cast<size_t>(site)].get();
  if (bound == nullptr) {
    return x;
  }
  if (bound->site.kind == SiteKind::Weight) {
    return apply_weight(*bound, x);
  }
  if (!bound->has_range && calibrating_ && bound->quantizer->needs_range()) {
    set_range_from(*bound, x);
    bound->has_range = true;
  }
  return quantize(*bound, std::move(x));
}

Tensor Binding::apply_weight(BoundSite& bound, const Tensor& weight) {
  if (!training_ && bound.evaluated.defined()) {
    return bound.evaluated;
  }
  if (bound.quantizer->needs_range()) {
    set_range_from(bound, weight);
  }
  Tensor quantized = quantize(bound, weight);
  if (!training_) {
    bound.evaluated = quantized;
  }
  return quantized;
}

void Binding::set_range_from(BoundSite& bound, const Tensor& x) {
  const torch::NoGradGuard no_grad;
  const auto calibrator = make_calibrator(bound.method);
  const auto observer = calibrator->observer(bound.shape.channel_axis);
  observer->observe(x);
  bound.quantizer->set_range(
      calibrator->range(observer->statistics(), bound.quantizer->per_channel()));
}

Tensor Binding::quantize(BoundSite& bound, Tensor x) {
  Quantized result = bound.quantizer->quantize(std::move(x));
  if (!result.finite) {
    throw TrialError(bound.place + " shows NaN or infinity");
  }
  if (!training_ && !bound.counted) {
    count_levels(bound, result.values);
  }
  return std::move(result.values);
}

void Binding::count_levels(BoundSite& bound, const Tensor& values) {
  const torch::NoGradGuard no_grad;
  const bool whole = bound.site.kind == SiteKind::Weight;
  Tensor codes = bound.quantizer->codes(whole ? values : values.narrow(0, 0, 1)).cpu();
  if (bound.quantizer->per_channel()) {
    codes = codes.transpose(0, bound.shape.channel_axis);
    codes = codes.reshape({codes.size(0), -1});
  } else {
    codes = codes.reshape({1, -1});
  }
  bound.levels = most_distinct(codes);
  bound.counted = true;
  if (bound.levels > bound.quantizer->most_levels()) {
    throw TrialError(bound.place + " shows " + std::to_string(bound.levels) +
                     " distinct values, and at most " +
                     std::to_string(bound.quantizer->most_levels()) + " are allowed");
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
      report.bits = bound->spec.value("bits", 1);
      report.rule = bound->rule;
      report.range = bound->quantizer->range_text();
      report.levels = bound->levels;
      report.note = bound->quantizer->zero_width() ? "a range of zero width" : "";
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace qsweep
