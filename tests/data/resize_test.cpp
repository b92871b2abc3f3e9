#include "qsweep/data/resize.hpp"

#include "made_images.hpp"
#include "sandbox.hpp"

namespace qsweep {
namespace {

Image row(const std::vector<uint8_t>& pixels) {
  Image image(1, static_cast<int64_t>(pixels.size()), 1);
  image.pixels = pixels;
  return image;
}

}  // namespace

TEST_CASE("shrinking averages over all the pixels that fall together", "[data]") {
  // Scale 2: the triangle reaches 2 pixels to both sides of the centre; inside, the weights of the
  // pixels at distances 0.5 and 1.5 are 0.75 and 0.25, at the border the outer one is missing.
  // First: (0.75 * 0 + 0.75 * 40 + 0.25 * 80) / 1.75 = 28.57; last, mirrored:
  // (0.25 * 40 + 0.75 * 80 + 0.75 * 200) / 1.75 = 125.71.
  CHECK(resize(row({0, 40, 80, 200}), 1, 2).pixels == std::vector<uint8_t>{29, 126});
}

TEST_CASE("enlarging interpolates between neighbours", "[data]") {
  // Centres at -0.25, 0.25, 0.75, 1.25 of the pixel grid.
  CHECK(resize(row({0, 100}), 1, 4).pixels == std::vector<uint8_t>{0, 25, 75, 100});
}

TEST_CASE("the shorter side gets the asked length, the longer keeps the aspect", "[data]") {
  const Image wide = fit(gradient(10, 25, 3), {4, 0}, "x");
  CHECK(wide.height == 4);
  CHECK(wide.width == 10);
  const Image tall = fit(gradient(31, 10, 3), {4, 0}, "x");
  CHECK(tall.height == 12);
  CHECK(tall.width == 4);
}

TEST_CASE("the crop is centred as Python rounds: a tie goes to the even margin", "[data]") {
  CHECK(fit(row({1, 2, 3}), {0, 1}, "x").pixels == std::vector<uint8_t>{2});
  CHECK(fit(row({1, 2}), {0, 1}, "x").pixels == std::vector<uint8_t>{1});              // 0.5 to 0
  CHECK(fit(row({1, 2, 3, 4}), {0, 1}, "x").pixels == std::vector<uint8_t>{3});        // 1.5 to 2
  CHECK(fit(row({1, 2, 3, 4, 5, 6}), {0, 1}, "x").pixels == std::vector<uint8_t>{3});  // 2.5 to 2
}

TEST_CASE("an image smaller than its crop is named", "[data]") {
  CHECK(message_of<IoError>([] {
          fit(gradient(10, 25, 3), {0, 12}, "a.png");
        }) == "a.png: is 25x10, too small to crop to 12x12");
}

}  // namespace qsweep
