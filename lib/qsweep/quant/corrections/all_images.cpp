#include "qsweep/quant/corrections/all_images.hpp"

#include <torch/types.h>

namespace qsweep {

torch::Tensor all_images(const EachBatch& each_batch) {
  std::vector<torch::Tensor> batches;
  each_batch([&](const torch::Tensor& images) { batches.push_back(images); });
  return torch::cat(batches);
}

}  // namespace qsweep
