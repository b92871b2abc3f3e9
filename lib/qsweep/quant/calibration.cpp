#include "qsweep/quant/calibration.hpp"

#include "qsweep/core/error.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <memory>

namespace qsweep {
namespace {

using torch::Tensor;

class ObservingHook : public SiteHook {
 public:
  ObservingHook(const std::vector<Layer>& layers, const Observation& observation) {
    const std::vector<Site> sites = sites_of(layers);
    observers_.resize(sites.size());
    for (const int number : observation.sites) {
      const auto site = static_cast<size_t>(number);
      observers_[site] = observation.observer.make(shape_of(layers, sites[site]).channel_axis);
    }
  }

  Tensor apply(int site, Tensor x) override {
    if (const auto& observer = observers_[static_cast<size_t>(site)]) {
      observer->observe(x);
    }
    return x;
  }

  SiteStatistics statistics() const {
    SiteStatistics all;
    for (size_t i = 0; i < observers_.size(); ++i) {
      if (observers_[i]) {
        all[static_cast<int>(i)] = observers_[i]->statistics();
      }
    }
    return all;
  }

 private:
  std::vector<std::unique_ptr<Observer>> observers_;  // null where nothing is observed
};

void check(const SiteStatistics& all, const std::vector<Layer>& layers) {
  const std::vector<Site> sites = sites_of(layers);
  for (const auto& [number, statistics] : all) {
    const Site& site = sites[static_cast<size_t>(number)];
    const std::string place =
        "the " + to_string(site.kind) + " of " + layers[static_cast<size_t>(site.layer)].name;
    if (statistics.empty()) {
      throw TrialError("calibration never came to " + place);
    }
    for (const auto& [name, tensor] : statistics) {
      if (!torch::isfinite(tensor).all().item<bool>()) {
        throw NotFiniteError("calibration saw NaN or infinity at " + place);
      }
    }
  }
}

}  // namespace

std::vector<int> sites_of_kind(const std::vector<Layer>& layers, SiteKind kind) {
  std::vector<int> numbers;
  const std::vector<Site> sites = sites_of(layers);
  for (size_t i = 0; i < sites.size(); ++i) {
    if (sites[i].kind == kind) {
      numbers.push_back(static_cast<int>(i));
    }
  }
  return numbers;
}

SiteStatistics observe_sites(Model& model,
                             const Observation& observation,
                             const EachBatch& each_batch) {
  const torch::NoGradGuard no_grad;
  model.train(false);
  ObservingHook hook(model.layers(), observation);
  each_batch([&](const Tensor& images) { model.forward(images, &hook); });
  SiteStatistics statistics = hook.statistics();
  check(statistics, model.layers());
  return statistics;
}

SiteShape shape_of(const std::vector<Layer>& layers, const Site& site) {
  const Layer& layer = layers[static_cast<size_t>(site.layer)];
  if (site.kind == SiteKind::Weight) {
    const int axis = layer.weight_channel_axis;
    return {axis, layer.weight_shape[static_cast<size_t>(axis)], site.kind};
  }
  const Activation activation = activation_at(layer, site.kind, site.operand);
  const int batch = activation.shape.empty() ? 0 : 1;
  return {activation.channel_axis + batch, activation.channels(), site.kind};
}

NamedTensors to_named(const SiteStatistics& statistics) {
  NamedTensors named;
  for (const auto& [site, tensors] : statistics) {
    for (const auto& [name, tensor] : tensors) {
      named.emplace_back(std::to_string(site) + '.' + name, tensor);
    }
  }
  return named;
}

SiteStatistics from_named(const NamedTensors& tensors) {
  SiteStatistics statistics;
  for (const auto& [name, tensor] : tensors) {
    const size_t dot = name.find('.');
    statistics[std::stoi(name.substr(0, dot))][name.substr(dot + 1)] = tensor;
  }
  return statistics;
}

}  // namespace qsweep
