#include "qsweep/data/dataset.hpp"

#include <algorithm>
#include <map>

#include "sandbox.hpp"

namespace qsweep {
namespace {

class Labels final : public Images {
 public:
  explicit Labels(std::vector<int64_t> labels) : labels_(std::move(labels)) {}
  int64_t count() const override { return static_cast<int64_t>(labels_.size()); }
  const uint8_t* pixels(int64_t) const override { return nullptr; }
  int64_t label(int64_t i) const override { return labels_[static_cast<size_t>(i)]; }

 private:
  std::vector<int64_t> labels_;
};

/// 50 of class 0, 30 of class 1, 3 of class 2.
Labels uneven() {
  std::vector<int64_t> labels(50, 0);
  labels.insert(labels.end(), 30, 1);
  labels.insert(labels.end(), 3, 2);
  return Labels(labels);
}

std::map<int64_t, int> counts(const Images& images, const std::vector<int64_t>& drawn) {
  std::map<int64_t, int> count;
  for (const int64_t i : drawn) {
    ++count[images.label(i)];
  }
  return count;
}

}  // namespace

TEST_CASE("images are drawn evenly over the classes, as far as these reach", "[data]") {
  const Labels images = uneven();
  CHECK(counts(images, draw_images(images, 3, 9, 1, "x")) ==
        std::map<int64_t, int>{{0, 3}, {1, 3}, {2, 3}});
  CHECK(counts(images, draw_images(images, 3, 23, 1, "x")) ==
        std::map<int64_t, int>{{0, 10}, {1, 10}, {2, 3}});
  CHECK(counts(images, draw_images(images, 3, 73, 1, "x")) ==
        std::map<int64_t, int>{{0, 40}, {1, 30}, {2, 3}});
  CHECK(draw_images(images, 3, 2, 1, "x").size() == 2);
}

TEST_CASE("drawn images are different ones, in ascending order", "[data]") {
  const std::vector<int64_t> drawn = draw_images(uneven(), 3, 40, 1, "x");
  CHECK(std::adjacent_find(drawn.begin(), drawn.end(), std::greater_equal<>()) == drawn.end());
}

TEST_CASE("a draw is the same for the same seed and purpose, and another for others", "[data]") {
  const Labels images = uneven();
  const auto drawn = draw_images(images, 3, 20, 1, "calibrate");
  CHECK(drawn == draw_images(images, 3, 20, 1, "calibrate"));
  CHECK(drawn != draw_images(images, 3, 20, 2, "calibrate"));
  CHECK(drawn != draw_images(images, 3, 20, 1, "limit"));
}

TEST_CASE("all images are drawn for zero and for more than there are", "[data]") {
  const Labels images = uneven();
  for (const int64_t count : {0, 83, 84}) {
    const auto drawn = draw_images(images, 3, count, 1, "x");
    REQUIRE(drawn.size() == 83);
    CHECK(drawn[82] == 82);
  }
}

}  // namespace qsweep
