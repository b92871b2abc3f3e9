// Time of a quantizer, or of an observer of calibration, over the time of a copy of the same tensor
// into existing memory, both measured in turn, on one thread. The counter `ratio` is the median
// over the pairs.
//   build/release/bin/bench_kernels

#include "qsweep/core/freed_memory.hpp"
#include "qsweep/quant/histogram.hpp"
#include "qsweep/quant/moments.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <vector>

namespace {

using qsweep::Json;
using torch::Tensor;

double seconds(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(
      values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// The tensor is quantized in place again and again: its values stay those of the grid.
void ratio_to_copy(benchmark::State& state, const Json& spec, const Tensor& like) {
  torch::set_num_threads(1);
  const torch::NoGradGuard no_grad;
  const auto quantizer = qsweep::make_quantizer(spec, {1, like.size(1)});
  if (quantizer->needs_range()) {
    const Tensor ones = torch::ones({quantizer->per_channel() ? like.size(1) : 1});
    quantizer->set_range({-ones, ones});
  }
  Tensor x = torch::randn_like(like);
  Tensor target = torch::empty_like(like);
  std::vector<double> ratios;
  for (auto _ : state) {
    const double copying = seconds([&] { target.copy_(x); });
    const double quantizing = seconds([&] { x = quantizer->quantize(std::move(x)).values; });
    ratios.push_back(quantizing / copying);
    state.SetIterationTime(quantizing);
  }
  state.counters["ratio"] = median(ratios);
  state.counters["per_element"] = benchmark::Counter(
      static_cast<double>(like.numel()),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// Half of the values are zero, as behind a ReLU.
void observing_to_copy(benchmark::State& state,
                       const qsweep::ObserverKind& kind,
                       const Tensor& like) {
  torch::set_num_threads(1);
  const torch::NoGradGuard no_grad;
  const Tensor x = torch::randn_like(like).relu_();
  Tensor target = torch::empty_like(like);
  const auto observer = kind.make(1);
  std::vector<double> ratios;
  for (auto _ : state) {
    const double copying = seconds([&] { target.copy_(x); });
    const double observing = seconds([&] { observer->observe(x); });
    ratios.push_back(observing / copying);
    state.SetIterationTime(observing);
  }
  state.counters["ratio"] = median(ratios);
  state.counters["per_element"] = benchmark::Counter(
      static_cast<double>(like.numel()),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void register_for(const std::string& name,
                  const Json& spec,
                  const std::string& size,
                  const Tensor& like) {
  benchmark::RegisterBenchmark(
      (name + '/' + size).c_str(),
      [spec, like](benchmark::State& state) { ratio_to_copy(state, spec, like); })
      ->UseManualTime()
      ->MinTime(0.3);
}

}  // namespace

int main(int argc, char** argv) {
  qsweep::keep_freed_memory();
  const auto uniform = [](const std::string& granularity, bool symmetric) {
    return Json{{"quantizer", "uniform"},
                {"bits", 4},
                {"symmetric", symmetric},
                {"granularity", granularity},
                {"narrow", symmetric}};
  };
  const std::vector<std::pair<std::string, Json>> quantizers = {
      {"uniform affine per tensor", uniform("per_tensor", false)},
      {"uniform symmetric per tensor", uniform("per_tensor", true)},
      {"uniform symmetric per channel", uniform("per_channel", true)},
      {"sign", {{"quantizer", "sign"}, {"scale", "none"}, {"granularity", "per_tensor"}}},
  };
  const std::vector<std::pair<std::string, Tensor>> tensors = {
      {"64KB", torch::empty({1, 16, 32, 32})},
      {"1MB", torch::empty({16, 16, 32, 32})},
      {"64MB", torch::empty({1024, 16, 32, 32})},
  };
  for (const auto& [name, spec] : quantizers) {
    for (const auto& [size, like] : tensors) {
      register_for(name, spec, size, like);
      register_for(
          name, spec, size + " channels_last", like.contiguous(torch::MemoryFormat::ChannelsLast));
    }
  }
  const std::vector<qsweep::ObserverKind> observers = {
      qsweep::make_calibrator("minmax")->observer(false),
      qsweep::moments_observer(),
      qsweep::histogram_observer(false),
      qsweep::histogram_observer(true),
  };
  for (const qsweep::ObserverKind& kind : observers) {
    for (const auto& [size, like] : tensors) {
      const Tensor last = like.contiguous(torch::MemoryFormat::ChannelsLast);
      benchmark::RegisterBenchmark(
          ("observe " + kind.name + '/' + size + " channels_last").c_str(),
          [kind, last](benchmark::State& state) { observing_to_copy(state, kind, last); })
          ->UseManualTime()
          ->MinTime(0.3);
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
