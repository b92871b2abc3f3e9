#include "qsweep/data/flat_images.hpp"

#include <algorithm>
#include <utility>

namespace qsweep {
namespace {

class FlatReader final : public SplitReader {
 public:
  explicit FlatReader(FlatImages images) : images_(std::move(images)) {}
  int64_t count() const override { return static_cast<int64_t>(images_.labels.size()); }
  int64_t label(int64_t i) const override { return images_.labels[static_cast<size_t>(i)]; }
  Image image(int64_t i) const override {
    Image image(images_.height, images_.width, images_.channels);
    const auto size = static_cast<int64_t>(image.pixels.size());
    std::copy_n(images_.pixels.begin() + i * size, size, image.pixels.begin());
    return image;
  }
  std::string place(int64_t i) const override {
    return "image " + std::to_string(i) + " of " + images_.file;
  }

 private:
  FlatImages images_;
};

}  // namespace

std::unique_ptr<SplitReader> read_flat_images(FlatImages images) {
  return std::make_unique<FlatReader>(std::move(images));
}

}  // namespace qsweep
