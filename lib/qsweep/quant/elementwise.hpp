#pragma once

#include "qsweep/quant/elementwise_map.hpp"

#include <ATen/Parallel.h>
#include <ATen/TracerMode.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

// One pass over a tensor's memory for maps that treat each element alone, with parameters per
// tensor or per channel. A Kernel is a copyable value with
//
//   int64_t axis, scales;              // the channels' axis; 1 scale is the whole tensor's
//   static constexpr int kLearned;     // numbers that it learns per scale, 0 to 2
//   bool forward(const float* x, float* y, int64_t count, int64_t scale) const;
//                                      // x and y may be the same; true if every x is finite
//   void backward(const float* x, const float* dy, float* dx, int64_t count, int64_t scale,
//                 double* sums) const; // sums[0 .. kLearned) += the learned numbers' gradients
//
// and, if channels that are neighbours in memory (channels_last) deserve loops of their own,
//
//   bool forward_rows(const float* x, float* y, int64_t count) const;  // whole rows of scales
//   void backward_rows(const float* x, const float* dy, float* dx, int64_t count) const;
//                                                                      // if kLearned is 0
//
// or, if x's gradient takes a sum over all that shares a scale (kLearned is 0), in place of
// backward
//
//   double gradient_sum(const float* x, const float* dy, int64_t count, int64_t scale) const;
//   void backward_with(const float* x, const float* dy, float* dx, int64_t count, int64_t scale,
//                      double sum) const;
//
// or, if what an element becomes depends on its place in memory too, as noise does, in their stead
//
//   bool forward_at(const float* x, float* y, int64_t count, int64_t scale, int64_t place) const;
//   bool forward_rows_at(const float* x, float* y, int64_t count, int64_t place) const;

namespace qsweep {

/// Can the kernels take this tensor, or is it for torch's operators? A trace sees those alone.
inline bool runs_kernels(const torch::Tensor& x) {
  return x.device().is_cpu() && x.scalar_type() == torch::kFloat &&
         !at::tracer::impl::is_dispatch_enabled();
}

/// How scales lie over a tensor's memory: `outer` times, for each of them, `inner` neighbours.
struct ScaleWalk {
  int64_t scales = 1;
  int64_t outer = 1;
  int64_t inner = 1;
};

inline ScaleWalk walk_of(const torch::Tensor& x, int64_t axis, int64_t scales) {
  ScaleWalk walk;
  walk.scales = scales;
  walk.inner = scales == 1 ? x.numel() : x.stride(axis);
  walk.outer = x.numel() / std::max<int64_t>(1, scales * walk.inner);
  return walk;
}

constexpr int64_t kGrain = 1 << 15;  // elements that are worth a thread

/// Cuts the walk into pieces that do not depend on the number of threads, so that sums over pieces
/// do not either. A piece is neighbours of one scale, or, of short runs, several whole blocks.
class Pieces {
 public:
  explicit Pieces(const ScaleWalk& walk) : walk_(walk) {
    if (walk.scales == 1) {
      count_ = (walk.inner + kGrain - 1) / kGrain;
      return;
    }
    blocks_each_ = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, walk.inner));
    count_ = (walk.outer * walk.scales + blocks_each_ - 1) / blocks_each_;
  }

  int64_t count() const { return count_; }

  /// Calls visit(begin, length, scale) for all of the piece.
  template <class Visit>
  void visit(int64_t piece, Visit visit) const {
    if (walk_.scales == 1) {
      const int64_t begin = piece * kGrain;
      visit(begin, std::min(kGrain, walk_.inner - begin), int64_t{0});
      return;
    }
    const int64_t end = std::min(walk_.outer * walk_.scales, (piece + 1) * blocks_each_);
    for (int64_t block = piece * blocks_each_; block < end; ++block) {
      visit(block * walk_.inner, walk_.inner, block % walk_.scales);
    }
  }

 private:
  ScaleWalk walk_;
  int64_t blocks_each_ = 1;
  int64_t count_ = 0;
};

/// Does a kernel have loops for rows of channels?
template <class Kernel, class = void>
struct HasRows : std::false_type {};
template <class Kernel>
struct HasRows<
    Kernel,
    std::void_t<decltype(std::declval<const Kernel&>().forward_rows(nullptr, nullptr, int64_t{0}))>>
    : std::true_type {};

/// And for their gradients?
template <class Kernel, class = void>
struct HasBackwardRows : std::false_type {};
template <class Kernel>
struct HasBackwardRows<Kernel,
                       std::void_t<decltype(std::declval<const Kernel&>().backward_rows(
                           nullptr, nullptr, nullptr, int64_t{0}))>> : std::true_type {};

/// Does a kernel's gradient take a sum over a scale first?
template <class Kernel, class = void>
struct HasGradientSum : std::false_type {};
template <class Kernel>
struct HasGradientSum<Kernel,
                      std::void_t<decltype(std::declval<const Kernel&>().gradient_sum(
                          nullptr, nullptr, int64_t{0}, int64_t{0}))>> : std::true_type {};

/// Does a kernel ask for the places of elements?
template <class Kernel, class = void>
struct HasPlaces : std::false_type {};
template <class Kernel>
struct HasPlaces<Kernel,
                 std::void_t<decltype(std::declval<const Kernel&>().forward_at(
                     nullptr, nullptr, int64_t{0}, int64_t{0}, int64_t{0}))>> : std::true_type {};

/// And has it loops for rows of them?
template <class Kernel, class = void>
struct HasPlacedRows : std::false_type {};
template <class Kernel>
struct HasPlacedRows<Kernel,
                     std::void_t<decltype(std::declval<const Kernel&>().forward_rows_at(
                         nullptr, nullptr, int64_t{0}, int64_t{0}))>> : std::true_type {};

/// Fills y, of x's memory layout, from x. True if every x is finite.
template <class Kernel>
bool forward_into(const Kernel& kernel, const torch::Tensor& x, torch::Tensor& y) {
  const ScaleWalk walk = walk_of(x, kernel.axis, kernel.scales);
  const float* from = x.data_ptr<float>();
  float* to = y.data_ptr<float>();
  std::atomic<bool> finite{true};
  const auto note = [&finite](bool result) {
    if (!result) {
      finite.store(false, std::memory_order_relaxed);
    }
  };
  constexpr bool kWantsPlaces = HasPlaces<Kernel>::value;
  constexpr bool kTakesRows = kWantsPlaces ? HasPlacedRows<Kernel>::value : HasRows<Kernel>::value;
  if constexpr (kTakesRows) {
    if (walk.scales > 1 && walk.inner == 1) {
      const int64_t grain = std::max<int64_t>(1, kGrain / walk.scales);
      at::parallel_for(0, walk.outer, grain, [&](int64_t begin, int64_t end) {
        const int64_t offset = begin * walk.scales;
        const int64_t count = (end - begin) * walk.scales;
        if constexpr (kWantsPlaces) {
          note(kernel.forward_rows_at(from + offset, to + offset, count, offset));
        } else {
          note(kernel.forward_rows(from + offset, to + offset, count));
        }
      });
      return finite;
    }
  }
  const Pieces pieces(walk);
  at::parallel_for(0, pieces.count(), 1, [&](int64_t first, int64_t last) {
    for (int64_t piece = first; piece < last; ++piece) {
      pieces.visit(piece, [&](int64_t begin, int64_t count, int64_t scale) {
        if constexpr (kWantsPlaces) {
          note(kernel.forward_at(from + begin, to + begin, count, scale, begin));
        } else {
          note(kernel.forward(from + begin, to + begin, count, scale));
        }
      });
    }
  });
  return finite;
}

/// Numbers per scale of a walk, [numbers * scales]: calls find(begin, count, scale, found) for all
/// of it, which adds to `numbers` (at most 2) that are 0 before, and joins what it found. The same
/// for any number of threads.
template <class Find, class Join>
std::vector<double> found_by_scale(const ScaleWalk& walk, int64_t numbers, Find find, Join join) {
  const Pieces pieces(walk);
  const int64_t all = numbers * walk.scales;
  std::vector<double> partial(static_cast<size_t>(pieces.count() * all), 0.0);
  at::parallel_for(0, pieces.count(), 1, [&](int64_t first, int64_t last) {
    for (int64_t piece = first; piece < last; ++piece) {
      double* own = partial.data() + piece * all;
      pieces.visit(piece, [&](int64_t begin, int64_t count, int64_t scale) {
        std::array<double, 2> found{};
        find(begin, count, scale, found.data());
        for (int64_t k = 0; k < numbers; ++k) {
          double& number = own[k * walk.scales + scale];
          number = join(number, found[static_cast<size_t>(k)]);
        }
      });
    }
  });
  std::vector<double> total(static_cast<size_t>(all), 0.0);
  for (size_t i = 0; i < partial.size(); ++i) {
    double& number = total[i % total.size()];
    number = join(number, partial[i]);
  }
  return total;
}

/// Sums per scale, where `add` adds to them.
template <class Add>
std::vector<double> sums_by_scale(const ScaleWalk& walk, int64_t numbers, Add add) {
  return found_by_scale(walk, numbers, add, std::plus<>());
}

/// Fills dx of a kernel whose gradient takes sums: two passes, since the last of x is in them.
template <class Kernel>
void backward_with_sums(
    const Kernel& kernel, const ScaleWalk& walk, const float* x, const float* dy, float* dx) {
  const std::vector<double> sums =
      sums_by_scale(walk, 1, [&](int64_t begin, int64_t count, int64_t scale, double* own) {
        own[0] += kernel.gradient_sum(x + begin, dy + begin, count, scale);
      });
  const Pieces pieces(walk);
  at::parallel_for(0, pieces.count(), 1, [&](int64_t first, int64_t last) {
    for (int64_t piece = first; piece < last; ++piece) {
      pieces.visit(piece, [&](int64_t begin, int64_t count, int64_t scale) {
        const double sum = sums[static_cast<size_t>(scale)];
        kernel.backward_with(x + begin, dy + begin, dx + begin, count, scale, sum);
      });
    }
  });
}

/// Fills dx of a kernel with loops for rows of channels, which are neighbours in memory.
template <class Kernel>
void backward_by_rows(
    const Kernel& kernel, const ScaleWalk& walk, const float* x, const float* dy, float* dx) {
  const int64_t grain = std::max<int64_t>(1, kGrain / walk.scales);
  at::parallel_for(0, walk.outer, grain, [&](int64_t begin, int64_t end) {
    const int64_t offset = begin * walk.scales;
    const int64_t count = (end - begin) * walk.scales;
    kernel.backward_rows(x + offset, dy + offset, dx + offset, count);
  });
}

/// Fills dx, of x's and dy's memory layout. Returns the gradients of what the kernel learns, double
/// [kLearned, scales].
template <class Kernel>
torch::Tensor backward_into(const Kernel& kernel,
                            const torch::Tensor& x,
                            const torch::Tensor& dy,
                            torch::Tensor& dx) {
  const float* values = x.data_ptr<float>();
  const float* from = dy.data_ptr<float>();
  float* to = dx.data_ptr<float>();
  const ScaleWalk walk = walk_of(x, kernel.axis, kernel.scales);
  if constexpr (HasGradientSum<Kernel>::value) {
    backward_with_sums(kernel, walk, values, from, to);
    return torch::empty({0, kernel.scales}, torch::kDouble);
  } else {
    if constexpr (HasBackwardRows<Kernel>::value) {
      if (walk.scales > 1 && walk.inner == 1) {
        backward_by_rows(kernel, walk, values, from, to);
        return torch::empty({0, kernel.scales}, torch::kDouble);
      }
    }
    const std::vector<double> sums = sums_by_scale(
        walk, Kernel::kLearned, [&](int64_t begin, int64_t count, int64_t scale, double* own) {
          kernel.backward(values + begin, from + begin, to + begin, count, scale, own);
        });
    return torch::tensor(sums, torch::kDouble).view({Kernel::kLearned, kernel.scales});
  }
}

/// A kernel as a map of tensors.
template <class Kernel>
class KernelMap final : public ElementwiseMap {
 public:
  explicit KernelMap(const Kernel& kernel)
      : ElementwiseMap(kernel.axis, kernel.scales), kernel_(kernel) {}

  std::shared_ptr<const ElementwiseMap> along(int64_t axis) const override {
    Kernel moved = kernel_;
    moved.axis = axis;
    return std::make_shared<KernelMap>(moved);
  }
  bool has_backward_rows() const override { return HasBackwardRows<Kernel>::value; }
  bool forward(const torch::Tensor& x, torch::Tensor& y) const override {
    return forward_into(kernel_, x, y);
  }
  torch::Tensor backward(const torch::Tensor& x,
                         const torch::Tensor& dy,
                         torch::Tensor& dx) const override {
    return backward_into(kernel_, x, dy, dx);
  }

 private:
  Kernel kernel_;
};

/// Quantizes a float tensor of the CPU by a kernel, differentiable in x and in what the kernel
/// learns; in place where nobody else holds x and no gradient is recorded. `learned` are the
/// numbers that the kernel learns, (kLearned, scales), or undefined; the kernel has read them.
template <class Kernel>
Quantized elementwise(torch::Tensor x, const Kernel& kernel, const torch::Tensor& learned = {}) {
  return map_elements(std::move(x), KernelMap<Kernel>(kernel), learned);
}

}  // namespace qsweep
