#include "qsweep/data/decode_image.hpp"
#include "qsweep/data/resize.hpp"

#include <cstdio>
#include <memory>

#include "made_images.hpp"
#include "sandbox.hpp"

namespace qsweep {
namespace {

Image decoded(const std::string& bytes) {
  const Sandbox sandbox;
  return decode_image(sandbox.write("image", bytes));
}

std::vector<uint8_t> first_pixel(const Image& image) {
  CHECK(image.channels == 3);
  return {image.pixels.begin(), image.pixels.begin() + 3};
}

std::string error_of(const std::string& bytes) {
  const Sandbox sandbox;
  const std::string path = sandbox.write("image", bytes);
  return message_of<IoError>([&] { decode_image(path); }).substr(path.size());
}

}  // namespace

TEST_CASE("every kind of PNG becomes 8-bit RGB", "[data]") {
  CHECK(decoded(png_of(gradient(5, 7, 3))).pixels == gradient(5, 7, 3).pixels);
  CHECK(decoded(png_of(gradient(5, 7, 3), 16)).pixels == gradient(5, 7, 3).pixels);
  CHECK(first_pixel(decoded(png_of(plain(2, 2, {90})))) == std::vector<uint8_t>{90, 90, 90});
  CHECK(first_pixel(decoded(png_of(plain(2, 2, {90}), 16))) == std::vector<uint8_t>{90, 90, 90});
  CHECK(first_pixel(decoded(png_of(plain(2, 2, {90, 10})))) == std::vector<uint8_t>{90, 90, 90});
  CHECK(first_pixel(decoded(png_of(plain(2, 2, {1, 2, 3, 4})))) == std::vector<uint8_t>{1, 2, 3});
  CHECK(first_pixel(decoded(palette_png(3, 9, {5, 6, 7}))) == std::vector<uint8_t>{5, 6, 7});
}

TEST_CASE("every kind of JPEG becomes RGB", "[data]") {
  const Image gray = decoded(jpeg_of(plain(8, 16, {90})));
  CHECK(gray.height == 8);
  CHECK(gray.width == 16);
  CHECK(first_pixel(gray) == std::vector<uint8_t>{90, 90, 90});
  // Inverted inks: 255 - 55 = 200 cyan and so on, black 255 - 204 = 51: light 204 / 255 = 0.8.
  CHECK(first_pixel(decoded(jpeg_of(plain(8, 8, {55, 155, 255, 204})))) ==
        std::vector<uint8_t>{44, 124, 204});
}

TEST_CASE("a damaged image is named with the reason", "[data]") {
  const std::string jpeg = jpeg_of(gradient(40, 40, 3));
  CHECK(error_of(jpeg.substr(0, jpeg.size() / 2)) == ": damaged JPEG: Premature end of JPEG file");
  CHECK(error_of(jpeg.substr(0, 20)).substr(0, 16) == ": damaged JPEG: ");
  std::string scrambled = jpeg;
  for (size_t i = jpeg.size() - 400; i < jpeg.size() - 100; ++i) {
    scrambled[i] = static_cast<char>(i * 37);
  }
  CHECK(error_of(scrambled).substr(0, 16) == ": damaged JPEG: ");
  std::string png = png_of(gradient(40, 40, 3));
  CHECK(error_of(png.substr(0, png.size() / 2)) == ": damaged PNG: the file ends early");
  png[png.size() - 13] ^= 0x55;  // in the checksum before the last chunk
  CHECK(error_of(png) == ": damaged PNG: IDAT: CRC error");
  CHECK(error_of("GIF89a") == ": is neither a JPEG nor a PNG");
  CHECK(error_of("") == ": is empty");
  CHECK(message_of<IoError>([] { decode_image("/nowhere/x.jpg"); }) ==
        "/nowhere/x.jpg: No such file or directory");
}

TEST_CASE("an image that claims more pixels than a photograph has is not given memory", "[data]") {
  std::string jpeg = jpeg_of(gradient(40, 40, 3));
  const size_t frame = jpeg.find("\xff\xc0");
  REQUIRE(frame != std::string::npos);
  for (const size_t at : {5, 7}) {  // height and width
    jpeg[frame + at] = static_cast<char>(0xFD);
    jpeg[frame + at + 1] = static_cast<char>(0xE8);
  }
  CHECK(error_of(jpeg) == ": claims 65000x65000 pixels, more than is read");
}

TEST_CASE("a JPEG with stray bytes before its end is read", "[data]") {
  std::string jpeg = jpeg_of(gradient(16, 16, 3));
  const Image whole = decoded(jpeg);
  jpeg.insert(jpeg.size() - 2, "stray");
  CHECK(decoded(jpeg).pixels == whole.pixels);
}

}  // namespace qsweep
