// Time of every quantizer over the time of a copy of the same tensor. Ranges are set beforehand;
// what a quantizer finds out about the tensor itself (a mean of |w|) is part of its time. The last
// lines are the check of an evaluation: levels, saturation and SQNR of a tensor.
//   build/release/bin/bench_kernels [--benchmark_filter=REGEX]

#include "qsweep/core/freed_memory.hpp"
#include "qsweep/quant/quantizer.hpp"

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
          variant("sign", SiteKind::Weight, "mean_abs", {{"scale", "mean_abs"}}),
          variant("sign", SiteKind::Weight, "max_abs", {{"scale", "max_abs"}}),
          variant("ternary", SiteKind::Weight, "ttq", {{"method", "ttq"}}),
          variant("dorefa", SiteKind::Weight, "1 bit", {{"bits", 1}}),
          variant("dorefa", SiteKind::Weight, "rescale false", {{"rescale", false}}),
          variant("apot", SiteKind::Weight, "6 bits", {{"bits", 6}})};
}

template <class Run>
void register_for(const Subject& subject, const std::string& suffix, Run run) {
  const std::vector<std::pair<std::string, std::vector<int64_t>>> sizes = {
      {"64KB", {1, 64, 16, 16}}, {"1MB", {16, 64, 16, 16}}, {"64MB", {1024, 64, 16, 16}}};
  for (const auto& [size, shape] : sizes) {
    for (const bool last : {false, true}) {
      Tensor like = torch::empty(shape);
      like = last ? like.contiguous(torch::MemoryFormat::ChannelsLast) : like;
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
  for (const Subject& subject : subjects()) {
    register_for(subject, " check", time_checking);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
