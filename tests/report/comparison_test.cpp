#include "qsweep/report/comparison.hpp"

#include "comparison_bench.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

using test::Images;
using test::RunBench;

}  // namespace

TEST_CASE("rows are same, worse or unsure by the images that changed", "[report]") {
  const RunBench base;
  RunBench now;
  now.add(test::kEight, Images(179).turned(177, 3));  // images 177 and 178 lost, 179 won
  now.add(test::kTwo, Images(101).turned(80, 12));
  const RunInFolder a = base.run();
  const RunInFolder b = now.run();
  const Comparison comparison = compare_runs(a, b);
  REQUIRE(comparison.rows.size() == 3);
  CHECK(comparison.tests == 3);
  CHECK(comparison.rows[0].verdict == Verdict::Same);
  CHECK(comparison.rows[0].test->p_holm == 1);
  CHECK(comparison.rows[1].verdict == Verdict::Unsure);
  CHECK(comparison.rows[1].test->won == 1);
  CHECK(comparison.rows[1].test->lost == 2);
  CHECK(comparison.rows[1].test->p == 1);
  CHECK(comparison.rows[2].verdict == Verdict::Worse);
  CHECK(comparison.rows[2].test->p == Approx(2.0 / 4096));
  CHECK(comparison.rows[2].test->p_holm == Approx(3 * 2.0 / 4096));
  // variance 12 - 144 / 200 = 11.28; 1.96 sqrt(11.28) / 2 = 3.2914
  CHECK(comparison.rows[2].test->change.delta == Approx(-6));
  CHECK(comparison.rows[2].test->change.low == Approx(-9.2914).epsilon(1e-5));
}

TEST_CASE("the number of rows decides what a p is worth", "[report]") {
  const RunBench base;
  RunBench now;
  // Lost 0, won 6: p = 2 / 64 = 0.03125, thrice that is more than 0.05.
  now.add(test::kEight, Images(179).turned(179, 6));
  const RunInFolder a = base.run();
  const RunInFolder b = now.run();
  CHECK(compare_runs(a, b).rows[1].verdict == Verdict::Unsure);
  now.plan.rows.erase(now.plan.rows.begin() + 2);
  now.plan.rows.erase(now.plan.rows.begin());
  const RunInFolder alone = now.run();
  const Comparison comparison = compare_runs(a, alone);
  CHECK(comparison.rows[0].verdict == Verdict::Better);
  CHECK(comparison.count(Verdict::Missing) == 2);
}

TEST_CASE("rows are new, missing, failed or pending where a result is lacking", "[report]") {
  RunBench base;
  RunBench now;
  base.journal = {};
  base.add(test::kFloat, Images(181));
  base.add(test::kTwo, Images(101));
  base.plan.rows.push_back({2, "net", "some", {"2", ""}, "synthetic"});
  now.journal = {};
  now.journal.add({test::failure(test::kFloat, "out of memory"), 1});
  now.add(test::kEight, Images(179));
  const RunInFolder a = base.run();
  const RunInFolder b = now.run();
  const Comparison comparison = compare_runs(a, b);
  REQUIRE(comparison.rows.size() == 4);
  CHECK(comparison.rows[0].verdict == Verdict::Failed);
  CHECK(comparison.rows[0].note == "out of memory");
  CHECK(comparison.rows[1].verdict == Verdict::Added);
  CHECK(comparison.rows[1].note == "pending in the base");
  CHECK(comparison.rows[2].verdict == Verdict::Pending);
  CHECK(comparison.rows[3].verdict == Verdict::Missing);
  CHECK(comparison.rows[3].shown().row->policy == "some");
  CHECK(comparison.tests == 0);
}

TEST_CASE("rows on other images are not paired, which is said", "[report]") {
  const RunBench base;
  RunBench now;
  for (FrozenTrial& trial : now.plan.trials) {
    trial.evaluated = "others";
  }
  now.rename(1, "8111111111111111");
  now.rename(2, "2111111111111111");
  now.add("8111111111111111", Images(179));
  Record fewer = test::result("2111111111111111", 50, 0.5);
  fewer.final->images = 100;
  now.journal.add({fewer, 9});
  const RunInFolder a = base.run();
  const RunInFolder b = now.run();
  const Comparison comparison = compare_runs(a, b);
  CHECK(comparison.rows[0].verdict == Verdict::Same);  // the same trial has the same images
  CHECK(comparison.rows[1].verdict == Verdict::Unsure);
  CHECK_FALSE(comparison.rows[1].test);
  CHECK(comparison.rows[1].note ==
        "not paired: other images are evaluated: the data, or what is drawn from them, differ");
  CHECK(comparison.rows[2].note == "not paired: 200 images were evaluated in the base, 100 now");
}

TEST_CASE("a plan that does not tell its images is not trusted to have the same", "[report]") {
  RunBench base;
  RunBench now;
  base.plan.trials[1].evaluated = "";
  now.rename(1, "8111111111111111");
  now.add("8111111111111111", Images(179));
  const RunInFolder a = base.run();
  const RunInFolder b = now.run();
  CHECK(compare_runs(a, b).rows[1].note ==
        "not paired: the plan of " + base.directory() +
            " is of an earlier version, which does not tell the evaluated images");
}

TEST_CASE("bits that are missing or of another evaluation are not paired", "[report]") {
  const RunBench base;
  RunBench now;
  now.add(test::kTwo, Images(100));
  std::filesystem::remove(base.bits_path(test::kFloat));
  std::filesystem::remove(base.bits_path(test::kTwo));
  test::write_text(now.bits_path(test::kEight), Images(178).bits().bytes);
  const RunInFolder a = base.run();
  const RunInFolder b = now.run();
  const Comparison comparison = compare_runs(a, b);
  CHECK(comparison.rows[0].note == "not paired: " + base.bits_path(test::kFloat) + " is missing");
  CHECK(comparison.rows[0].verdict == Verdict::Same);  // the same trial with the same result
  CHECK(comparison.rows[1].note ==
        "not paired: " + now.bits_path(test::kEight) +
            " does not fit the journal: 25 bytes with 178 correct images, not 179 of 200");
  CHECK(comparison.rows[2].verdict == Verdict::Unsure);  // 50.50 and 50.00
}

TEST_CASE("a renamed row says its name in the base, and runs how they differ", "[report]") {
  RunBench base;
  RunBench now;
  base.meta.libtorch = "1.13.1";
  now.meta.libtorch = "2.6.0";
  now.meta.threads = 2;
  now.plan.rows[1].policy = "every";
  const RunInFolder a = base.run();
  const RunInFolder b = now.run();
  const Comparison comparison = compare_runs(a, b);
  CHECK(comparison.rows[1].note == "in the base: net all w=8 a=8.0");
  CHECK(comparison.rows[1].verdict == Verdict::Same);
  CHECK(comparison.differences ==
        std::vector<std::string>{"LibTorch: 1.13.1 in the base, 2.6.0 now",
                                 "threads: 1 in the base, 2 now"});
}

}  // namespace qsweep
