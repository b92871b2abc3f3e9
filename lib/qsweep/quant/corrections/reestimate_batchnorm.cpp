// Running statistics from the quantized network (Sun et al. 2019, arXiv:1906.03548, and others).
// A batch norm of a float model normalizes with the mean and variance of float values; what a
// quantized product gives it has others. Each norm's statistics become those of what it is given in
// the quantized network: the mean, and the variance divided by n - 1 as PyTorch keeps it. Norms
// follow each other in one pass of all calibration images as one batch, so that every norm sees
// what the norms before it make with their new statistics, as in evaluation.

#include "qsweep/quant/channels.hpp"
#include "qsweep/quant/correction.hpp"
#include "qsweep/quant/corrections/all_images.hpp"
#include "qsweep/quant/corrections/site_tap.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

std::vector<int> batch_norms(LayerGraph& graph) {
  std::vector<int> norms;
  for (int layer = 0; layer < graph.size(); ++layer) {
    if (graph.is_batch_norm(layer) && !graph.is_bypassed(layer) && graph.is_called_once(layer) &&
        graph.is_disturbed(layer)) {
      norms.push_back(layer);
    }
  }
  return norms;
}

void reestimate(const CorrectionTask& task) {
  const torch::NoGradGuard no_grad;
  SiteTap tap(&task.binding);
  for (const int norm : task.layers) {
    const LayerTensors tensors = task.model.tensors(norm);
    tap.after(task.graph.site(norm, SiteKind::Input), [tensors](Tensor x) {
      const Tensor rows = channel_rows(x, /*channel_axis=*/1).to(torch::kDouble);
      tensors.mean.copy_(rows.mean(1));
      tensors.variance.copy_(rows.var(1, /*unbiased=*/true));
      return x;
    });
  }
  task.binding.begin_evaluation();
  task.model.forward(all_images(task.each_batch), &tap);
}

}  // namespace

CorrectionEntry reestimate_batchnorm_entry() {
  Catalog::Correction info;
  info.name = "reestimate_batchnorm";
  info.about = "batch norms get the statistics of what they are given in the quantized network";
  info.paper = "";
  info.of_quantized = true;
  info.uses_images = true;
  return {std::move(info), batch_norms, reestimate};
}

}  // namespace qsweep
