#include "qsweep/quant/calibration.hpp"

#include "qsweep/core/error.hpp"

#include <limits>

#include "quant/range_requests.hpp"
#include "support/catch.hpp"
#include "support/tiny_net.hpp"

using namespace qsweep;
using test::calibrated;
using test::numbers;
using test::observed;
using test::request_for;
using test::uniform;
using torch::Tensor;

namespace {

std::vector<std::string> calibrator_names() {
  std::vector<std::string> names;
  for (const CalibratorEntry& entry : calibrators()) {
    names.push_back(entry.info.name);
  }
  return names;
}

Observation outputs_of(const Model& model, const std::string& calibrator) {
  return {make_calibrator(calibrator)->observer(false),
          sites_of_kind(model.layers(), SiteKind::Output)};
}

}  // namespace

TEST_CASE("the table of calibrators is what the documentation lists", "[quant]") {
  CHECK(calibrator_names() ==
        std::vector<std::string>{
            "minmax", "ema", "percentile", "mse", "entropy", "aciq", "mean_abs", "sigma"});
  for (const CalibratorEntry& entry : calibrators()) {
    for (const Parameter& parameter : entry.info.parameters) {
      CHECK_FALSE(parameter.default_value.is_null());
    }
  }
  CHECK_THROWS_WITH(make_calibrator("minmx"), "unknown calibrator 'minmx'; did you mean 'minmax'?");
}

TEST_CASE("minmax keeps the extremes of each channel over all batches", "[quant]") {
  const std::vector<Tensor> batches = {torch::tensor({{{1.0F, -2.0F}, {5.0F, 6.0F}}}),
                                       torch::tensor({{{0.5F, 0.0F}, {-7.0F, 6.0F}}})};
  const Range channels = calibrated("minmax", uniform(4, false, "per_channel"), batches);
  CHECK(numbers(channels.min) == std::vector<float>{-2, -7});
  CHECK(numbers(channels.max) == std::vector<float>{1, 6});
  const Range whole = calibrated("minmax", uniform(4, false), batches);
  CHECK(numbers(whole.min) == std::vector<float>{-7});
  CHECK(numbers(whole.max) == std::vector<float>{6});
}

TEST_CASE("per channel, every calibrator gives each channel the range of that channel alone",
          "[quant]") {
  torch::manual_seed(1);
  const Tensor scale = torch::tensor({1.0F, 0.01F, 30.0F, 0.0F}).view({1, 4, 1, 1});
  Tensor first = torch::randn({8, 4, 9, 9}) * scale;
  Tensor second = torch::randn({8, 4, 9, 9}) * scale + 0.1;
  first.select(1, 2).relu_();
  second.select(1, 2).relu_();
  for (const std::string& name : calibrator_names()) {
    for (const bool symmetric : {true, false}) {
      INFO(name << (symmetric ? " symmetric" : " affine"));
      const Range all = calibrated(name, uniform(4, symmetric, "per_channel"), {first, second});
      for (int64_t channel = 0; channel < 4; ++channel) {
        const Range alone = calibrated(name,
                                       uniform(4, symmetric),
                                       {first.narrow(1, channel, 1), second.narrow(1, channel, 1)});
        // Sums of floats depend on where the values lie, in their last digits.
        CHECK(all.min[channel].item<float>() == Approx(alone.min.item<float>()).epsilon(1e-6));
        CHECK(all.max[channel].item<float>() == Approx(alone.max.item<float>()).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("a weight's range is the same whichever axis its channels are", "[quant]") {
  torch::manual_seed(2);
  const Tensor weight = torch::randn({6, 5, 3, 3});
  for (const std::string& name : calibrator_names()) {
    INFO(name);
    const auto calibrator = make_calibrator(name);
    const RangeRequest request = request_for(uniform(4, true, "per_channel"), 6);
    const Range plain = calibrator->range_of(weight, 0, request);
    const Range moved = calibrator->range_of(weight.transpose(0, 1), 1, request);
    CHECK(plain.min.numel() == 6);
    CHECK(plain.min.allclose(moved.min, 1e-6));
    CHECK(plain.max.allclose(moved.max, 1e-6));
  }
}

TEST_CASE("what was never anything but zero has a range of zero width", "[quant]") {
  for (const std::string& name : calibrator_names()) {
    for (const bool symmetric : {true, false}) {
      INFO(name);
      const Range range = calibrated(name, uniform(4, symmetric), {torch::zeros({2, 3, 4, 4})});
      CHECK(numbers(range.min) == std::vector<float>{0});
      CHECK(numbers(range.max) == std::vector<float>{0});
    }
  }
}

TEST_CASE("statistics survive being kept as named tensors", "[quant]") {
  const SiteStatistics all = {{3, {{"min", torch::tensor({1.0F})}, {"max", torch::tensor({2.0F})}}},
                              {12, {{"min", torch::tensor({-1.0F})}}}};
  const SiteStatistics again = from_named(to_named(all));
  REQUIRE(again.size() == 2);
  CHECK(again.at(3).at("max").equal(torch::tensor({2.0F})));
  CHECK(again.at(12).at("min").equal(torch::tensor({-1.0F})));
}

TEST_CASE("every output is observed, and NaN or infinity names its layer", "[quant]") {
  torch::manual_seed(6);
  const auto model = tiny_net();
  Tensor images = torch::randn({4, 3, 8, 8});
  const EachBatch batches = [&](const auto& visit) {
    visit(images);
    visit(images.abs());
  };
  for (const std::string& name : calibrator_names()) {
    INFO(name);
    images[0][0][0][0] = 1;
    const auto statistics = observe_sites(*model, outputs_of(*model, name), batches);
    CHECK(statistics.size() == model->layers().size());
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      images[0][0][0][0] = bad;
      CHECK_THROWS_WITH(observe_sites(*model, outputs_of(*model, name), batches),
                        "calibration saw NaN or infinity at the output of conv");
    }
  }
}

TEST_CASE("a site that no image comes to fails by name", "[quant]") {
  const auto model = tiny_net();
  for (const std::string& name : calibrator_names()) {
    INFO(name);
    CHECK_THROWS_WITH(observe_sites(*model, outputs_of(*model, name), [](const auto& /*visit*/) {}),
                      "calibration never came to the output of conv");
  }
}
