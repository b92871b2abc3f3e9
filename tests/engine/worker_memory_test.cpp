#include "qsweep/engine/worker_memory.hpp"

#include "support/catch.hpp"

namespace qsweep {
namespace {

// Trials of which the plan expects 100 and 400 bytes, and one for which it knows nothing.
FrozenPlan plan() {
  FrozenPlan made;
  for (const auto& [id, memory] :
       std::vector<std::pair<std::string, int64_t>>{{"small", 100}, {"large", 400}, {"old", 0}}) {
    made.trials.emplace_back();
    made.trials.back().id = id;
    made.trials.back().cost.memory = memory;
  }
  return made;
}

Record record(const std::string& trial, int64_t peak, int64_t shared = 0) {
  Record made;
  made.trial = trial;
  made.peak_memory = peak;
  made.shared_memory = shared;
  return made;
}

WorkerMemory of_all(const Journal& journal = {}) {
  return {plan(), plan().trials, journal};
}

}  // namespace

TEST_CASE("before any trial, a worker takes what the plan expects of the largest", "[engine]") {
  CHECK(of_all().bytes() == 400);
  CHECK_FALSE(of_all().is_seen());
  CHECK(WorkerMemory(plan(), {plan().trials[0]}, {}).bytes() == 100);
}

TEST_CASE("a plan that expects nothing leaves it to the trials", "[engine]") {
  WorkerMemory memory(plan(), {plan().trials[2]}, {});
  CHECK(memory.bytes() == 0);
  memory.add(record("old", 70));
  CHECK(memory.bytes() == 70);
}

TEST_CASE("where smaller trials took more than expected, so will the largest", "[engine]") {
  WorkerMemory memory = of_all();
  memory.add(record("small", 150));
  CHECK(memory.bytes() == 600);
  CHECK_FALSE(memory.is_seen());
}

TEST_CASE("where smaller trials took less, the largest may still take all of it", "[engine]") {
  WorkerMemory memory = of_all();
  memory.add(record("small", 50));
  CHECK(memory.bytes() == 400);
}

TEST_CASE("once the largest is done, what was taken counts", "[engine]") {
  WorkerMemory memory = of_all();
  memory.add(record("large", 300, 100));
  CHECK(memory.is_seen());
  CHECK(memory.bytes() == 200);  // the other 100 are shared
  memory.add(record("small", 250));
  CHECK(memory.bytes() == 250);
}

TEST_CASE("a failed trial shows that so much was taken, not that it was enough", "[engine]") {
  WorkerMemory memory = of_all();
  Record failed = record("large", 30);
  failed.failed = true;
  memory.add(failed);
  CHECK(memory.bytes() == 400);
  failed.peak_memory = 900;
  memory.add(failed);
  CHECK(memory.bytes() == 900);
}

TEST_CASE("what an earlier session computed counts", "[engine]") {
  Journal journal;
  journal.entries["large"].record = record("large", 250);
  CHECK(of_all(journal).bytes() == 250);
}

}  // namespace qsweep
