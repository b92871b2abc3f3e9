#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "qsweep/core/random_stream.hpp"
#include "qsweep/data/dataset.hpp"

namespace qsweep {

/// 8x8 RGB images in memory whose class is the brightest of five bands: learnt within an epoch.
class SmallImages : public Images {
 public:
  SmallImages(int64_t count, const std::string& purpose) {
    RandomStream stream(1, purpose);
    for (int64_t i = 0; i < count; ++i) {
      labels_.push_back(i % 5);
      for (int64_t p = 0; p < 8 * 8 * 3; ++p) {
        const bool bright = (p / 24) % 5 == labels_.back();
        pixels_.push_back(static_cast<uint8_t>(stream.below(120) + (bright ? 120 : 0)));
      }
    }
  }
  int64_t count() const override { return static_cast<int64_t>(labels_.size()); }
  const uint8_t* pixels(int64_t i) const override {
    return pixels_.data() + static_cast<size_t>(i) * 8 * 8 * 3;
  }
  int64_t label(int64_t i) const override { return labels_[static_cast<size_t>(i)]; }

 private:
  std::vector<int64_t> labels_;
  std::vector<uint8_t> pixels_;
};

inline Dataset small_dataset() {
  Dataset dataset;
  dataset.classes = {"a", "b", "c", "d", "e"};
  dataset.channels = 3;
  dataset.height = 8;
  dataset.width = 8;
  dataset.mean = {0.4, 0.4, 0.4};
  dataset.std = {0.25, 0.25, 0.25};
  dataset.train = std::make_shared<SmallImages>(320, "train");
  dataset.test = std::make_shared<SmallImages>(100, "test");
  dataset.fingerprint = "small";
  return dataset;
}

}  // namespace qsweep
