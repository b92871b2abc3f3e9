// Shapes of random colour, place, size and tilt, among smaller ones, on a shaded and noisy ground.
// Integers only: the images are the same on every machine, and so are the results that depend on
// them.
#include "qsweep/core/random_stream.hpp"
#include "qsweep/data/image_source.hpp"
#include "qsweep/data/sources.hpp"
#include "qsweep/data/synthetic_shapes.hpp"

#include <algorithm>
#include <array>

namespace qsweep {
namespace {

constexpr uint64_t kSeed = 20;  // of the data set, which is one and the same for every experiment
constexpr int64_t kImageSide = 32;
constexpr int64_t kSteps = 16;  // positions and radii count in sixteenths of a pixel

using Colour = std::array<int, 3>;

int between(RandomStream& stream, int low, int high) {
  return low + static_cast<int>(stream.below(static_cast<uint64_t>(high - low) + 1));
}

uint8_t to_byte(int value) {
  return static_cast<uint8_t>(std::clamp(value, 0, 255));
}

Colour random_colour(RandomStream& stream) {
  return {between(stream, 50, 205), between(stream, 50, 205), between(stream, 50, 205)};
}

/// Where a shape lies and how it is turned.
struct Pose {
  int64_t x, y, radius;  // in sixteenths of a pixel
  int64_t cosine, sine;  // of the tilt, times 4096
  int64_t stretch;       // of the width against the height, times 64
};

Pose random_pose(RandomStream& stream, int smallest, int largest, int margin) {
  Pose pose{};
  pose.radius = between(stream, smallest, largest);
  pose.x = between(stream, margin, static_cast<int>(kImageSide * kSteps) - margin);
  pose.y = between(stream, margin, static_cast<int>(kImageSide * kSteps) - margin);
  // With t = tan(tilt / 2), cosine and sine are (1 - t^2) / (1 + t^2) and 2t / (1 + t^2).
  constexpr int64_t kOne = 64;
  const int64_t t = between(stream, -14, 14);  // up to 25 degrees
  pose.cosine = (kOne * kOne - t * t) * 4096 / (kOne * kOne + t * t);
  pose.sine = 2 * kOne * t * 4096 / (kOne * kOne + t * t);
  pose.stretch = between(stream, 52, 76);
  return pose;
}

/// How many of the four points inside a pixel the shape covers.
int coverage(int64_t shape, const Pose& pose, int64_t x, int64_t y) {
  int covered = 0;
  for (int64_t point = 0; point < 4; ++point) {
    const int64_t dx = x * kSteps + 4 + 8 * (point % 2) - pose.x;
    const int64_t dy = y * kSteps + 4 + 8 * (point / 2) - pose.y;
    const int64_t u = (dx * pose.cosine + dy * pose.sine) * 64 / (4 * pose.radius * pose.stretch);
    const int64_t v = (dy * pose.cosine - dx * pose.sine) / (4 * pose.radius);
    covered += shape_covers(shape, u, v) ? 1 : 0;
  }
  return covered;
}

void draw_shape(Image& image, int64_t shape, const Pose& pose, const Colour& colour) {
  const int64_t reach = pose.radius * 3 / 2 / kSteps + 1;
  const int64_t top = std::max<int64_t>(0, pose.y / kSteps - reach);
  const int64_t bottom = std::min(kImageSide - 1, pose.y / kSteps + reach);
  const int64_t left = std::max<int64_t>(0, pose.x / kSteps - reach);
  const int64_t right = std::min(kImageSide - 1, pose.x / kSteps + reach);
  for (int64_t y = top; y <= bottom; ++y) {
    for (int64_t x = left; x <= right; ++x) {
      const int covered = coverage(shape, pose, x, y);
      uint8_t* pixel = image.at(y, x);
      for (size_t c = 0; c < 3; ++c) {
        pixel[c] = to_byte((pixel[c] * (4 - covered) + colour[c] * covered + 2) / 4);
      }
    }
  }
}

/// A shade that runs from one colour to another, from left to right and from top to bottom.
void draw_ground(Image& image, const Colour& from, const Colour& to, int across) {
  for (int64_t y = 0; y < kImageSide; ++y) {
    for (int64_t x = 0; x < kImageSide; ++x) {
      const int share =
          static_cast<int>(x) * across + static_cast<int>(y) * (8 - across);  // 0..248
      for (size_t c = 0; c < 3; ++c) {
        image.at(y, x)[c] = to_byte((from[c] * (248 - share) + to[c] * share) / 248);
      }
    }
  }
}

/// Nearly normal noise: four bytes of each random word, summed.
void add_noise(Image& image, RandomStream& stream, int strength) {
  for (size_t i = 0; i < image.pixels.size(); i += 2) {
    const uint64_t bits = stream.bits();
    for (size_t half = 0; half < 2; ++half) {
      int sum = -510;  // the mean of four bytes' sum
      for (size_t byte = 0; byte < 4; ++byte) {
        sum += static_cast<int>(bits >> (32 * half + 8 * byte) & 255U);
      }
      image.pixels[i + half] = to_byte(image.pixels[i + half] + sum * strength / 148);
    }
  }
}

/// A colour that differs from the ground by about as much in every image, in a direction of its
/// own.
Colour contrasting(const Colour& ground, RandomStream& stream) {
  Colour colour = ground;
  for (int& channel : colour) {
    const int step = between(stream, 48, 112);
    channel += (channel > 127) == (stream.below(4) != 0) ? -step : step;
  }
  return colour;
}

Image draw(int64_t label, RandomStream& stream) {
  Image image(kImageSide, kImageSide, 3);
  const Colour from = random_colour(stream);
  Colour to = from;
  for (int& channel : to) {
    channel += between(stream, -50, 50);
  }
  draw_ground(image, from, to, between(stream, 0, 8));
  const Pose pose = random_pose(stream, 110, 200, 160);
  for (int i = between(stream, 1, 3); i > 0; --i) {
    const auto other = static_cast<int64_t>(stream.below(shape_names().size()));
    const Pose place = random_pose(stream, 35, 60, 0);
    draw_shape(image, other, place, contrasting(from, stream));
  }
  draw_shape(image, label, pose, contrasting(from, stream));
  add_noise(image, stream, between(stream, 9, 27));
  return image;
}

class SyntheticReader final : public SplitReader {
 public:
  SyntheticReader(std::string split, int64_t count) : split_(std::move(split)), count_(count) {}
  int64_t count() const override { return count_; }
  int64_t label(int64_t i) const override { return i % static_cast<int64_t>(shape_names().size()); }
  Image image(int64_t i) const override {
    RandomStream stream(kSeed, "synthetic/" + split_, static_cast<uint64_t>(i));
    return draw(label(i), stream);
  }
  std::string place(int64_t i) const override { return "synthetic image " + std::to_string(i); }

 private:
  std::string split_;
  int64_t count_;
};

class Synthetic final : public ImageSource {
 public:
  const std::vector<std::string>& classes() const override { return shape_names(); }
  std::vector<std::string> splits() const override { return {"train", "test"}; }
  // To be raised with every change of what is drawn.
  SplitFacts facts(const std::string&) const override { return {"synthetic 1", {}}; }
  std::unique_ptr<SplitReader> open(const std::string& split) const override {
    return std::make_unique<SyntheticReader>(split, split == "train" ? 10000 : 2000);
  }
};

}  // namespace

std::unique_ptr<ImageSource> open_synthetic(const SourceRequest&) {
  return std::make_unique<Synthetic>();
}

}  // namespace qsweep
