#include "qsweep/quant/fake_quantize.hpp"

#include "qsweep/quant/in_place.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <atomic>

namespace qsweep {
namespace {

using kernels::Grid;
using torch::Tensor;

static_assert(sizeof(Grid) == 4 * sizeof(float), "a grid is a row of the table");

constexpr int64_t kGrain = 1 << 15;  // elements that are worth a thread

// How grids lie over a tensor's memory: `outer` times, for each of the grids, `inner` neighbours.
struct Walk {
  const Grid* grids;
  int64_t count;
  int64_t outer = 1;
  int64_t inner = 1;
};

Walk walk_of(const Tensor& x, int64_t axis, const Tensor& table) {
  Walk walk{reinterpret_cast<const Grid*>(table.data_ptr<float>()), table.size(0)};
  walk.inner = walk.count == 1 ? x.numel() : x.stride(axis);
  walk.outer = x.numel() / std::max<int64_t>(1, walk.count * walk.inner);
  return walk;
}

// Calls map(begin, count, grid) for all of the memory, split over threads. True if all calls are.
template <class Map>
bool over_blocks(const Walk& walk, Map map) {
  std::atomic<bool> good{true};
  const auto note = [&good](bool result) {
    if (!result) {
      good.store(false, std::memory_order_relaxed);
    }
  };
  if (walk.count == 1) {
    at::parallel_for(0, walk.inner, kGrain, [&](int64_t begin, int64_t end) {
      note(map(begin, end - begin, walk.grids[0]));
    });
    return good;
  }
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, walk.inner));
  at::parallel_for(0, walk.outer * walk.count, grain, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      note(map(block * walk.inner, walk.inner, walk.grids[block % walk.count]));
    }
  });
  return good;
}

// The grids of neighbouring channels, again and again until a row is long enough for vector loops.
kernels::GridRow grid_row(const Walk& walk) {
  constexpr int64_t kLongEnough = 128;
  kernels::GridRow row;
  const int64_t times = std::max<int64_t>(1, kLongEnough / walk.count);
  for (int64_t i = 0; i < times * walk.count; ++i) {
    const Grid& grid = walk.grids[i % walk.count];
    row.scale.push_back(grid.scale);
    row.inverse.push_back(grid.inverse);
    row.low.push_back(grid.low);
    row.high.push_back(grid.high);
  }
  return row;
}

// Channels that are neighbours in memory, as in channels_last.
bool forward_rows(const Walk& walk, const float* x, float* y) {
  const kernels::GridRow row = grid_row(walk);
  std::atomic<bool> finite{true};
  const int64_t grain = std::max<int64_t>(1, kGrain / walk.count);
  at::parallel_for(0, walk.outer, grain, [&](int64_t begin, int64_t end) {
    const int64_t offset = begin * walk.count;
    if (!kernels::fake_quantize_rows(x + offset, y + offset, (end - begin) * walk.count, row)) {
      finite.store(false, std::memory_order_relaxed);
    }
  });
  return finite;
}

bool forward_into(const Tensor& x, Tensor& y, int64_t axis, const Tensor& table) {
  const Walk walk = walk_of(x, axis, table);
  const float* from = x.data_ptr<float>();
  float* to = y.data_ptr<float>();
  if (walk.count > 1 && walk.inner == 1) {
    return forward_rows(walk, from, to);
  }
  return over_blocks(walk, [=](int64_t begin, int64_t count, const Grid& grid) {
    return kernels::fake_quantize(from + begin, to + begin, count, grid);
  });
}

// The input is kept, and not a mask: that costs the forward no pass, and the backward compares
// again.
class FakeQuantize : public torch::autograd::Function<FakeQuantize> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context,
                        const Tensor& x,
                        int64_t axis,
                        const Tensor& table,
                        bool* finite) {
    Tensor y = torch::empty_like(x);
    *finite = forward_into(x, y, axis, table);
    context->save_for_backward({x, table});
    context->saved_data["axis"] = axis;
    return y;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor& x = saved[0];
    Tensor dy = gradients[0];
    if (dy.strides() != x.strides()) {
      dy = torch::empty_like(x).copy_(dy);
    }
    Tensor dx = torch::empty_like(x);
    const float* values = x.data_ptr<float>();
    const float* from = dy.data_ptr<float>();
    float* to = dx.data_ptr<float>();
    over_blocks(walk_of(x, context->saved_data["axis"].toInt(), saved[1]),
                [=](int64_t begin, int64_t count, const Grid& grid) {
                  kernels::fake_quantize_backward(
                      values + begin, from + begin, to + begin, count, grid);
                  return true;
                });
    return {dx, Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor grid_table(const std::vector<Grid>& grids) {
  Tensor table = torch::empty({static_cast<int64_t>(grids.size()), 4}, torch::kFloat);
  std::copy(grids.begin(), grids.end(), reinterpret_cast<Grid*>(table.data_ptr<float>()));
  return table;
}

Quantized fake_quantize(Tensor x, int64_t axis, const Tensor& table) {
  if (!x.is_non_overlapping_and_dense()) {
    x = x.contiguous();
  }
  Quantized result;
  if (torch::GradMode::is_enabled() && x.requires_grad()) {
    result.values = FakeQuantize::apply(x, axis, table, &result.finite);
    return result;
  }
  result.values = result_like(x);
  result.finite = forward_into(x, result.values, axis, table);
  return result;
}

}  // namespace qsweep
