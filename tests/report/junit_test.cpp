#include "qsweep/report/junit.hpp"

#include "small_run.hpp"
#include "support/catch.hpp"

namespace qsweep {

TEST_CASE("JUnit's XML has a case per row: gates are failures, failed trials errors", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.rows.push_back({1, "net", "again & \"again\"", {"8", ""}, "synthetic"});
  plan.gates = {{"top1", 1, "", {1}}};
  Journal journal;
  journal.add({test::result(test::kFloat, 90, 0.4), 1});
  journal.add({test::result(test::kEight, 80, 0.4), 2});
  Record failed = test::failure(test::kTwo, "a <bad> \x01 byte");
  failed.error_text = "line 1\nline 2 \xff";
  journal.add({failed, 3});
  const Results results(std::move(plan), std::move(journal));
  CHECK(junit_xml(results, {0, 1, 2}, check_gates(results.plan().gates, results, {})) ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuite name=\"bits\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"0\" "
        "time=\"5.250\">\n"
        "  <testcase classname=\"bits\" name=\"net float\" time=\"1.750\"/>\n"
        "  <testcase classname=\"bits\" name=\"net all w=8 a=8.0\" time=\"1.750\">\n"
        "    <failure type=\"gate\" message=\"gate: net all w=8 a=8.0: top1 fell by 10.00, at most "
        "1.00 is allowed\">gate: net all w=8 a=8.0: top1 fell by 10.00, at most 1.00 is "
        "allowed</failure>\n"
        "  </testcase>\n"
        "  <testcase classname=\"bits\" name=\"net all w=2 a=2\" time=\"0.000\">\n"
        "    <error type=\"error\" message=\"a &lt;bad&gt; ? byte\">line 1&#10;line 2 "
        "\xef\xbf\xbd</error>\n"
        "  </testcase>\n"
        "  <testcase classname=\"bits\" name=\"net again &amp; &quot;again&quot; w=8\" "
        "time=\"1.750\"/>\n"
        "</testsuite>\n");
}

TEST_CASE("JUnit's XML has each row whose gate is broken, selected or not", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.gates = {{"top1", 1, "", {1}}};
  Journal journal;
  journal.add({test::result(test::kFloat, 90, 0.4), 1});
  journal.add({test::result(test::kEight, 80, 0.4), 2});
  const Results results(std::move(plan), std::move(journal));
  CHECK_THAT(junit_xml(results, {0}, check_gates(results.plan().gates, results, {})),
             ContainsSubstring("tests=\"2\" failures=\"1\""));
}

TEST_CASE("JUnit's XML has the rows that were selected, and pending ones as skipped", "[report]") {
  const Results results(test::small_frozen_plan(), Journal());
  CHECK(junit_xml(results, {2}, {}) ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuite name=\"bits\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\" "
        "time=\"0.000\">\n"
        "  <testcase classname=\"bits\" name=\"net all w=2 a=2\" time=\"0.000\">\n"
        "    <skipped message=\"pending\"/>\n"
        "  </testcase>\n"
        "</testsuite>\n");
}

}  // namespace qsweep
