// Nothing assumes the CPU: whole trials on a device that is none.

#include "qsweep/model/dispatch/dispatch_model.hpp"
#include "qsweep/quant/binding.hpp"
#include "qsweep/quant/calibrator.hpp"
#include "qsweep/quant/correction.hpp"
#include "qsweep/quant/quantizer.hpp"
#include "qsweep/trial/run_trial.hpp"

#include "device/pretend_device.hpp"
#include "model/plain_networks.hpp"
#include "model/script_fixture.hpp"
#include "support/catch.hpp"
#include "support/quantizer_fields.hpp"
#include "trial/bench.hpp"

using namespace qsweep;
using test::one_epoch;
using test::pretend_device;

namespace {

// With channels for a block of 32.
struct BlockNet : Net<BlockNet> {
  Slot conv, bn, relu, conv2, relu2, mean, linear;
  BlockNet() { reset(); }
  void reset() override {
    namespace nn = torch::nn;
    conv = child("conv", nn::Conv2d(nn::Conv2dOptions(3, 32, 3).stride(2).bias(false)));
    bn = child("bn", nn::BatchNorm2d(32));
    relu = op("relu", ops::relu());
    conv2 = child("conv2", nn::Conv2d(nn::Conv2dOptions(32, 32, 3).stride(2)));
    relu2 = op("relu2", ops::relu());
    mean = op("mean", ops::mean({2, 3}));
    linear = child("linear", nn::Linear(32, 10));
  }
  torch::Tensor forward(torch::Tensor x) {
    return linear(mean(relu2(conv2(relu(bn(conv(std::move(x))))))));
  }
};

const ModelTable& table() {
  static const ModelTable entries = {test::entry<BlockNet>("block")};
  return entries;
}

Trial trial_of(const std::string& id) {
  Trial trial = test::small_float_trial("block");
  trial.id = id;
  trial.settings.data.augment = "crop_flip";
  trial.settings.data.images = 100;
  trial.settings.calibrate.images = 50;
  return trial;
}

// The same trials on the CPU and on the pretend device.
struct Both {
  test::ScratchFolder folder;
  Workbench cpu{{table()}, {folder.path("cpu"), folder.path("cpu/cache"), 1, torch::kCPU}};
  Workbench other{{table()},
                  {folder.path("other"), folder.path("other/cache"), 1, pretend_device()}};

  static Record run(const Trial& trial, Workbench& bench) {
    Record record = run_trial(trial, bench, [](const std::string&, int, int) {});
    INFO(trial.id << " on " << bench.options().device << ": " << record.error);
    REQUIRE_FALSE(record.failed);
    return record;
  }
  // The kernels' float arithmetic may round otherwise than LibTorch's operators do.
  void check_alike(const Trial& trial) {
    const Record here = run(trial, cpu);
    const Record there = run(trial, other);
    INFO(trial.id);
    CHECK(there.ptq->loss == Approx(here.ptq->loss).epsilon(0.01));
    CHECK(there.final->loss == Approx(here.final->loss).epsilon(0.05));
  }
};

Json uniform(int bits, const Json& calibrate) {
  return {{"quantizer", "uniform"},
          {"bits", bits},
          {"symmetric", false},
          {"narrow", false},
          {"granularity", "per_tensor"},
          {"calibrate", calibrate}};
}

// Outputs and gradients of a model whose every weight and output is a sign.
std::vector<torch::Tensor> results_on(torch::Device device, Model& model, torch::Tensor images) {
  SiteGroup group{{}, {}, "p:1"};
  for (const QuantizerEntry& entry : quantizers()) {
    if (entry.info.name == "sign") {
      group.quantizer = test::defaults_of(entry.info, SiteKind::Weight);
      group.quantizer.update(test::bits_of(entry.info).front());
    }
  }
  const std::vector<Site> sites = sites_of(model.layers());
  for (size_t i = 0; i < sites.size(); ++i) {
    if (sites[i].kind != SiteKind::Input) {
      group.sites.push_back(static_cast<int>(i));
    }
  }
  model.to(device);
  model.train(false);
  Binding binding(model.layers(), {group});
  binding.begin_training({});
  const torch::Tensor logits = model.forward(images.to(device), &binding);
  CHECK(logits.device() == device);
  logits.square().sum().backward();
  std::vector<torch::Tensor> results{logits.detach().to(torch::kCPU)};
  for (const auto& [name, parameter] : model.parameters()) {
    results.push_back(parameter.grad().to(torch::kCPU));
  }
  return results;
}

void check_same(const std::vector<torch::Tensor>& here, const std::vector<torch::Tensor>& there) {
  REQUIRE(there.size() == here.size());
  for (size_t i = 0; i < here.size(); ++i) {
    CHECK(torch::allclose(there[i], here[i], 1e-4, 1e-5));
  }
}

// The sites: conv 0 to 2, bn 3, 4, relu 5, 6, conv2 7 to 9, relu2 10, 11, mean 12, 13, linear 14
// to 16.
constexpr int kWeight = 8;
constexpr int kOutput = 6;

}  // namespace

TEST_CASE("the pretend device computes, does gradients, and refuses two devices", "[device]") {
  const torch::Device device = pretend_device();
  const torch::Tensor x = torch::arange(6.0F).view({2, 3}).to(device).requires_grad_();
  CHECK(x.device() == device);
  const torch::Tensor y = (x * x).sum();
  y.backward();
  CHECK(y.item<float>() == 55);
  CHECK(torch::equal(x.grad().to(torch::kCPU), torch::arange(6.0F).view({2, 3}) * 2));
  CHECK_THROWS(x + torch::ones({2, 3}));
  CHECK_THROWS_WITH(
      torch::mm(x, torch::ones({3, 2})),
      ContainsSubstring("aten::mm is given tensors of the CPU and of another device"));
}

TEST_CASE("a float trial is trained and evaluated on a device with the same bits", "[device]") {
  Both both;
  const Record here = Both::run(trial_of("f"), both.cpu);
  const Record there = Both::run(trial_of("f"), both.other);
  CHECK(there.final->loss == here.final->loss);
  CHECK(there.final->top1 == here.final->top1);
}

TEST_CASE("every quantizer is calibrated, evaluated and fine-tuned on a device", "[device]") {
  Both both;
  for (const QuantizerEntry& entry : quantizers()) {
    const Json bits = test::bits_of(entry.info).back();
    Trial trial = trial_of(entry.info.name);
    if (entry.info.for_weights) {
      trial.groups.push_back({test::defaults_of(entry.info, SiteKind::Weight), {kWeight}, "p:1"});
    }
    if (entry.info.for_activations) {
      trial.groups.push_back({test::defaults_of(entry.info, SiteKind::Output), {kOutput}, "p:2"});
    }
    for (auto& group : trial.groups) {
      group.quantizer.update(bits);
    }
    trial.settings.finetune = one_epoch(0.01);
    trial.settings.finetune->clip_gradient = 0.5;  // over parameters of both devices
    both.check_alike(trial);
  }
}

TEST_CASE("every calibrator finds its ranges on a device", "[device]") {
  Both both;
  for (const CalibratorEntry& entry : calibrators()) {
    Trial trial = trial_of(entry.info.name);
    Json per_channel = uniform(4, entry.info.name);
    per_channel["granularity"] = "per_channel";
    trial.groups = {{per_channel, {kWeight}, "p:1"},
                    {uniform(4, entry.info.name), {kOutput}, "p:2"}};
    both.check_alike(trial);
  }
}

TEST_CASE("every correction is made on a device", "[device]") {
  Both both;
  for (const CorrectionEntry& entry : corrections()) {
    Trial trial = trial_of(entry.info.name);
    trial.groups = {{uniform(4, "minmax"), {kWeight}, "p:1"},
                    {uniform(8, "minmax"), {kOutput}, "p:2"}};
    const bool rounds = entry.info.name == "adaround";
    trial.settings.corrections = {
        {entry.info.name, rounds ? Json{{"iterations", 10}, {"batch", 32}} : Json::object()}};
    both.check_alike(trial);
  }
}

TEST_CASE("scripts and plain modules are quantized on a device", "[device]") {
  torch::manual_seed(3);
  const ScriptArchive archive(script_network());
  const torch::Tensor images = torch::randn({4, 3, 8, 8});
  check_same(results_on(torch::kCPU, *archive.model(), images),
             results_on(pretend_device(), *archive.model(), images));
  const auto plain = [] {
    torch::manual_seed(1);
    return make_dispatch_model(std::make_shared<PlainNetwork>(), InputShape{1, 6, 6});
  };
  const torch::Tensor gray = torch::randn({4, 1, 6, 6});
  check_same(results_on(torch::kCPU, *plain(), gray), results_on(pretend_device(), *plain(), gray));
}
