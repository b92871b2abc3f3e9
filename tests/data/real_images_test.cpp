// Real images, where they are: CIFAR-10 as JPEG files in the folder that QSWEEP_CIFAR10_JPEG names,
// and MNIST's test files in ../shared/data. Pillow is the judge of decoding and resizing.
#include "qsweep/core/sha256.hpp"
#include "qsweep/data/dataset.hpp"
#include "qsweep/data/decode_image.hpp"
#include "qsweep/data/resize.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "made_images.hpp"
#include "sandbox.hpp"

namespace qsweep {
namespace fs = std::filesystem;

namespace {

bool has_pillow() {
  return std::system("/usr/bin/python3 -c 'import PIL' 2>/dev/null") == 0;
}

/// The bytes that Pillow makes of an image file, given a line of Python that changes `image`.
std::string pillow(const Sandbox& sandbox, const std::string& path, const std::string& line) {
  const std::string script =
      sandbox.write("pillow.py",
                    "import sys\n"
                    "from PIL import Image\n"
                    "image = Image.open(sys.argv[1]).convert('RGB')\n" +
                        line + "\nopen(sys.argv[2], 'wb').write(image.tobytes())\n");
  const std::string out = sandbox.path("pillow.out");
  REQUIRE(std::system(("/usr/bin/python3 " + script + " " + path + " " + out).c_str()) == 0);
  return read_text(out);
}

std::string bytes_of(const Image& image) {
  return {image.pixels.begin(), image.pixels.end()};
}

}  // namespace

TEST_CASE("decoding and resizing give Pillow's bytes", "[data][slow]") {
  if (!has_pillow()) {
    WARN("left out: /usr/bin/python3 has no PIL");
    return;
  }
  const Sandbox sandbox;
  const std::vector<std::string> paths = {
      sandbox.write("rgb.jpg", jpeg_of(gradient(67, 90, 3))),
      sandbox.write("gray.jpg", jpeg_of(gradient(33, 41, 1))),
      sandbox.write("cmyk.jpg", jpeg_of(gradient(40, 40, 4))),
      sandbox.write("rgba.png", png_of(gradient(50, 40, 4))),
      sandbox.write("gray_alpha.png", png_of(gradient(50, 40, 2))),
      sandbox.write("deep.png", png_of(gradient(50, 40, 3), 16)),
      sandbox.write("palette.png", palette_png(20, 30, {9, 8, 7}))};
  for (const std::string& path : paths) {
    INFO(path);
    const Image image = decode_image(path);
    CHECK((bytes_of(image) == pillow(sandbox, path, "")));
    CHECK((bytes_of(resize(image, 17, 23)) ==
           pillow(sandbox, path, "image = image.resize((23, 17), Image.BILINEAR)")));
    CHECK((bytes_of(resize(image, 100, 113)) ==
           pillow(sandbox, path, "image = image.resize((113, 100), Image.BILINEAR)")));
  }
}

TEST_CASE("real JPEG files decode to Pillow's bytes", "[data][slow]") {
  const char* root = std::getenv("QSWEEP_CIFAR10_JPEG");
  if (root == nullptr || !has_pillow()) {
    WARN("left out: QSWEEP_CIFAR10_JPEG names no folder, or there is no PIL");
    return;
  }
  const Sandbox sandbox;
  const Dataset dataset = open_dataset(settings_for("image_folder", root), sandbox.cache(), 2);
  CHECK(dataset.train->count() == 50000);
  REQUIRE(dataset.test->count() == 10000);
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(root) / "test" / "cat")) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  const auto cat =
      std::find(dataset.classes.begin(), dataset.classes.end(), "cat") - dataset.classes.begin();
  for (const int64_t i : {0, 1, 500, 999}) {
    const uint8_t* pixels = dataset.test->pixels(1000 * cat + i);
    CHECK(dataset.test->label(1000 * cat + i) == cat);
    CHECK(
        (std::string(pixels, pixels + 3072) == pillow(sandbox, files[static_cast<size_t>(i)], "")));
  }
}

TEST_CASE("MNIST's own test files are read", "[data][slow]") {
  const fs::path root = fs::path(QSWEEP_TEST_SOURCE_DIR) / ".." / "shared" / "data";
  if (!fs::exists(root / "t10k-images-idx3-ubyte.gz")) {
    WARN("left out: " << root << " has no MNIST");
    return;
  }
  const Sandbox sandbox;
  Settings settings = settings_for("mnist", root);
  settings.data.train = "test[:8000]";
  settings.data.test = "test[8000:]";
  const Dataset dataset = open_dataset(settings, sandbox.cache(), 2);
  CHECK(dataset.train->count() == 8000);
  CHECK(dataset.test->count() == 2000);
  CHECK(dataset.height == 28);
  const std::vector<int64_t> first = {7, 2, 1, 0, 4, 1, 4, 9, 5, 9};
  for (size_t i = 0; i < first.size(); ++i) {
    CHECK(dataset.train->label(static_cast<int64_t>(i)) == first[i]);
  }
}

}  // namespace qsweep
