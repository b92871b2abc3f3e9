#include "qsweep/journal/journal.hpp"
#include "qsweep/journal/run_folder.hpp"

#include "support/catch.hpp"
#include "sweep_run.hpp"

using namespace qsweep;
using namespace qsweep::test;

namespace {

// A float training, an evaluation and a step of fine-tuning, each in a worker of its own.
const std::string kMemory = R"(qsweep: 1
name: memory
data: {name: synthetic, images: 256}
pretrain: {epochs: 1, batch: 64}
finetune: {epochs: $epochs, batch: 64}
evaluate: {limit: 100, batch: 100}
policies:
  every:
    - type: "*"
      output: {quantizer: uniform, bits: 4}
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: 4}
matrix:
  model: [resnet20]
  policy: every
  epochs: [0, 1]
)";

}  // namespace

TEST_CASE("workers take about as much memory as the plan expects", "[sweep][slow]") {
#ifdef __SANITIZE_ADDRESS__
  WARN("skipped: the sanitizer takes memory of its own");
#else
  const Sweep sweep("memory.yaml", kMemory);
  for (const char* only : {"policy=float", "epochs=0", "epochs=1"}) {
    INFO(only);
    REQUIRE(sweep.run(std::string("memory.yaml -o run -j 1 --only ") + only).code == 0);
  }
  const FrozenPlan plan = load_plan(sweep.folder.path("run"));
  const Journal journal = read_journal(sweep.folder.path("run"));
  for (const FrozenTrial& trial : plan.trials) {
    const Record& record = *journal.find(trial.id);
    CHECK(record.shared_memory > 0);
    const auto taken = static_cast<double>(record.peak_memory - record.shared_memory);
    const double share = static_cast<double>(trial.cost.memory) / taken;
    INFO(trial.cost.memory << " expected, " << taken << " taken");
    CHECK(share > 0.6);
    CHECK(share < 2);
  }
#endif
}
