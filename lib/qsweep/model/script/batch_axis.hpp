#pragma once

#include <torch/types.h>

#include <optional>
#include <vector>

namespace qsweep {

/// Where the images lie in a tensor of a script: along which axis, and how many entries of it each
/// has. Attention puts heads (N*heads, T, C), windows (N*windows, T, C) or tokens (T*N, C) there.
struct BatchAxis {
  int64_t axis = 0;
  int64_t per_image = 1;
};

/// From the sizes of the tensor for one image and for two. Nothing: they are the same, or differ
/// otherwise.
std::optional<BatchAxis> batch_axis(const std::vector<int64_t>& one,
                                    const std::vector<int64_t>& two);

/// Can the tensor be led through a hook as it is? With images of several planes, (N*planes, C, H,
/// W), it can, too: its channels stand where those of images stand.
bool is_plain(const BatchAxis& batch, int64_t dims);

/// The shape of one image, of the tensor as batch_first() gives it; `one` are the sizes for one
/// image. Planes are put below each other: (C, planes*H, W).
std::vector<int64_t> shape_of_image(const std::vector<int64_t>& one, const BatchAxis& batch);

/// The same tensor with the images along the first axis alone; the numbers of a merged axis may
/// change between images, but not along the others.
torch::Tensor batch_first(const torch::Tensor& x, const BatchAxis& batch);
/// And back.
torch::Tensor batch_back(const torch::Tensor& x, const BatchAxis& batch);

}  // namespace qsweep
