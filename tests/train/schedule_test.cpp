#include "support/catch.hpp"

#include "qsweep/train/schedule.hpp"

using namespace qsweep;

namespace {

Training training(const std::string& schedule, int epochs, int warmup = 0) {
  Training t;
  t.epochs = epochs;
  t.schedule.name = schedule;
  t.schedule.warmup = warmup;
  return t;
}

}  // namespace

TEST_CASE("a constant rate stays", "[train]") {
  CHECK(learning_rate_factor(training("constant", 3), 0, 10) == 1.0);
  CHECK(learning_rate_factor(training("constant", 3), 29, 10) == 1.0);
}

TEST_CASE("steps multiply the rate from their epoch on", "[train]") {
  Training t = training("step", 10);
  t.schedule.milestones = {4, 8};
  t.schedule.gamma = 0.5;
  CHECK(learning_rate_factor(t, 39, 10) == 1.0);
  CHECK(learning_rate_factor(t, 40, 10) == 0.5);
  CHECK(learning_rate_factor(t, 80, 10) == 0.25);
}

TEST_CASE("a cosine falls from 1 over 1/2 in the middle towards 0", "[train]") {
  const Training t = training("cosine", 4);
  CHECK(learning_rate_factor(t, 0, 10) == 1.0);
  CHECK(learning_rate_factor(t, 20, 10) == Approx(0.5));
  CHECK(learning_rate_factor(t, 39, 10) == Approx(0.00154133).epsilon(1e-4));
}

TEST_CASE("warm-up grows linearly and the cosine follows it", "[train]") {
  const Training t = training("cosine", 3, 1);
  CHECK(learning_rate_factor(t, 0, 10) == Approx(0.1));
  CHECK(learning_rate_factor(t, 9, 10) == Approx(1.0));
  CHECK(learning_rate_factor(t, 10, 10) == 1.0);
  CHECK(learning_rate_factor(t, 20, 10) == Approx(0.5));
}
