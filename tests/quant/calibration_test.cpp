#include "qsweep/quant/calibration.hpp"

#include "qsweep/core/error.hpp"

#include "support/catch.hpp"
#include "support/tiny_net.hpp"

using namespace qsweep;
using torch::Tensor;

TEST_CASE("minmax keeps the extremes of each channel over all batches", "[quant]") {
  const auto calibrator = make_calibrator("minmax");
  const auto observer = calibrator->observer(1);
  observer->observe(torch::tensor({{{1.0F, -2.0F}, {5.0F, 6.0F}}}));
  observer->observe(torch::tensor({{{0.5F, 0.0F}, {-7.0F, 6.0F}}}));
  const Statistics statistics = observer->statistics();
  const Range channels = calibrator->range(statistics, true);
  CHECK(channels.min.equal(torch::tensor({-2.0F, -7.0F})));
  CHECK(channels.max.equal(torch::tensor({1.0F, 6.0F})));
  const Range whole = calibrator->range(statistics, false);
  CHECK(whole.min.item<float>() == -7.0F);
  CHECK(whole.max.item<float>() == 6.0F);
}

TEST_CASE("statistics survive being kept as named tensors", "[quant]") {
  const SiteStatistics all = {{3, {{"min", torch::tensor({1.0F})}, {"max", torch::tensor({2.0F})}}},
                              {12, {{"min", torch::tensor({-1.0F})}}}};
  const SiteStatistics again = from_named(to_named(all));
  REQUIRE(again.size() == 2);
  CHECK(again.at(3).at("max").equal(torch::tensor({2.0F})));
  CHECK(again.at(12).at("min").equal(torch::tensor({-1.0F})));
}

TEST_CASE("every output is observed, and NaN names its layer", "[quant]") {
  torch::manual_seed(6);
  const auto model = tiny_net();
  Tensor images = torch::randn({4, 3, 8, 8});
  const EachBatch batches = [&](const auto& visit) { visit(images); };
  const auto statistics =
      observe_sites(*model, SiteKind::Output, *make_calibrator("minmax"), batches);
  CHECK(statistics.size() == model->layers().size());
  images[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(observe_sites(*model, SiteKind::Output, *make_calibrator("minmax"), batches),
                    "calibration saw NaN or infinity at the output of conv");
}
