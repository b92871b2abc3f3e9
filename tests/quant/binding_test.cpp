#include "qsweep/quant/binding.hpp"

#include "qsweep/core/error.hpp"

#include "support/catch.hpp"
#include "support/tiny_net.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

const Json kWeightField = {{"quantizer", "uniform"},
                           {"bits", 3},
                           {"symmetric", true},
                           {"narrow", true},
                           {"calibrate", "minmax"},
                           {"granularity", "per_channel"}};
const Json kOutputField = {{"quantizer", "uniform"},
                           {"bits", 4},
                           {"symmetric", false},
                           {"narrow", false},
                           {"calibrate", "minmax"},
                           {"granularity", "per_tensor"}};

std::vector<int> sites_of_kind(const Model& model, SiteKind kind) {
  return qsweep::sites_of_kind(model.layers(), kind);
}

void calibrate(Model& model, Binding& binding, const Tensor& images) {
  for (const Observation& observation : binding.observations_for(SiteKind::Output)) {
    binding.set_ranges(
        observation, observe_sites(model, observation, [&](const auto& visit) { visit(images); }));
  }
}

}  // namespace

TEST_CASE("a binding without groups is the float model, bit for bit", "[quant]") {
  torch::manual_seed(7);
  const auto model = tiny_net();
  const Tensor images = torch::randn({4, 3, 8, 8});
  Binding binding(model->layers(), {});
  model->train(false);
  CHECK(model->forward(images).equal(model->forward(images, &binding)));
}

TEST_CASE("a quantized network equals the same quantized by hand inside its forward", "[quant]") {
  torch::manual_seed(8);
  const torch::NoGradGuard no_grad;
  const auto model = tiny_net();
  model->train(false);
  const Tensor images = torch::randn({4, 3, 8, 8});
  Binding binding(model->layers(),
                  {{kWeightField, sites_of_kind(*model, SiteKind::Weight), "p:1"},
                   {kOutputField, sites_of_kind(*model, SiteKind::Output), "p:1"}});
  calibrate(*model, binding, images);
  binding.begin_evaluation();
  const Tensor ours = model->forward(images, &binding);
  binding.end_evaluation();

  const auto p = model->parameters();
  const auto weight = [](const Tensor& w) {
    std::vector<int64_t> axes;
    for (int64_t axis = 1; axis < w.dim(); ++axis) {
      axes.push_back(axis);
    }
    const Tensor scale = w.abs().amax(axes) / 3;
    return torch::fake_quantize_per_channel_affine(
        w, scale, torch::zeros({w.size(0)}, torch::kInt), 0, -3, 3);
  };
  const auto output = [](const Tensor& y, const Tensor& seen) {
    const float low = std::min(seen.min().item<float>(), 0.0F);
    const float high = std::max(seen.max().item<float>(), 0.0F);
    const float scale = (high - low) / 15;
    return torch::fake_quantize_per_tensor_affine(
        y, static_cast<double>(scale), -static_cast<int64_t>(std::nearbyint(low / scale)), 0, 15);
  };
  // The float network's tensors give the ranges.
  const Tensor f1 = torch::conv2d(images, p[0].second, {}, 1, 1);
  const Tensor f2 = torch::relu(f1);
  const Tensor f3 = f2 + f1;
  const Tensor f4 = f3.mean(std::vector<int64_t>{2, 3});
  const Tensor f5 = torch::linear(f4, p[1].second, p[2].second);
  const Tensor y1 = output(torch::conv2d(images, weight(p[0].second), {}, 1, 1), f1);
  const Tensor y2 = output(torch::relu(y1), f2);
  const Tensor y3 = output(y2 + y1, f3);
  const Tensor y4 = output(y3.mean(std::vector<int64_t>{2, 3}), f4);
  const Tensor y5 = output(torch::linear(y4, weight(p[1].second), p[2].second), f5);
  CHECK(ours.equal(y5));
}

TEST_CASE("what stands in front of quantizers has the same bits whoever computes it", "[quant]") {
  struct Normed : Net<Normed> {
    Normed() { reset(); }
    void reset() override {
      conv = child("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 16, 3).bias(false)));
      norm = child("norm", torch::nn::BatchNorm2d(16));
      relu = op("relu", ops::relu());
      add = op("add", ops::add());
    }
    Tensor forward(const Tensor& x) {
      const Tensor y = norm(conv(x));
      return add(relu(y), y).mean(std::vector<int64_t>{2, 3});
    }
    Slot conv, norm, relu, add;
  };
  struct Apart : SiteHook {
    explicit Apart(Binding& own) : binding(own) {}
    Tensor apply(int site, Tensor x) override { return binding.apply(site, std::move(x)); }
    Binding& binding;
  };
  torch::manual_seed(10);
  const auto network = std::make_shared<Normed>();
  const auto model = make_native_model(network, {3, 8, 8});
  const auto images = [] {
    return torch::randn({4, 3, 8, 8}).contiguous(torch::MemoryFormat::ChannelsLast);
  };
  const Tensor seen = images();
  model->train(true);
  model->forward(seen);
  model->train(false);
  const torch::NoGradGuard no_grad;
  const Json dorefa{{"quantizer", "dorefa"}, {"bits", 4}};  // which has no pass of its own for it
  const Json output = GENERATE_COPY(values({kOutputField, dorefa}));
  const auto bound = [&] {
    auto binding = std::make_unique<Binding>(
        model->layers(),
        std::vector<SiteGroup>{{kWeightField, sites_of_kind(*model, SiteKind::Weight), "p:1"},
                               {output, sites_of_kind(*model, SiteKind::Output), "p:1"}});
    calibrate(*model, *binding, seen);
    binding->begin_evaluation();
    return binding;
  };
  const auto together = bound();
  const auto single = bound();
  Apart apart(*single);
  for (int batch = 0; batch < 25; ++batch) {  // of which every tenth is checked
    const Tensor x = images();
    CHECK(model->forward(x, together.get()).equal(model->forward(x, &apart)));
  }
}

TEST_CASE("weights are quantized once per evaluation and at every training step", "[quant]") {
  torch::manual_seed(9);
  const auto model = tiny_net();
  const Tensor images = torch::randn({4, 3, 8, 8});
  Binding binding(model->layers(),
                  {{kWeightField, sites_of_kind(*model, SiteKind::Weight), "p:1"}});
  const int site = sites_of_kind(*model, SiteKind::Weight)[0];
  Tensor weight = model->parameters()[0].second;

  binding.begin_evaluation();
  const torch::NoGradGuard no_grad;
  const Tensor first = binding.apply(site, weight);
  CHECK(binding.apply(site, weight).is_same(first));
  weight.mul_(2);
  CHECK(binding.apply(site, weight).is_same(first));
  binding.begin_training({});
  CHECK_FALSE(binding.apply(site, weight).equal(first));
  binding.begin_evaluation();
  CHECK(binding.apply(site, weight).equal(first * 2));
}

TEST_CASE("what quantizers learn goes along when their bits fall", "[quant]") {
  torch::manual_seed(12);
  const auto model = tiny_net();
  const Json lsq{{"quantizer", "lsq"},
                 {"bits", 2},
                 {"granularity", "per_tensor"},
                 {"signed", false},
                 {"gradient_scale", true},
                 {"calibrate", "mean_abs"}};
  const Json pact{{"quantizer", "pact"}, {"bits", 3}, {"alpha", 10.0}};
  const std::vector<int> outputs = sites_of_kind(*model, SiteKind::Output);
  Binding binding(model->layers(), {{lsq, {outputs[0]}, "p:1"}, {pact, {outputs[1]}, "p:2"}});
  calibrate(*model, binding, torch::rand({4, 3, 8, 8}));
  const auto learned = [&](const std::string& name) {
    for (const auto& [parameter, tensor] : binding.parameters()) {
      if (parameter.substr(parameter.rfind('.') + 1) == name) {
        return tensor;
      }
    }
    return Tensor();
  };
  const double calibrated = learned("step").item<double>();
  binding.begin_training({1, 3, 8, 0});
  // 3 steps of 2 bits reach as far as 255 of 8.
  CHECK(learned("step").item<double>() == Approx(calibrated * 3 / 255));
  {
    const torch::NoGradGuard no_grad;
    learned("step").fill_(0.01);
    learned("alpha").fill_(3.5);
  }
  binding.begin_training({2, 3, 8, 0});  // 5 and 6 bits
  CHECK(learned("step").item<double>() == Approx(0.01 * 255 / 31));
  CHECK(learned("alpha").item<float>() == 3.5F);
  binding.begin_training({3, 3, 8, 0});
  CHECK(learned("step").item<double>() == Approx(0.01 * 255 / 3));
  CHECK(learned("alpha").item<float>() == 3.5F);
}

TEST_CASE("gradients reach the float parameters through quantized weights", "[quant]") {
  torch::manual_seed(10);
  const auto model = tiny_net();
  model->train(true);
  Binding binding(model->layers(),
                  {{kWeightField, sites_of_kind(*model, SiteKind::Weight), "p:1"}});
  binding.begin_training({});
  model->forward(torch::randn({4, 3, 8, 8}), &binding).sum().backward();
  for (const auto& [name, parameter] : model->parameters()) {
    INFO(name);
    CHECK(parameter.is_leaf());
    CHECK(parameter.grad().abs().sum().item<float>() > 0);
  }
}

TEST_CASE("a quantized site that is never computed fails by name", "[quant]") {
  const auto model = tiny_net();
  Binding binding(model->layers(),
                  {{kOutputField, sites_of_kind(*model, SiteKind::Output), "p:1"}});
  binding.begin_evaluation();
  CHECK_THROWS_WITH(binding.end_evaluation(),
                    "the policy quantizes the output of conv, which was never computed");
}

TEST_CASE("NaN at a quantized site fails by name", "[quant]") {
  const auto model = tiny_net();
  model->train(false);
  Binding binding(model->layers(),
                  {{kOutputField, sites_of_kind(*model, SiteKind::Output), "p:1"}});
  const torch::NoGradGuard no_grad;
  calibrate(*model, binding, torch::randn({4, 3, 8, 8}));
  binding.begin_evaluation();
  const Tensor bad = torch::full({1, 3, 8, 8}, std::numeric_limits<float>::infinity());
  CHECK_THROWS_WITH(model->forward(bad, &binding), "the output of conv shows NaN or infinity");
}

TEST_CASE("reports tell levels, bits and ranges of every site", "[quant]") {
  torch::manual_seed(11);
  const auto model = tiny_net();
  model->train(false);
  const Tensor images = torch::randn({4, 3, 8, 8});
  Binding binding(model->layers(),
                  {{kWeightField, sites_of_kind(*model, SiteKind::Weight), "p:1"},
                   {kOutputField, {sites_of_kind(*model, SiteKind::Output)[0]}, "p:2"}});
  const torch::NoGradGuard no_grad;
  calibrate(*model, binding, images);
  binding.begin_evaluation();
  model->forward(images, &binding);
  const auto reports = binding.reports();
  REQUIRE(reports.size() == sites_of(model->layers()).size());
  int quantized = 0;
  for (const auto& report : reports) {
    if (report.quantizer.empty()) {
      CHECK(report.bits == 32);
      continue;
    }
    ++quantized;
    CHECK(report.tally.levels() > 2);
    CHECK(report.tally.levels() <= (1 << report.bits));
    CHECK(report.rule == (report.site.kind == SiteKind::Weight ? "p:1" : "p:2"));
  }
  CHECK(quantized == 3);
}

TEST_CASE("ranges taken from the first tensor make a site-by-site calibration", "[quant]") {
  torch::manual_seed(12);
  const auto model = tiny_net();
  model->train(false);
  const torch::NoGradGuard no_grad;
  Binding binding(model->layers(),
                  {{kOutputField, sites_of_kind(*model, SiteKind::Output), "p:1"}});
  binding.begin_evaluation();
  binding.calibrate_on_first_tensor(true);
  const Tensor images = torch::randn({16, 3, 8, 8});
  const Tensor first = model->forward(images, &binding);
  binding.calibrate_on_first_tensor(false);
  binding.begin_evaluation();
  CHECK(model->forward(images, &binding).equal(first));
}

TEST_CASE("sites whose calibrators look at the same share an observation", "[quant]") {
  const auto model = tiny_net();
  const auto outputs = sites_of_kind(*model, SiteKind::Output);
  REQUIRE(outputs.size() == 5);
  const auto with = [](const Json& calibrate, const std::string& granularity) {
    Json spec = kOutputField;
    spec["calibrate"] = calibrate;
    spec["granularity"] = granularity;
    return spec;
  };
  Binding binding(model->layers(),
                  {{with("mse", "per_tensor"), {outputs[0]}, "p:1"},
                   {with({{"name", "percentile"}, {"p", 99.0}}, "per_tensor"), {outputs[3]}, "p:2"},
                   {with("entropy", "per_channel"), {outputs[1]}, "p:3"},
                   {with("minmax", "per_tensor"), {outputs[2]}, "p:4"},
                   {with("minmax", "per_channel"), {outputs[4]}, "p:5"}});
  const auto observations = binding.observations_for(SiteKind::Output);
  REQUIRE(observations.size() == 3);
  CHECK(observations[0].observer.name == "histogram");
  CHECK(observations[0].sites == std::vector<int>{outputs[0], outputs[3]});
  CHECK(observations[1].observer.name == "histogram per channel");
  CHECK(observations[1].observer.per_channel);
  CHECK(observations[1].sites == std::vector<int>{outputs[1]});
  CHECK(observations[2].observer.name == "minmax");
  CHECK_FALSE(observations[2].observer.per_channel);
  CHECK(observations[2].sites == std::vector<int>{outputs[2], outputs[4]});
  CHECK(binding.observations_for(SiteKind::Weight).empty());

  torch::manual_seed(13);
  const torch::NoGradGuard no_grad;
  const Tensor images = torch::randn({8, 3, 8, 8});
  calibrate(*model, binding, images);
  binding.begin_evaluation();
  model->forward(images, &binding);
  CHECK_NOTHROW(binding.end_evaluation());
}

TEST_CASE("a weight with mse errs less than one with minmax", "[quant]") {
  torch::manual_seed(14);
  const auto model = tiny_net();
  const torch::NoGradGuard no_grad;
  const int site = sites_of_kind(*model, SiteKind::Weight)[0];
  const Tensor weight = torch::randn({4, 3, 3, 3}).pow(3);
  const auto error_with = [&](const std::string& calibrate) {
    Json spec = kWeightField;
    spec["calibrate"] = calibrate;
    Binding binding(model->layers(), {{spec, {site}, "p:1"}});
    binding.begin_training({});
    return (binding.apply(site, weight) - weight).square().sum().item<float>();
  };
  CHECK(error_with("mse") < error_with("minmax"));
}

TEST_CASE("NaN fails by name where a range is taken from the tensor itself", "[quant]") {
  const auto model = tiny_net();
  const torch::NoGradGuard no_grad;
  const int weight = sites_of_kind(*model, SiteKind::Weight)[0];
  const int output = sites_of_kind(*model, SiteKind::Output)[0];
  for (const CalibratorEntry& entry : calibrators()) {
    INFO(entry.info.name);
    Json weights = kWeightField;
    Json outputs = kOutputField;
    weights["calibrate"] = outputs["calibrate"] = entry.info.name;
    Binding binding(model->layers(), {{weights, {weight}, "p:1"}, {outputs, {output}, "p:2"}});
    binding.begin_evaluation();
    binding.calibrate_on_first_tensor(true);
    Tensor bad = torch::randn({4, 3, 3, 3});
    bad[1][1][1][1] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH(binding.apply(weight, bad), "the weight of conv shows NaN or infinity");
    CHECK_THROWS_WITH(binding.apply(output, torch::cat({bad, bad.slice(1, 0, 1)}, 1)),
                      "the output of conv shows NaN or infinity");
  }
}
