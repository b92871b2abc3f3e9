#include <chrono>
#include <set>
#include <sys/resource.h>

#include "plan/small_world.hpp"
#include "support/catch.hpp"

using namespace qsweep;

namespace {

std::string numbers(int count) {
  std::string text = "[0";
  for (int i = 1; i < count; ++i) {
    text += ", " + std::to_string(i);
  }
  return text + "]";
}

double peak_gigabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1024.0 * 1024.0);  // it counts KB
}

std::unique_ptr<Plan> timed_plan(const std::string& yaml) {
  const auto start = std::chrono::steady_clock::now();
  auto plan = plan_of(yaml);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  WARN(plan->row_count() << " rows in " << seconds.count() << " s, peak " << peak_gigabytes()
                         << " GB");
  return plan;
}

size_t distinct_ids(const Plan& plan) {
  std::set<std::string> ids;
  for (size_t i = 0; i < plan.trial_count(); ++i) {
    ids.insert(plan.trial_id(i));
  }
  return ids.size();
}

}  // namespace

TEST_CASE("a million rows of bits, rates and seeds fit one gigabyte", "[plan][slow]") {
  const auto plan = timed_plan(
      "qsweep: 1\nname: x\nfinetune: {epochs: 1}\n"
      "policies: {p: [{type: [Conv2d, Linear], weight: {quantizer: uniform, bits: $w}, "
      "output: {quantizer: uniform, bits: $a}}]}\n"
      "matrix:\n  model: [residual]\n  policy: [p]\n  seed: " +
      numbers(2500) +
      "\n  w: [2, 3, 4, 5, 6, 7, 8, 9, 10, 32]\n  a: [2, 3, 4, 5, 6, 7, 8, 9, 10, 32]\n"
      "  finetune.lr: [0.1, 0.01, 0.001, 0.0001]\n");
  CHECK(plan->row_count() == 1'000'001);
  CHECK(plan->trial_count() == 1'000'001);
  CHECK(distinct_ids(*plan) == 1'000'001);
  CHECK(peak_gigabytes() < 1.0);
}

TEST_CASE("a million rows whose policy differs in each fit one gigabyte", "[plan][slow]") {
  // 10 x 10 x ... choices of bits for six layers: each row has quantizers of its own.
  std::string rules;
  std::string axes;
  const char* layers[] = {"conv1", "relu", "block.conv2", "block.add", "pool", "fc"};
  for (int i = 0; i < 6; ++i) {
    const std::string name = "b" + std::to_string(i);
    rules += std::string("    - {name: ") + layers[i] + ", output: {quantizer: uniform, bits: $" +
             name + "}}\n";
    axes += "  " + name + ": [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]\n";
  }
  const auto plan = timed_plan("qsweep: 1\nname: x\npolicies:\n  p:\n" + rules +
                               "matrix:\n  model: [residual]\n  policy: [p]\n" + axes);
  CHECK(plan->row_count() == 1'000'001);
  CHECK(distinct_ids(*plan) == 1'000'001);
  CHECK(peak_gigabytes() < 1.0);
}
