#include "qsweep/model/script/batch_axis.hpp"

#include <cstddef>

namespace qsweep {
namespace {

constexpr int64_t kImageDims = 4;

}  // namespace

std::optional<BatchAxis> batch_axis(const std::vector<int64_t>& one,
                                    const std::vector<int64_t>& two) {
  if (one.size() != two.size()) {
    return std::nullopt;
  }
  std::optional<BatchAxis> found;
  for (size_t i = 0; i < one.size(); ++i) {
    if (one[i] == two[i]) {
      continue;
    }
    if (found || two[i] != 2 * one[i]) {
      return std::nullopt;
    }
    found = BatchAxis{static_cast<int64_t>(i), one[i]};
  }
  return found;
}

bool is_plain(const BatchAxis& batch, int64_t dims) {
  return batch.axis == 0 && (batch.per_image == 1 || dims == kImageDims);
}

std::vector<int64_t> shape_of_image(const std::vector<int64_t>& one, const BatchAxis& batch) {
  std::vector<int64_t> shape = one;
  if (batch.per_image > 1 && !is_plain(batch, static_cast<int64_t>(one.size()))) {
    return shape;
  }
  shape.erase(shape.begin() + batch.axis);
  if (batch.per_image > 1) {
    shape[1] *= batch.per_image;
  }
  return shape;
}

torch::Tensor batch_first(const torch::Tensor& x, const BatchAxis& batch) {
  if (is_plain(batch, x.dim())) {
    return x;
  }
  const torch::Tensor split =
      batch.per_image == 1
          ? x
          : x.unflatten(batch.axis, {x.size(batch.axis) / batch.per_image, batch.per_image});
  return split.movedim(batch.axis, 0);
}

torch::Tensor batch_back(const torch::Tensor& x, const BatchAxis& batch) {
  const torch::Tensor split = x.movedim(0, batch.axis);
  return batch.per_image == 1 ? split : split.flatten(batch.axis, batch.axis + 1);
}

}  // namespace qsweep
