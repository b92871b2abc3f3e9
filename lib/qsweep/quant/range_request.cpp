#include "qsweep/quant/range_request.hpp"

#include <torch/types.h>

namespace qsweep {

int bits_of(const RangeRequest& request) {
  int bits = 0;
  while (int64_t{1} << bits < request.levels) {
    ++bits;
  }
  return bits;
}

torch::Tensor has_negative_values(const RangeRequest& request, const Range& seen) {
  const torch::Tensor lowest = -torch::maximum(seen.min.abs(), seen.max.abs()).reshape({-1, 1});
  return request.quantize(seen, lowest).reshape(-1) < 0;
}

}  // namespace qsweep
