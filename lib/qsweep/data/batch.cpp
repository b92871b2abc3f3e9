#include "qsweep/data/batch.hpp"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>

namespace qsweep {
namespace {

/// (x / 255 - mean) / std as x * scale + shift, with the channels' factors laid out along a row of
/// pixels, so that a row is one loop without a remainder that the compiler turns into vectors.
class Normalisation {
 public:
  explicit Normalisation(const Dataset& dataset) {
    for (int64_t x = 0; x < dataset.width; ++x) {
      for (size_t c = 0; c < dataset.mean.size(); ++c) {
        scale_.push_back(static_cast<float>(1.0 / (255.0 * dataset.std[c])));
        shift_.push_back(static_cast<float>(-dataset.mean[c] / dataset.std[c]));
      }
    }
  }

  /// `count` bytes that begin with a pixel's first channel, at most a row.
  void apply(const uint8_t* bytes, int64_t count, float* result) const {
    const float* scale = scale_.data();
    const float* shift = shift_.data();
    for (int64_t i = 0; i < count; ++i) {
      result[i] = static_cast<float>(bytes[i]) * scale[i] + shift[i];
    }
  }

 private:
  std::vector<float> scale_;
  std::vector<float> shift_;
};

constexpr int64_t kPad = 4;

/// Where the window of an augmented image lies in the padded one, and whether it is mirrored.
struct Augmentation {
  int64_t top = 0;  // 0 .. 2 * kPad; kPad is the image itself
  int64_t left = 0;
  bool flip = false;
};

Augmentation draw_augmentation(RandomStream& stream) {
  Augmentation augmentation;
  augmentation.top = static_cast<int64_t>(stream.below(2 * kPad + 1));
  augmentation.left = static_cast<int64_t>(stream.below(2 * kPad + 1));
  augmentation.flip = stream.below(2) == 1;
  return augmentation;
}

void mirror_row(float* row, int64_t width, int64_t channels) {
  for (int64_t left = 0, right = width - 1; left < right; ++left, --right) {
    std::swap_ranges(row + left * channels, row + (left + 1) * channels, row + right * channels);
  }
}

/// The window's part that lies in the image; the rest are zeros.
void load_augmented(const Dataset& dataset,
                    const Normalisation& normalisation,
                    const Augmentation& augmentation,
                    const uint8_t* pixels,
                    float* result) {
  const int64_t channels = dataset.channels;
  const int64_t row = dataset.width * channels;
  const int64_t shift = augmentation.left - kPad;
  const int64_t from = std::max<int64_t>(0, -shift);  // columns from .. to - 1 lie in the image
  const int64_t to = std::max(from, std::min(dataset.width, dataset.width - shift));
  std::fill_n(result, dataset.height * row, 0.0F);
  for (int64_t y = 0; y < dataset.height; ++y) {
    const int64_t source = y + augmentation.top - kPad;
    if (source < 0 || source >= dataset.height) {
      continue;
    }
    float* line = result + y * row;
    normalisation.apply(pixels + source * row + (from + shift) * channels,
                        (to - from) * channels,
                        line + from * channels);
    if (augmentation.flip) {
      mirror_row(line, dataset.width, channels);
    }
  }
}

/// A batch whose tensors are not filled yet, apart from the labels.
Batch empty_batch(const Dataset& dataset,
                  const Images& images,
                  const std::vector<int64_t>& order,
                  int64_t first,
                  int64_t count) {
  TORCH_INTERNAL_ASSERT(first >= 0 && first + count <= static_cast<int64_t>(order.size()));
  Batch batch;
  batch.images = torch::empty(
      {count, dataset.channels, dataset.height, dataset.width},
      torch::TensorOptions(torch::kFloat).memory_format(torch::MemoryFormat::ChannelsLast));
  batch.labels = torch::empty({count}, torch::kLong);
  auto* labels = batch.labels.data_ptr<int64_t>();
  for (int64_t i = 0; i < count; ++i) {
    labels[i] = images.label(order[static_cast<size_t>(first + i)]);
  }
  return batch;
}

}  // namespace

Batch load_batch(const Dataset& dataset,
                 const Images& images,
                 const std::vector<int64_t>& order,
                 int64_t first,
                 int64_t count) {
  Batch batch = empty_batch(dataset, images, order, first, count);
  const Normalisation normalisation(dataset);
  const int64_t row = dataset.width * dataset.channels;
  auto* result = batch.images.data_ptr<float>();
  at::parallel_for(0, count, 8, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const uint8_t* pixels = images.pixels(order[static_cast<size_t>(first + i)]);
      for (int64_t y = 0; y < dataset.height; ++y) {
        normalisation.apply(pixels + y * row, row, result + (i * dataset.height + y) * row);
      }
    }
  });
  return batch;
}

Batch load_augmented_batch(const Dataset& dataset,
                           const Images& images,
                           const std::vector<int64_t>& order,
                           int64_t first,
                           int64_t count,
                           RandomStream& stream) {
  Batch batch = empty_batch(dataset, images, order, first, count);
  const Normalisation normalisation(dataset);
  // Drawn before the threads start: the stream's order is that of the images.
  std::vector<Augmentation> augmentations;
  for (int64_t i = 0; i < count; ++i) {
    augmentations.push_back(draw_augmentation(stream));
  }
  const int64_t image_size = dataset.height * dataset.width * dataset.channels;
  auto* result = batch.images.data_ptr<float>();
  at::parallel_for(0, count, 8, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      load_augmented(dataset,
                     normalisation,
                     augmentations[static_cast<size_t>(i)],
                     images.pixels(order[static_cast<size_t>(first + i)]),
                     result + i * image_size);
    }
  });
  return batch;
}

void skip_augmented_images(RandomStream& stream, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    draw_augmentation(stream);
  }
}

}  // namespace qsweep
