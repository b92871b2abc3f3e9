#include "qsweep/engine/trial_queue.hpp"

#include "support/catch.hpp"

namespace qsweep {
namespace {

FrozenTrial trial(const std::string& id, const std::string& float_trial) {
  FrozenTrial made;
  made.id = id;
  made.float_trial = float_trial;
  return made;
}

const auto kNoResults = [](const std::string&) { return false; };

}  // namespace

TEST_CASE("float trials come first, the others after their own has a result", "[engine]") {
  TrialQueue queue({trial("a1", "a"), trial("a", "a"), trial("b", "b"), trial("b1", "b")},
                   kNoResults);
  CHECK(queue.next() == "a");
  CHECK(queue.next() == "b");
  CHECK_FALSE(queue.next());
  CHECK(queue.finish("b", false).empty());
  CHECK(queue.next() == "b1");
  CHECK_FALSE(queue.has_next());
  CHECK(queue.finish("a", false).empty());
  CHECK(queue.next() == "a1");
  CHECK(queue.finish("a1", true).empty());
  CHECK_FALSE(queue.next());
}

TEST_CASE("when a float trial fails, its trials never start", "[engine]") {
  TrialQueue queue({trial("a", "a"), trial("a1", "a"), trial("a2", "a")}, kNoResults);
  CHECK(queue.next() == "a");
  CHECK(queue.finish("a", true) == std::vector<std::string>{"a1", "a2"});
  CHECK_FALSE(queue.next());
}

TEST_CASE("a float trial that has its result holds nobody up", "[engine]") {
  TrialQueue queue({trial("a1", "a"), trial("c1", "c")},
                   [](const std::string& id) { return id == "a"; });
  CHECK(queue.next() == "a1");
  CHECK_FALSE(queue.next());
  CHECK(queue.hopeless() == std::vector<std::string>{"c1"});
}

TEST_CASE("of what can start, the longest comes first, and equals in the plan's order",
          "[engine]") {
  std::vector<FrozenTrial> trials{
      trial("a", "a"), trial("a1", "a"), trial("a2", "a"), trial("a3", "a"), trial("b", "b")};
  const std::vector<double> work{10, 20, 40, 20, 30};
  for (size_t i = 0; i < trials.size(); ++i) {
    trials[i].cost.trial_macs = work[i];
  }
  TrialQueue queue(trials, kNoResults);
  CHECK(queue.next() == "b");
  CHECK(queue.next() == "a");
  queue.finish("a", false);
  CHECK(queue.next() == "a2");
  CHECK(queue.next() == "a1");
  CHECK(queue.next() == "a3");
}

TEST_CASE("what is put back comes behind all that can start, a float trial before", "[engine]") {
  TrialQueue queue({trial("a", "a"), trial("b", "b"), trial("a1", "a"), trial("a2", "a")},
                   kNoResults);
  CHECK(queue.next() == "a");
  queue.put_back("a");
  CHECK(queue.next() == "a");
  CHECK(queue.next() == "b");
  queue.finish("a", false);
  CHECK(queue.next() == "a1");
  queue.put_back("a1");
  CHECK(queue.next() == "a2");
  CHECK(queue.next() == "a1");
  CHECK(queue.finish("a1", true).empty());
  CHECK_FALSE(queue.has_next());
}

}  // namespace qsweep
