// Empirical bias correction (Nagel et al. 2019, arXiv:1906.04721, appendix D). Quantization shifts
// the mean of what a product computes; from each of its output channels
//   E[quantized] - E[float]
// is taken away through the bias, both means over the calibration images and before the output is
// quantized. Products are corrected in the order of execution, in one pass of all images as one
// batch: each behind those that are corrected already.

#include "qsweep/quant/channels.hpp"
#include "qsweep/quant/correction.hpp"
#include "qsweep/quant/corrections/all_images.hpp"
#include "qsweep/quant/corrections/along.hpp"
#include "qsweep/quant/corrections/site_tap.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <map>
#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

std::vector<int> correctable_products(LayerGraph& graph) {
  std::vector<int> products;
  for (int layer = 0; layer < graph.size(); ++layer) {
    if (graph.is_product(layer) && graph.is_called_once(layer) && graph.is_disturbed(layer)) {
      products.push_back(layer);
    }
  }
  return products;
}

Tensor mean_of_channels(const Tensor& x, int64_t axis) {
  return channel_rows(x, axis).mean(1, /*keepdim=*/false, torch::kDouble);
}

int64_t output_axis(const CorrectionTask& task, int layer) {
  return task.graph[layer].channel_axis + 1;
}

std::map<int, Tensor> float_means(const CorrectionTask& task, const Tensor& images) {
  std::map<int, Tensor> means;
  SiteTap tap(nullptr);
  for (const int layer : task.layers) {
    const int64_t axis = output_axis(task, layer);
    tap.before(task.graph.site(layer, SiteKind::Output), [&means, layer, axis](Tensor x) {
      means[layer] = mean_of_channels(x, axis);
      return x;
    });
  }
  task.float_network.forward(images, &tap);
  return means;
}

// The product's output without what quantization has shifted it by, which its bias loses too.
Tensor corrected(const CorrectionTask& task, int layer, const Tensor& expected, const Tensor& x) {
  const int64_t axis = output_axis(task, layer);
  const Tensor shift = (mean_of_channels(x, axis) - expected).to(x.scalar_type());
  task.model.add_bias(layer);
  task.model.tensors(layer).bias.sub_(shift);
  return x - along(shift, x, axis);
}

void correct_biases(const CorrectionTask& task) {
  const torch::NoGradGuard no_grad;
  const Tensor images = all_images(task.each_batch);
  const std::map<int, Tensor> expected = float_means(task, images);
  SiteTap tap(&task.binding);
  for (const int layer : task.layers) {
    tap.before(task.graph.site(layer, SiteKind::Output), [&task, &expected, layer](Tensor x) {
      return corrected(task, layer, expected.at(layer), x);
    });
  }
  task.binding.begin_evaluation();
  task.model.forward(images, &tap);
}

}  // namespace

CorrectionEntry bias_correction_entry() {
  Catalog::Correction info;
  info.name = "bias_correction";
  info.about = "biases take back by how much quantization shifts the mean of each output channel";
  info.paper = "Nagel et al. 2019, arXiv:1906.04721";
  info.of_quantized = true;
  info.uses_images = true;
  return {std::move(info), correctable_products, correct_biases};
}

}  // namespace qsweep
