#include "qsweep/report/row_matching.hpp"

#include "small_run.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

using Matches = std::vector<std::optional<size_t>>;

RowLabel row(const std::string& trial, const std::string& policy, const std::string& w) {
  return {trial, "net", policy, "synthetic", {{"w", w}}};
}

}  // namespace

TEST_CASE("rows of the same trial find each other, whatever their names", "[report]") {
  CHECK(match_rows({row("t1", "old", "8"), row("t2", "old", "4")},
                   {row("t2", "fresh", "4"), row("t1", "fresh", "8")}) == Matches{1, 0});
}

TEST_CASE("among the rows of one trial those of the same name belong together", "[report]") {
  CHECK(match_rows({row("t", "a", "8"), row("t", "a", "4"), row("t", "b", "4")},
                   {row("t", "b", "4"), row("t", "a", "4"), row("t", "c", "8")}) ==
        Matches{2, 1, 0});
}

TEST_CASE("a trial that changed is found by its row's name", "[report]") {
  CHECK(match_rows({row("t1", "a", "8"), row("t2", "a", "4")},
                   {row("t3", "a", "4.0"), row("t4", "a", "2")}) == Matches{1, std::nullopt});
}

TEST_CASE("the trial counts before the name", "[report]") {
  CHECK(match_rows({row("t1", "a", "8"), row("t2", "b", "8")},
                   {row("t2", "a", "8"), row("t1", "b", "8")}) == Matches{1, 0});
}

TEST_CASE("data decide between rows of one name, and else do not count", "[report]") {
  RowLabel other = row("t3", "a", "8");
  other.data = "mnist";
  CHECK(match_rows({row("t1", "a", "8"), other},
                   {RowLabel{"t9", "net", "a", "mnist", {{"w", "8"}}}}) == Matches{1});
  CHECK(match_rows({row("t1", "a", "8")}, {other}) == Matches{0});
}

TEST_CASE("float rows of several seeds are told apart by the rows that are compared with them",
          "[report]") {
  const auto seeds = [](const std::string& run, const std::vector<std::string>& of) {
    std::vector<RowLabel> rows;
    for (const std::string& seed : of) {
      const std::string trial = run + "float" + seed;
      rows.push_back({trial, "net", "float", "synthetic", {}, trial});
      rows.push_back({run + seed, "net", "p", "synthetic", {{"seed", seed}}, trial});
    }
    return rows;
  };
  CHECK(match_rows(seeds("a", {"0", "1"}), seeds("b", {"1"})) == Matches{2, 3});
  std::vector<RowLabel> of_csv = seeds("a", {"0", "1"});  // which does not tell what belongs
  for (RowLabel& row : of_csv) {
    row.float_trial.clear();
  }
  CHECK(match_rows(of_csv, seeds("b", {"1"})) == Matches{std::nullopt, 3});
  of_csv.resize(2);
  CHECK(match_rows(of_csv, seeds("b", {"0"})) == Matches{0, 1});
}

TEST_CASE("variables are compared by name, and empty ones do not count", "[report]") {
  const std::vector<RowLabel> labels = row_labels(test::small_run());
  REQUIRE(labels.size() == 3);
  CHECK(labels[0].values.empty());
  CHECK(labels[1].values ==
        std::vector<std::pair<std::string, std::string>>{{"w", "8"}, {"a", "8.0"}});
  RowLabel turned = labels[1];
  turned.trial = "another";
  std::swap(turned.values[0], turned.values[1]);
  CHECK(match_rows(labels, {turned}) == Matches{1});
  turned.values.pop_back();
  CHECK(match_rows(labels, {turned}) == Matches{std::nullopt});
}

}  // namespace qsweep
