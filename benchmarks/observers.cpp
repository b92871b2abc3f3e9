// Time of the observers of calibration over the time of a copy of the same tensor, one thread.
//   build/release/bin/bench_observers

#include "qsweep/core/freed_memory.hpp"
#include "qsweep/quant/calibrator.hpp"
#include "qsweep/quant/histogram.hpp"
#include "qsweep/quant/moments.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <benchmark/benchmark.h>
#include <string>
#include <utility>
#include <vector>

#include "beside_copy.hpp"

int main(int argc, char** argv) {
  qsweep::keep_freed_memory();
  torch::set_num_threads(1);
  const torch::NoGradGuard no_grad;
  const std::vector<qsweep::ObserverKind> observers = {
      qsweep::make_calibrator("minmax")->observer(false),
      qsweep::moments_observer(),
      qsweep::histogram_observer(false),
      qsweep::histogram_observer(true),
  };
  const std::vector<std::pair<std::string, std::vector<int64_t>>> sizes = {
      {"64KB", {1, 16, 32, 32}}, {"1MB", {16, 16, 32, 32}}, {"64MB", {1024, 16, 32, 32}}};
  for (const qsweep::ObserverKind& kind : observers) {
    for (const auto& [size, shape] : sizes) {
      // Half of the values are zero, as behind a ReLU.
      const torch::Tensor x =
          torch::randn(shape).relu_().contiguous(torch::MemoryFormat::ChannelsLast);
      benchmark::RegisterBenchmark((kind.name + '/' + size).c_str(),
                                   [kind, x](benchmark::State& state) {
                                     const auto observer = kind.make(1);
                                     time_beside_copy(state, x, [&] { observer->observe(x); });
                                   })
          ->UseManualTime()
          ->MinTime(0.3);
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
