#include "qsweep/data/batch.hpp"
#include "qsweep/quant/calibration.hpp"
#include "qsweep/trial/stages.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>

namespace qsweep {
namespace {

std::vector<int64_t> calibration_images(const Stage& stage) {
  return draw_images(*stage.dataset.train,
                     stage.classes(),
                     stage.settings.calibrate.images,
                     stage.settings.seed,
                     "calibrate");
}

using StatisticsOf = std::function<SiteStatistics(SiteKind kind, const Observation& observation)>;

void set_ranges(Binding& binding, const StatisticsOf& statistics_of) {
  for (const SiteKind kind : {SiteKind::Input, SiteKind::Output}) {
    for (const Observation& observation : binding.observations_for(kind)) {
      binding.set_ranges(observation, statistics_of(kind, observation));
    }
  }
}

// Of all sites of a kind, whatever this trial's policy, so that all trials of a float model share
// them; what is large is kept of this trial's sites alone.
SiteStatistics shared_statistics(const Stage& stage,
                                 Model& model,
                                 SiteKind kind,
                                 const Observation& wanted) {
  const Observation shared{
      wanted.observer,
      wanted.observer.per_channel ? wanted.sites : sites_of_kind(model.layers(), kind)};
  const Json key = {{"stage", "calibrate"},
                    {"float", stage.trial.float_trial},
                    {"corrections", float_corrections(stage)},
                    {"images", stage.settings.calibrate.images},
                    {"batch", stage.settings.evaluate_batch},
                    {"seed", stage.settings.seed},
                    {"observer", shared.observer.name},
                    {"sites", shared.sites}};
  return from_named(stage.bench.run_stages().get(key, [&] {
    stage.on_stage("calibrate", 0, 0);
    return to_named(observe_sites(model, shared, calibration_batches(stage)));
  }));
}

// All images in one batch: each site sees them behind sites whose ranges are set already.
void calibrate_behind_quantized(const Stage& stage, Model& model, Binding& binding) {
  const torch::NoGradGuard no_grad;
  model.train(false);
  binding.begin_evaluation();
  binding.calibrate_on_first_tensor(true);
  const std::vector<int64_t> order = calibration_images(stage);
  const Batch batch =
      load_batch(stage.dataset, *stage.dataset.train, order, 0, static_cast<int64_t>(order.size()));
  model.forward(batch.images.to(stage.device()), &binding);
  binding.calibrate_on_first_tensor(false);
}

}  // namespace

EachBatch calibration_batches(const Stage& stage) {
  return [&stage](const std::function<void(const torch::Tensor&)>& visit) {
    const std::vector<int64_t> order = calibration_images(stage);
    const auto count = static_cast<int64_t>(order.size());
    const int64_t batch = stage.settings.evaluate_batch;
    for (int64_t first = 0; first < count; first += batch) {
      const int64_t size = std::min(batch, count - first);
      visit(load_batch(stage.dataset, *stage.dataset.train, order, first, size)
                .images.to(stage.device()));
    }
  };
}

void calibrate(const Stage& stage, Model& model, Binding& binding) {
  if (stage.settings.calibrate.after == "quantized") {
    stage.on_stage("calibrate", 0, 0);
    calibrate_behind_quantized(stage, model, binding);
    return;
  }
  set_ranges(binding, [&](SiteKind kind, const Observation& observation) {
    return shared_statistics(stage, model, kind, observation);
  });
}

void calibrate_anew(const Stage& stage, Model& model, Binding& binding) {
  binding.forget_ranges();
  if (stage.settings.calibrate.after == "quantized") {
    calibrate_behind_quantized(stage, model, binding);
    return;
  }
  set_ranges(binding, [&](SiteKind /*kind*/, const Observation& observation) {
    return observe_sites(model, observation, calibration_batches(stage));
  });
}

}  // namespace qsweep
