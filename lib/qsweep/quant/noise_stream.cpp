#include "qsweep/quant/noise_stream.hpp"

#include <torch/types.h>

namespace qsweep {
namespace {

using torch::Tensor;

constexpr int64_t kAllBits = 0xffffffff;

// kernels::scrambled on numbers of 32 bits in int64; a product's high bits overflow unseen.
Tensor scrambled(Tensor bits) {
  const auto fold = [](const Tensor& b, int64_t shift) {
    return b.bitwise_xor(b.bitwise_right_shift(shift));
  };
  bits = fold(bits, 16).mul(int64_t{0x85ebca6b}).bitwise_and(kAllBits);
  bits = fold(bits, 13).mul(int64_t{0xc2b2ae35}).bitwise_and(kAllBits);
  return fold(bits, 16);
}

}  // namespace

void NoiseStream::begin(const Phase& phase) {
  stream_.reset();
  if (phase.training) {
    stream_.emplace(phase.seed, "noise");
    for (int64_t i = 0; i < phase.passed; ++i) {
      stream_->bits();
    }
  }
}

std::optional<kernels::NoiseKey> NoiseStream::next() {
  if (!stream_) {
    return std::nullopt;
  }
  const uint64_t bits = stream_->bits();
  return kernels::NoiseKey{static_cast<uint32_t>(bits >> 32U), static_cast<uint32_t>(bits)};
}

Tensor noise_like(const Tensor& x, const kernels::NoiseKey& key) {
  const Tensor places = torch::arange(x.numel(), x.options().dtype(torch::kLong));
  const Tensor first = scrambled(places.add(int64_t{key.first}).bitwise_and(kAllBits));
  const Tensor bits = scrambled(first.bitwise_xor(int64_t{key.second}));
  const Tensor noise = bits.bitwise_right_shift(8).to(x.scalar_type()).mul(0x1.0p-24);
  return noise.as_strided(x.sizes(), x.strides());
}

}  // namespace qsweep
