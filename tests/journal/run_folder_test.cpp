#include "qsweep/journal/run_folder.hpp"

#include "qsweep/core/error.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/listed_plan.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

using test::ListedPlan;
using test::read_text;
using test::ScratchFolder;
using test::small_plan;
using test::write_text;

Node scalar(const std::string& text) {
  Node node;
  node.kind = Node::Kind::Scalar;
  node.text = text;
  return node;
}

RunMeta meta() {
  RunMeta meta;
  meta.qsweep = "0.1.0";
  meta.libtorch = "1.13.1";
  meta.numerics = 1;
  meta.threads = 2;
  meta.device = "cuda:0";
  meta.created = "2024-01-02T03:04:05Z";
  meta.data = Json::array({{{"name", "synthetic"}, {"fingerprint", "abc"}}});
  meta.plugins = {{"/lib/net.so", "01ab"}};
  return meta;
}

}  // namespace

TEST_CASE("a frozen plan is loaded as it was planned", "[journal]") {
  const ScratchFolder run;
  ListedPlan plan = small_plan();
  plan.costs[2] = Cost{2.5, 3.25, 1000, 2000, 3000, 4000.5, 5000};
  plan.trials[2].settings.limit = 100;
  plan.trials[2].settings.validation = "train[:500]";
  plan.trials[2].calibrated_on_test = 60;
  freeze(run.path(), plan, "qsweep: 1\n", meta());

  const FrozenPlan frozen = load_plan(run.path());
  CHECK(frozen.experiment == "bits");
  CHECK(frozen.variables == std::vector<std::string>{"w"});
  REQUIRE(frozen.rows.size() == 4);
  CHECK(frozen.rows[0].policy == "float");
  CHECK(frozen.rows[2].values == std::vector<std::string>{"2"});
  CHECK(frozen.rows[3].policy == "some");
  CHECK(frozen.rows[3].data == "synthetic");
  CHECK(frozen.trial_of(frozen.rows[3]).id == "8000000000000000");
  REQUIRE(frozen.trials.size() == 3);
  CHECK(frozen.trials[0].is_float());
  CHECK(frozen.trials[2].float_trial == "f000000000000000");
  CHECK(frozen.trials[2].cost.output_bits == 3.25);
  CHECK(frozen.trials[2].cost.bops == 3000);
  CHECK(frozen.trials[2].cost.trial_macs == 4000.5);
  CHECK(frozen.trials[2].cost.memory == 5000);
  CHECK(frozen.trials[2].limit == 100);
  CHECK(frozen.trials[2].best_on == "train[:500]");
  CHECK(frozen.trials[2].calibrated_on_test == 60);
  CHECK(read_text(run.path("experiment.yaml")) == "qsweep: 1\n");
}

TEST_CASE("a plan tells which trials evaluate the same images", "[journal]") {
  const ScratchFolder run;
  CHECK_FALSE(is_run_folder(run.path()));
  ListedPlan plan = small_plan();
  const Json data{{"fingerprint", "da7a"}, {"images", 0}, {"resize", 0}, {"crop", 0}};
  for (Trial& trial : plan.trials) {
    trial.key = {{"data", data}};
  }
  plan.trials[1].settings.seed = 3;  // all images: no draw
  plan.trials[2].settings.limit = 100;
  plan.add("4000000000000000", "f000000000000000", "net", "all", {"4"});
  plan.trials[3].key = plan.trials[2].key;
  plan.trials[3].settings.limit = 100;
  plan.trials[3].settings.seed = 3;
  plan.add("3000000000000000", "f000000000000000", "net", "all", {"3"});
  plan.trials[4].key = {{"data", data}};
  plan.trials[4].key["data"]["fingerprint"] = "db7b";
  plan.add("5000000000000000", "f000000000000000", "net", "all", {"5"});
  freeze(run.path(), plan, "", meta());
  CHECK(is_run_folder(run.path()));
  const std::vector<FrozenTrial> trials = load_plan(run.path()).trials;
  CHECK(trials[0].evaluated.size() == 16);
  CHECK(trials[0].evaluated == trials[1].evaluated);
  CHECK(trials[0].evaluated != trials[2].evaluated);
  CHECK(trials[2].evaluated != trials[3].evaluated);
  CHECK(trials[0].evaluated != trials[4].evaluated);
  CHECK(trials[5].evaluated.empty());  // nothing is known of its data
}

TEST_CASE("a plan that was cut off is damaged, and says what to do", "[journal]") {
  const ScratchFolder run;
  freeze(run.path(), small_plan(), "", meta());
  const std::string path = run.path("plan.jsonl");
  const std::string text = test::read_text(path);
  test::write_text(path, text.substr(0, text.size() - 1));
  CHECK_THROWS_WITH(load_plan(run.path()),
                    path + ":4: damaged: cut off; delete it, and the run's command writes it anew");
}

TEST_CASE("so is a plan that lost whole lines", "[journal]") {
  const ScratchFolder run;
  freeze(run.path(), small_plan(), "", meta());
  const std::string path = run.path("plan.jsonl");
  const std::string text = test::read_text(path);
  test::write_text(path, text.substr(0, text.rfind('\n', text.size() - 2) + 1));
  CHECK_THROWS_WITH(load_plan(run.path()),
                    path + ":4: damaged: cut off; delete it, and the run's command writes it anew");
}

TEST_CASE("a meta.json that is damaged says how to go on", "[journal]") {
  const ScratchFolder run;
  test::write_text(run.path("meta.json"), "");
  CHECK_THROWS_WITH(read_meta(run.path()),
                    run.path("meta.json") +
                        ": is damaged; restore it (\"threads\" and \"device\" must be those with "
                        "which the run was started), or give another --out");
}

TEST_CASE("meta.json says what the run was made with", "[journal]") {
  const ScratchFolder run;
  CHECK_FALSE(read_meta(run.path()));
  freeze(run.path(), small_plan(), "", meta());
  const auto back = read_meta(run.path());
  REQUIRE(back);
  CHECK(back->libtorch == "1.13.1");
  CHECK(back->threads == 2);
  CHECK(back->device == "cuda:0");
  CHECK(back->created == "2024-01-02T03:04:05Z");
  CHECK(back->data.at(0).at("fingerprint") == "abc");
  CHECK(back->plugins.at(0).path == "/lib/net.so");
  CHECK(back->plugins.at(0).hash == "01ab");

  Json earlier = Json::parse(read_text(run.path("meta.json")));
  earlier.erase("plugins");  // a version that had none
  write_text(run.path("meta.json"), earlier.dump());
  CHECK(read_meta(run.path())->plugins.empty());

  write_text(run.path("meta.json"), "{}");
  CHECK_THROWS_AS(read_meta(run.path()), IoError);
}

TEST_CASE("a worker reads all of one trial", "[journal]") {
  const ScratchFolder run;
  ListedPlan plan = small_plan();
  plan.trials[1].groups = {{Json{{"quantizer", "uniform"}, {"bits", 8}}, {0, 2, 5}, "all:1"}};
  freeze(run.path(), plan, "", meta());
  const Trial trial = read_trial(run.path(), "8000000000000000");
  CHECK(trial.id == "8000000000000000");
  CHECK(trial.float_trial == "f000000000000000");
  REQUIRE(trial.groups.size() == 1);
  CHECK(trial.groups[0].sites == std::vector<int>{0, 2, 5});
  CHECK_THROWS_WITH(read_trial(run.path(), "1234"),
                    run.path("plan.jsonl") + ": has no trial '1234'");
}

TEST_CASE("an edited plan says what it kept, added and dropped", "[journal]") {
  const ScratchFolder run;
  ListedPlan plan = small_plan();
  CHECK(freeze(run.path(), plan, "", meta()).is_first);
  plan.trials[2].id = "3000000000000000";
  plan.add("4000000000000000", "f000000000000000", "net", "all", {"4"});
  const PlanChange change = freeze(run.path(), plan, "", meta());
  CHECK_FALSE(change.is_first);
  CHECK(change.kept == 2);
  CHECK(change.added == 2);
  CHECK(change.gone == 1);
  CHECK(load_plan(run.path()).trials.size() == 4);
}

TEST_CASE("a gate against a baseline is for float rows too", "[journal]") {
  const ScratchFolder run;
  ListedPlan plan = small_plan();
  Gate gate;
  gate.metric = "top1";
  gate.vs = "/work/base.csv";
  plan.gate_list.push_back(gate);
  freeze(run.path(), plan, "", meta());
  const FrozenPlan frozen = load_plan(run.path());
  CHECK(frozen.gates.at(0).vs == "/work/base.csv");
  CHECK(frozen.gates.at(0).rows == std::vector<uint32_t>{0, 1, 2, 3});
}

TEST_CASE("a gate against float is frozen with the rows that it matches, never a float row",
          "[journal]") {
  const ScratchFolder run;
  ListedPlan plan = small_plan();
  plan.trials[2].settings.seed = 7;
  plan.trials[1].settings.finetune = Training();
  Gate gate;
  gate.metric = "top1";
  gate.vs = "float";
  gate.max_drop = 1.5;
  plan.gate_list.push_back(gate);
  gate.where.any_of = {{"w", {scalar("8.0")}}, {"policy", {scalar("all"), scalar("none")}}};
  plan.gate_list.push_back(gate);
  gate.where.any_of = {{"seed", {scalar("7")}}};
  plan.gate_list.push_back(gate);
  gate.where.any_of = {{"finetune.ema", {scalar("0")}}, {"finetune.start_bits", {scalar("none")}}};
  plan.gate_list.push_back(gate);
  freeze(run.path(), plan, "", meta());
  const FrozenPlan frozen = load_plan(run.path());
  REQUIRE(frozen.gates.size() == 4);
  CHECK(frozen.gates[0].rows == std::vector<uint32_t>{1, 2, 3});
  CHECK(frozen.gates[0].max_drop == 1.5);
  CHECK(frozen.gates[0].vs == "float");
  CHECK(frozen.gates[1].rows == std::vector<uint32_t>{1});
  CHECK(frozen.gates[1].where == "policy=all|none w=8.0");
  CHECK(frozen.gates[2].rows == std::vector<uint32_t>{2});
  CHECK(frozen.gates[3].rows == std::vector<uint32_t>{1, 3});  // as in the file, though not set
}

TEST_CASE("a damaged plan is an error that names the line", "[journal]") {
  const ScratchFolder run;
  freeze(run.path(), small_plan(), "", meta());
  const std::string text = read_text(run.path("plan.jsonl"));
  write_text(run.path("plan.jsonl"), text.substr(0, text.find('\n') + 20));
  CHECK_THROWS_WITH(load_plan(run.path()),
                    ContainsSubstring(run.path("plan.jsonl") + ":2: damaged: "));
  write_text(run.path("plan.jsonl"), "");
  CHECK_THROWS_WITH(load_plan(run.path()),
                    run.path("plan.jsonl") +
                        ":1: damaged: empty; delete it, and the run's command writes it anew");
}

TEST_CASE("a folder without a run says so", "[journal]") {
  CHECK_THROWS_WITH(load_plan("/nowhere"),
                    "/nowhere: no run in this folder: /nowhere/plan.jsonl: "
                    "No such file or directory");
  const test::ScratchFolder results;
  std::filesystem::create_directory(results.path("bits"));
  CHECK_THROWS_WITH(load_plan(results.path("bts")),
                    ContainsSubstring("; did you mean '" + results.path("bits") + "'?"));
}

}  // namespace qsweep
