#pragma once

#include <torch/types.h>

namespace qsweep {

/// Where to put the result of an elementwise map of `x`: into `x` itself if nobody else can see it
/// and no gradient will ask for it, else into a new tensor of the same layout.
inline torch::Tensor result_like(const torch::Tensor& x) {
  const bool unseen = !torch::GradMode::is_enabled() && !x.requires_grad() && x.use_count() == 1 &&
                      x.storage().use_count() == 1;
  return unseen ? x : torch::empty_like(x);
}

}  // namespace qsweep
