#include "qsweep/plan/memory.hpp"

#include "qsweep/plan/extents.hpp"

#include <algorithm>

namespace qsweep {
namespace {

constexpr int64_t kFloatBytes = 4;
constexpr int64_t kIdleBytes = 75'000'000;  // of a worker that has LibTorch and does nothing

// Of tensors in float, in bytes; outputs are those of one image.
struct Sizes {
  int64_t parameters = 0;
  int64_t outputs = 0;  // of all layers
  int64_t largest = 0;  // of one
};

Sizes sizes_of(const Network& network) {
  Sizes sizes;
  sizes.parameters = network.facts.parameters * kFloatBytes;
  for (const Layer& layer : network.facts.layers) {
    const int64_t bytes = elements(layer.output_shape) * kFloatBytes;
    sizes.outputs += bytes;
    sizes.largest = std::max(sizes.largest, bytes);
  }
  return sizes;
}

// Outputs go as soon as the layers that read them have run; quantizers and convolutions take
// memory of their own meanwhile.
int64_t forward_bytes(const Sizes& sizes, int64_t images, bool is_quantized) {
  constexpr int64_t kModels =
      4;  // the float one, its copy, quantized weights, the file that is read
  return kModels * sizes.parameters + (is_quantized ? 7 : 4) * images * sizes.largest;
}

// All outputs stay until the gradients have come back; of quantized ones also what the quantizer
// was given, or a mask.
int64_t training_bytes(const Sizes& sizes, const Training& training, bool is_quantized) {
  int64_t models = 6;  // those of forward_bytes(), gradients, momenta
  models += training.optimizer == "sgd" ? 0 : 1;
  models += training.ema > 0 ? 1 : 0;
  models += training.distill ? 1 : 0;
  const int64_t outputs = is_quantized ? sizes.outputs * 11 / 5 : sizes.outputs;
  return models * sizes.parameters + training.batch * (outputs + 3 * sizes.largest);
}

// A correction that looks at a layer's inputs and outputs for all images keeps them.
int64_t kept_bytes(const Sizes& sizes, int64_t images) {
  return 8 * images * sizes.largest;
}

int64_t float_bytes(const ResolvedRow& row, const Sizes& sizes) {
  const int64_t evaluation =
      forward_bytes(sizes, row.settings.of(Section::Evaluate).evaluate_batch, false);
  const auto& pretrain = row.settings.of(Section::Pretrain).pretrain;
  return row.model->is_pretrained() && pretrain
             ? std::max(evaluation, training_bytes(sizes, *pretrain, false))
             : evaluation;
}

int64_t quantized_bytes(const ResolvedRow& row, const Sizes& sizes) {
  const Calibration& calibrate = row.settings.of(Section::Calibrate).calibrate;
  int64_t images = row.settings.of(Section::Evaluate).evaluate_batch;
  if (row.calibrates() && calibrate.after == "quantized") {
    images = std::max(images, calibrate.images);  // all in one batch
  }
  int64_t most = forward_bytes(sizes, images, true);
  if (row.corrections != nullptr && row.corrections->keeps_images) {
    most += kept_bytes(sizes, calibrate.images);
  }
  if (row.finetunes()) {
    const Training& finetune = *row.settings.of(Section::Finetune).finetune;
    most = std::max(most, training_bytes(sizes, finetune, true));
  }
  return most;
}

}  // namespace

int64_t expected_memory(const ResolvedRow& row) {
  const Sizes sizes = sizes_of(row.model->network);
  return kIdleBytes +
         (row.policy == nullptr ? float_bytes(row, sizes) : quantized_bytes(row, sizes));
}

}  // namespace qsweep
