#include "support/catch.hpp"

#include <cmath>
#include <numeric>

#include "qsweep/core/error.hpp"
#include "qsweep/train/evaluate.hpp"
#include "support/small_data.hpp"
#include "support/tiny_net.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

EvaluationSet all_of(const Dataset& dataset, int64_t batch) {
  EvaluationSet set;
  set.dataset = &dataset;
  set.images = dataset.test.get();
  set.order.resize(static_cast<size_t>(dataset.test->count()));
  std::iota(set.order.begin(), set.order.end(), 0);
  set.batch = batch;
  return set;
}

}  // namespace

TEST_CASE("evaluation counts what the logits say", "[train]") {
  torch::manual_seed(1);
  const Dataset dataset = small_dataset();
  const auto model = tiny_net();
  const EvaluationResult result = evaluate(*model, nullptr, all_of(dataset, 32));
  REQUIRE(result.logits.size(0) == 100);
  int64_t right = 0;
  double loss = 0;
  for (int64_t i = 0; i < 100; ++i) {
    const Tensor row = result.logits[i].to(torch::kDouble);
    const bool correct = row.argmax().item<int64_t>() == dataset.test->label(i);
    CHECK(result.correct[static_cast<size_t>(i)] == correct);
    right += static_cast<int64_t>(correct);
    loss += (row.exp().sum().log() - row[dataset.test->label(i)]).item<double>();
  }
  CHECK(result.numbers.images == 100);
  CHECK(result.numbers.top1 == static_cast<double>(right));
  CHECK(result.numbers.top5 == 100.0);  // of five classes
  CHECK(result.numbers.loss == Approx(loss / 100).epsilon(1e-9));
}

TEST_CASE("a logit that is not finite fails", "[train]") {
  const Dataset dataset = small_dataset();
  const auto model = tiny_net();
  const torch::NoGradGuard no_grad;
  model->parameters()[1].second.fill_(std::nanf(""));
  CHECK_THROWS_WITH(evaluate(*model, nullptr, all_of(dataset, 50)),
                    "the logits show NaN or infinity");
}

TEST_CASE("SQNR is a ratio of powers in decibels", "[train]") {
  // signal 9 + 16 = 25, noise 0.25: 10 log10(100) = 20.
  CHECK(sqnr_db(torch::tensor({3.0F, 4.0F}), torch::tensor({3.5F, 4.0F})) == Approx(20.0));
  CHECK(std::isinf(sqnr_db(torch::ones({3}), torch::ones({3}))));
  CHECK(std::isnan(sqnr_db(torch::zeros({3}), torch::zeros({3}))));
}
