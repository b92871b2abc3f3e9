// Time of every quantizer over the time of a copy of the same tensor. Ranges are set beforehand;
// what a quantizer finds out about the tensor itself (a mean of |w|) is part of its time. Then, for
// those that do so, the two parts alone: "statistics", and "map", the pass once they are known;
// "backward", the gradients of the tensor and of what is learned; and "check", that of an
// evaluation: levels, saturation and SQNR.
//   build/release/bin/bench_kernels [--benchmark_filter=REGEX]

#include "qsweep/core/freed_memory.hpp"
#include "qsweep/quant/apot_levels.hpp"
#include "qsweep/quant/kernels/dorefa_cuts.hpp"
#include "qsweep/quant/kernels/dorefa_kernel.hpp"
#include "qsweep/quant/kernels/sign_kernel.hpp"
#include "qsweep/quant/kernels/table_kernel.hpp"
#include "qsweep/quant/kernels/ternary_kernel.hpp"
#include "qsweep/quant/magnitude.hpp"
#include "qsweep/quant/quantizer.hpp"
#include "qsweep/quant/weight_moments.hpp"

#include <ATen/Parallel.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <benchmark/benchmark.h>
#include <string>
#include <vector>

#include "beside_copy.hpp"

namespace {

using qsweep::Catalog;
using qsweep::Json;
using qsweep::SiteKind;
using torch::Tensor;

struct Subject {
  std::string name;
  Json spec;
  SiteKind kind;
};

std::unique_ptr<qsweep::Quantizer> made(const Subject& subject, const Tensor& like) {
  const int64_t axis = subject.kind == SiteKind::Weight ? 0 : 1;
  auto quantizer = qsweep::make_quantizer(subject.spec, {axis, like.size(axis), subject.kind});
  if (quantizer->needs_range()) {
    const Tensor ones = torch::ones({quantizer->per_channel() ? like.size(axis) : 1});
    quantizer->set_range({-ones, ones});
  }
  return quantizer;
}

// The tensor is quantized in place again and again: its values stay those of the levels.
void time_quantizing(benchmark::State& state, const Subject& subject, const Tensor& like) {
  torch::set_num_threads(static_cast<int>(state.range(0)));
  const torch::NoGradGuard no_grad;
  const auto quantizer = made(subject, like);
  quantizer->begin({subject.spec.value("rounding", "") == "stochastic", 1, 1, 0});
  Tensor x = torch::randn_like(like);
  time_beside_copy(
      state, torch::randn_like(like), [&] { x = quantizer->quantize(std::move(x)).values; });
}

void time_backward(benchmark::State& state, const Subject& subject, const Tensor& like) {
  torch::set_num_threads(static_cast<int>(state.range(0)));
  const auto quantizer = made(subject, like);
  quantizer->begin({true, 1, 1, 0});
  const Tensor x = torch::randn_like(like).requires_grad_(true);
  const Tensor y = quantizer->quantize(x).values;
  const Tensor dy = torch::randn_like(like);
  std::vector<Tensor> of{x};
  for (const auto& [name, parameter] : quantizer->parameters()) {
    of.push_back(parameter);
  }
  time_beside_copy(state, dy, [&] { torch::autograd::grad({y}, of, {dy}, /*retain_graph=*/true); });
}

// What a quantizer of weights finds out about a tensor before it maps it.
struct Statistics {
  std::string name;
  void (*find)(const Tensor& x);
};

std::vector<Statistics> statistics() {
  return {
      {"sign weight mean_abs statistics", [](const Tensor& x) { qsweep::mean_magnitude(x, {}); }},
      {"ternary weight statistics",
       [](const Tensor& x) { qsweep::mean_magnitude_above(x, {}, qsweep::mean_magnitude(x, {})); }},
      {"dorefa weight statistics", [](const Tensor& x) { qsweep::largest_magnitude(x, {}); }},
      {"apot weight statistics", [](const Tensor& x) { qsweep::weight_moments(x); }}};
}

void time_statistics(benchmark::State& state, const Statistics& subject, const Tensor& like) {
  torch::set_num_threads(static_cast<int>(state.range(0)));
  const torch::NoGradGuard no_grad;
  const Tensor x = torch::randn_like(like);
  time_beside_copy(state, x, [&] { subject.find(x); });
}

// The pass once these are known, in place.
struct Map {
  std::string name;
  void (*run)(float* x, int64_t count);
};

void map_by_apot(float* x, int64_t count, int bits) {
  static const std::vector<std::shared_ptr<const qsweep::ApotLevels>> all = {
      qsweep::apot_levels(1),
      qsweep::apot_levels(2),
      qsweep::apot_levels(3),
      qsweep::apot_levels(4),
      qsweep::apot_levels(5),
      qsweep::apot_levels(6)};
  const qsweep::ApotLevels& levels = *all[static_cast<size_t>(bits - 1)];
  const qsweep::kernels::LevelTable table{static_cast<int64_t>(levels.middles.size()),
                                          levels.values.data(),
                                          levels.middles.data(),
                                          levels.nearest.data() + levels.places,
                                          static_cast<float>(levels.places),
                                          0.01F,
                                          0.5F,
                                          -1.0F,
                                          2.0F,
                                          0.01F,
                                          levels.marks.data(),
                                          levels.ranks.data()};
  qsweep::kernels::nearest_level(x, x, count, table);
}

std::vector<Map> maps() {
  using qsweep::kernels::TanhRange;
  return {{"sign weight mean_abs map",
           [](float* x, int64_t count) { qsweep::kernels::sign(x, x, count, 0.8F); }},
          {"ternary weight map",
           [](float* x, int64_t count) {
             qsweep::kernels::ternary(x, x, count, {0.5F, 1.0F, 1.0F});
           }},
          {"dorefa weight map",
           [](float* x, int64_t count) {
             static const qsweep::kernels::DorefaCuts cuts = qsweep::kernels::dorefa_cuts(4, 0.9);
             qsweep::kernels::dorefa(x, x, count, cuts, 2.0F / 15);
           }},
          {"dorefa weight map, 8 bits",
           [](float* x, int64_t count) {
             qsweep::kernels::dorefa(x, x, count, {127.5F, 255.0F, 1.0F / 255}, TanhRange::One);
           }},
          {"dorefa weight map, 8 bits, |w| above 1",
           [](float* x, int64_t count) {
             qsweep::kernels::dorefa(x, x, count, {127.5F, 255.0F, 1.0F / 255}, TanhRange::Any);
           }},
          {"apot weight map", [](float* x, int64_t count) { map_by_apot(x, count, 3); }},
          {"apot weight map, 6 bits", [](float* x, int64_t count) { map_by_apot(x, count, 5); }}};
}

void time_map(benchmark::State& state, const Map& subject, const Tensor& like) {
  constexpr int64_t kGrain = 1 << 15;
  torch::set_num_threads(static_cast<int>(state.range(0)));
  const Tensor x = torch::randn_like(like).clamp_(-1, 1);
  float* values = x.data_ptr<float>();
  time_beside_copy(state, x, [&] {
    at::parallel_for(0, x.numel(), kGrain, [&](int64_t begin, int64_t end) {
      subject.run(values + begin, end - begin);
    });
  });
}

void time_checking(benchmark::State& state, const Subject& subject, const Tensor& like) {
  torch::set_num_threads(static_cast<int>(state.range(0)));
  const torch::NoGradGuard no_grad;
  const auto quantizer = made(subject, like);
  const Tensor x = torch::randn_like(like);
  const Tensor y = quantizer->quantize(x).values;
  time_beside_copy(state, x, [&] {
    qsweep::LevelTally tally(quantizer->most_levels());
    quantizer->tally(x, y, tally);
  });
}

Json defaults_of(const Catalog::Quantizer& info, SiteKind kind) {
  Json spec = Json::object();
  for (const qsweep::Parameter& parameter : info.parameters) {
    spec[parameter.name] = parameter.default_value;
  }
  spec.update(kind == SiteKind::Weight ? info.weight_defaults : info.activation_defaults);
  spec["quantizer"] = info.name;
  spec["bits"] = info.max_bits > 0 ? std::min(4, info.max_bits) : std::max(1, info.fixed_bits);
  return spec;
}

// What the defaults leave open: the format, where there is one.
std::vector<Json> choices_of(const Catalog::Quantizer& info) {
  std::vector<Json> choices;
  for (const auto& [format, bits] : info.format_bits.items()) {
    choices.push_back({{info.bits_from, format}, {"bits", bits}});
  }
  return choices.empty() ? std::vector<Json>{Json::object()} : choices;
}

// Every line of the table at its defaults and 4 bits, or in all its formats.
std::vector<Subject> subjects() {
  std::vector<Subject> all;
  for (const qsweep::QuantizerEntry& entry : qsweep::quantizers()) {
    for (const SiteKind kind : {SiteKind::Output, SiteKind::Weight}) {
      if (!(kind == SiteKind::Weight ? entry.info.for_weights : entry.info.for_activations)) {
        continue;
      }
      for (const Json& choice : choices_of(entry.info)) {
        Subject subject{entry.info.name, defaults_of(entry.info, kind), kind};
        subject.spec.update(choice);
        subject.name +=
            choice.empty() ? "" : ' ' + choice.at(entry.info.bits_from).get<std::string>();
        subject.name += ' ' + to_string(kind);
        all.push_back(std::move(subject));
      }
    }
  }
  return all;
}

Subject variant(const std::string& name,
                SiteKind kind,
                const std::string& about,
                const Json& changes) {
  Subject subject{name + ' ' + to_string(kind) + ' ' + about,
                  defaults_of(qsweep::quantizer_entry({{"quantizer", name}}).info, kind),
                  kind};
  subject.spec.update(changes);
  return subject;
}

std::vector<Subject> variants() {
  const Json per_channel{{"granularity", "per_channel"}};
  return {variant("uniform", SiteKind::Output, "per_channel", per_channel),
          variant("uniform", SiteKind::Weight, "per_channel", per_channel),
          variant("uniform", SiteKind::Output, "stochastic", {{"rounding", "stochastic"}}),
          variant("uniform",
                  SiteKind::Output,
                  "stochastic per_channel",
                  {{"rounding", "stochastic"}, {"granularity", "per_channel"}}),
          variant("lsq", SiteKind::Weight, "per_channel", per_channel),
          variant("sign", SiteKind::Weight, "mean_abs", {{"scale", "mean_abs"}}),
          variant("sign", SiteKind::Weight, "max_abs", {{"scale", "max_abs"}}),
          variant("ternary", SiteKind::Weight, "ttq", {{"method", "ttq"}}),
          variant("dorefa", SiteKind::Weight, "1 bit", {{"bits", 1}}),
          variant("dorefa", SiteKind::Weight, "rescale false", {{"rescale", false}}),
          variant("apot", SiteKind::Output, "6 bits", {{"bits", 6}}),
          variant("apot", SiteKind::Weight, "6 bits", {{"bits", 6}})};
}

template <class Subject, class Run>
void register_for(const Subject& subject, const std::string& suffix, Run run) {
  const std::vector<std::pair<std::string, std::vector<int64_t>>> sizes = {
      {"64KB", {1, 64, 16, 16}}, {"1MB", {16, 64, 16, 16}}, {"64MB", {1024, 64, 16, 16}}};
  for (const auto& [size, shape] : sizes) {
    for (const bool last : {false, true}) {
      const auto format =
          last ? torch::MemoryFormat::ChannelsLast : torch::MemoryFormat::Contiguous;
      const Tensor like = torch::empty(shape, torch::kFloat, format);
      benchmark::RegisterBenchmark(
          (subject.name + suffix + '/' + size + (last ? " channels_last" : "")).c_str(),
          [subject, like, run](benchmark::State& state) { run(state, subject, like); })
          ->ArgName("threads")
          ->Arg(1)
          ->Arg(2)
          ->UseManualTime()
          ->MinTime(0.1);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  qsweep::keep_freed_memory();
  for (const Subject& subject : subjects()) {
    register_for(subject, "", time_quantizing);
  }
  for (const Subject& subject : variants()) {
    register_for(subject, "", time_quantizing);
  }
  for (const Statistics& subject : statistics()) {
    register_for(subject, "", time_statistics);
  }
  for (const Map& subject : maps()) {
    register_for(subject, "", time_map);
  }
  for (const Subject& subject : subjects()) {
    register_for(subject, " backward", time_backward);
  }
  for (const Subject& subject : variants()) {
    register_for(subject, " backward", time_backward);
  }
  for (const Subject& subject : subjects()) {
    register_for(subject, " check", time_checking);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
