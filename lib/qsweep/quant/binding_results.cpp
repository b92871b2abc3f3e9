// What a binding shows and keeps: reports, quantized weights, its state.

#include "qsweep/model/named_tensors.hpp"
#include "qsweep/quant/binding.hpp"
#include "qsweep/quant/bound_site.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <fmt/format.h>
#include <utility>

namespace qsweep {

using torch::Tensor;

namespace {

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

Binding::QuantizedWeight Binding::quantized_weight(int site, const Tensor& weight) {
  const torch::NoGradGuard no_grad;
  BoundSite& bound = *sites_[static_cast<size_t>(site)];
  QuantizedWeight result;
  result.site = site;
  result.quantizer = bound.spec.at("quantizer").get<std::string>();
  result.values = apply_weight(bound, weight.detach());
  const Tensor seen = bound.split(result.values);
  result.codes = bound.join(bound.quantizer->codes(seen));
  result.levels = bound.quantizer->integer_levels(seen);
  if (result.levels && bound.groups) {  // each weight has the numbers of its group
    const auto of_each = [&](const Tensor& numbers) {
      return numbers.defined() ? bound.join(numbers.expand_as(seen).contiguous()) : Tensor();
    };
    IntegerLevels& levels = *result.levels;
    levels.scale = of_each(levels.scale);
    levels.first = of_each(levels.first);
    levels.offset = of_each(levels.offset);
  }
  return result;
}

NamedTensors Binding::state() const {
  NamedTensors all;
  for (size_t i = 0; i < sites_.size(); ++i) {
    if (sites_[i]) {
      add_part(all, std::to_string(i) + '.', sites_[i]->state());
    }
  }
  return all;
}

void Binding::load_state(const NamedTensors& state) {
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < sites_.size(); ++i) {
    if (sites_[i]) {
      sites_[i]->load_state(part_of(state, std::to_string(i) + '.'));
    }
  }
}

}  // namespace qsweep
