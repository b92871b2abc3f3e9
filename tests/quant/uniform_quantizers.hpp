#pragma once

#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "range_requests.hpp"

namespace qsweep::test {

/// A uniform quantizer with that range.
inline std::unique_ptr<Quantizer> uniform_over(const Json& spec,
                                               float low,
                                               float high,
                                               SiteShape shape = {}) {
  auto quantizer = make_quantizer(spec, shape);
  quantizer->set_range({torch::tensor({low}), torch::tensor({high})});
  return quantizer;
}

/// Equal to the last bit, the signs of zeros and NaN too.
inline bool same_bits(const torch::Tensor& a, const torch::Tensor& b) {
  const torch::Tensor x = a.detach().contiguous();
  const torch::Tensor y = b.detach().contiguous();
  return x.sizes() == y.sizes() &&
         std::memcmp(x.data_ptr(), y.data_ptr(), static_cast<size_t>(x.nbytes())) == 0;
}

/// What random numbers miss: ties, both zeros, denormals, NaN, infinities, what no integer holds.
inline torch::Tensor edge_values(float scale) {
  std::vector<float> values = {0.0F,
                               -0.0F,
                               1e-40F,
                               -1e-40F,
                               1e38F,
                               -1e38F,
                               3e9F,
                               -3e9F,
                               std::numeric_limits<float>::infinity(),
                               -std::numeric_limits<float>::infinity(),
                               std::numeric_limits<float>::quiet_NaN(),
                               std::numeric_limits<float>::denorm_min()};
  for (int half = -9; half <= 9; ++half) {
    values.push_back(static_cast<float>(half) / 2 * scale);
  }
  return torch::tensor(values);
}

}  // namespace qsweep::test
