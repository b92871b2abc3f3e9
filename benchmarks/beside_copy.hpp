#pragma once

#include <torch/types.h>

#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <functional>
#include <vector>

/// Times `body`, which passes over a tensor like `x`, in turn with a copy of x into existing
/// memory. The counter `ratio` is the median over the pairs, `per_element` the time of the body.
inline void time_beside_copy(benchmark::State& state,
                             const torch::Tensor& x,
                             const std::function<void()>& body) {
  const auto seconds = [](const auto& timed) {
    const auto start = std::chrono::steady_clock::now();
    timed();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  torch::Tensor target = torch::empty_like(x);
  std::vector<double> ratios;
  for (auto _ : state) {
    const double copying = seconds([&] { target.copy_(x); });
    const double running = seconds(body);
    ratios.push_back(running / copying);
    state.SetIterationTime(running);
  }
  const auto middle = ratios.begin() + static_cast<long>(ratios.size() / 2);
  std::nth_element(ratios.begin(), middle, ratios.end());
  state.counters["ratio"] = *middle;
  state.counters["per_element"] = benchmark::Counter(
      static_cast<double>(x.numel()),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
