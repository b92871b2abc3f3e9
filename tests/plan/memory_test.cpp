#include "plan/small_world.hpp"
#include "support/catch.hpp"

using namespace qsweep;

namespace {

constexpr int64_t kIdle = 75'000'000;
// Of `residual`, in bytes: 302 parameters; outputs of 256 numbers four times, 4 and 10.
constexpr int64_t kParameters = 302 * 4;
constexpr int64_t kOutputs = 1038 * 4;
constexpr int64_t kLargest = 256 * 4;

// Of the float trial and of the quantized one, beside what an idle worker takes.
std::vector<int64_t> memory_with(const std::string& settings) {
  const auto plan = plan_of("qsweep: 1\nname: memory\n" + settings + R"(
policies:
  all: [{type: [Conv2d, Linear], weight: {quantizer: uniform, bits: 4}, output: {quantizer: uniform, bits: 8}}]
matrix: {model: [residual], policy: [all]}
)");
  REQUIRE(plan->trial_count() == 2);
  return {plan->cost(0).memory - kIdle, plan->cost(1).memory - kIdle};
}

}  // namespace

TEST_CASE("an evaluation takes the models and some outputs of a batch", "[plan]") {
  const auto memory = memory_with("evaluate: {batch: 50}");
  CHECK(memory[0] == 4 * kParameters + 4 * 50 * kLargest);
  CHECK(memory[1] == 4 * kParameters + 7 * 50 * kLargest);
}

TEST_CASE("calibrating layer by layer takes all its images at a time", "[plan]") {
  const auto memory = memory_with("calibrate: {images: 200, after: quantized}");
  CHECK(memory[1] == 4 * kParameters + 7 * 200 * kLargest);
}

TEST_CASE("a step of training takes all outputs of a batch", "[plan]") {
  const int64_t outputs = 128 * (kOutputs * 11 / 5 + 3 * kLargest);
  CHECK(memory_with("finetune: {epochs: 1}")[1] == 6 * kParameters + outputs);
  CHECK(memory_with("finetune: {epochs: 1, optimizer: adam, ema: 0.9, "
                    "distill: {temperature: 2, weight: 0.5}}")[1] == 9 * kParameters + outputs);
}
