#include "qsweep/data/batch.hpp"

#include "support/catch.hpp"

namespace qsweep {
namespace {

/// Images of 6 x 5 pixels, whose bytes tell image, place and channel apart.
class Numbered final : public Images {
 public:
  explicit Numbered(int64_t channels) : channels_(channels) {
    for (int64_t i = 0; i < 3 * 30 * channels; ++i) {
      bytes_.push_back(static_cast<uint8_t>(i * 7 % 251 + 1));  // never 0, which is the padding
    }
  }
  int64_t count() const override { return 3; }
  const uint8_t* pixels(int64_t i) const override { return bytes_.data() + i * 30 * channels_; }
  int64_t label(int64_t i) const override { return 10 * i; }

 private:
  int64_t channels_;
  std::vector<uint8_t> bytes_;
};

Dataset dataset_of(int64_t channels) {
  Dataset dataset;
  dataset.channels = channels;
  dataset.height = 6;
  dataset.width = 5;
  dataset.mean.assign(static_cast<size_t>(channels), .5);
  dataset.std.assign(static_cast<size_t>(channels), .25);
  dataset.mean[0] = .25;
  return dataset;
}

float normalised(
    const Dataset& dataset, const Images& images, int64_t i, int64_t place, int64_t c) {
  const auto channel = static_cast<size_t>(c);
  const double byte = images.pixels(i)[place * dataset.channels + c];
  return static_cast<float>((byte / 255 - dataset.mean[channel]) / dataset.std[channel]);
}

}  // namespace

TEST_CASE("a batch is the asked images, normalised, channels last", "[data]") {
  const int64_t channels = GENERATE(1, 3);
  const Dataset dataset = dataset_of(channels);
  const Numbered images(channels);
  const Batch batch = load_batch(dataset, images, {0, 2, 1, 2}, 1, 2);
  REQUIRE(batch.images.sizes() == torch::IntArrayRef({2, channels, 6, 5}));
  CHECK(batch.images.is_contiguous(torch::MemoryFormat::ChannelsLast));
  CHECK(batch.labels.equal(torch::tensor({20, 10}, torch::kLong)));
  for (int64_t place = 0; place < 30; ++place) {
    for (int64_t c = 0; c < channels; ++c) {
      CHECK(batch.images[0][c][place / 5][place % 5].item<float>() ==
            Approx(normalised(dataset, images, 2, place, c)).margin(1e-6));
      CHECK(batch.images[1][c][place / 5][place % 5].item<float>() ==
            Approx(normalised(dataset, images, 1, place, c)).margin(1e-6));
    }
  }
}

TEST_CASE("black and white of MNIST's normalisation come out exactly", "[data]") {
  Dataset dataset = dataset_of(1);
  dataset.mean = {.5};
  dataset.std = {.5};
  class Ends final : public Images {
   public:
    int64_t count() const override { return 1; }
    const uint8_t* pixels(int64_t) const override { return bytes_.data(); }
    int64_t label(int64_t) const override { return 0; }

   private:
    std::vector<uint8_t> bytes_ = [] {
      std::vector<uint8_t> bytes(30, 0);
      bytes[29] = 255;
      return bytes;
    }();
  };
  const Batch batch = load_batch(dataset, Ends(), {0}, 0, 1);
  CHECK(batch.images[0][0][0][0].item<float>() == -1.0F);
  CHECK(batch.images[0][0][5][4].item<float>() == Approx(1.0F).margin(1e-6));
}

TEST_CASE("an augmented image is a window of the padded one, mirrored or not", "[data]") {
  const int64_t channels = GENERATE(1, 3);
  const Dataset dataset = dataset_of(channels);
  const Numbered images(channels);
  const std::vector<int64_t> order = {1, 0, 2};
  const torch::Tensor padded =
      torch::constant_pad_nd(load_batch(dataset, images, order, 0, 3).images, {4, 4, 4, 4}, 0);
  bool mirrored = false;
  bool straight = false;
  for (uint64_t epoch = 0; epoch < 40; ++epoch) {
    RandomStream stream(1, "augment", epoch);
    RandomStream same(1, "augment", epoch);
    const Batch batch = load_augmented_batch(dataset, images, order, 0, 3, stream);
    CHECK(batch.images.is_contiguous(torch::MemoryFormat::ChannelsLast));
    for (int64_t i = 0; i < 3; ++i) {
      const auto top = static_cast<int64_t>(same.below(9));
      const auto left = static_cast<int64_t>(same.below(9));
      const bool flip = same.below(2) == 1;
      torch::Tensor window = padded[i].narrow(1, top, 6).narrow(2, left, 5);
      window = flip ? window.flip({2}) : window;
      CHECK(batch.images[i].equal(window));
      (flip ? mirrored : straight) = true;
    }
  }
  CHECK(mirrored);
  CHECK(straight);
}

TEST_CASE("a batch does not depend on the number of threads", "[data]") {
  const Dataset dataset = dataset_of(3);
  const Numbered images(3);
  const std::vector<int64_t> order(64, 1);
  const int before = torch::get_num_threads();
  torch::set_num_threads(1);
  RandomStream one(1, "augment");
  const Batch first = load_augmented_batch(dataset, images, order, 0, 64, one);
  torch::set_num_threads(4);
  RandomStream four(1, "augment");
  const Batch second = load_augmented_batch(dataset, images, order, 0, 64, four);
  torch::set_num_threads(before);
  CHECK(first.images.equal(second.images));
  CHECK(one.bits() == four.bits());
}

}  // namespace qsweep
