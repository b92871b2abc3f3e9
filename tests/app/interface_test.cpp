#include "qsweep/core/json.hpp"

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {

using test::Outcome;
using test::Workplace;

TEST_CASE("the data go to standard output, all else to standard error", "[app]") {
  const Workplace place;
  const Outcome run = place.run("bits.yaml -j 1");
  CHECK(run.code == 0);
  CHECK(run.out ==
        "| model    | policy | float |           w=8 |            w=4 |            w=2 |\n"
        "|----------|--------|------:|--------------:|---------------:|---------------:|\n"
        "| residual | all    | 90.00 | 85.00 (-5.00) | 80.00 (-10.00) | 70.00 (-20.00) |\n"
        "\n"
        "top-1 in percent on 1000 images; in brackets the change against float, in points\n");
  CHECK_THAT(run.err, ContainsSubstring("[1/4] residual float  90.00  "));
  CHECK_THAT(run.err, ContainsSubstring("[2/4] residual all w=8  85.00 (-5.00)  "));
  CHECK_THAT(run.err, ContainsSubstring("results: results/bits/results.csv\n"));
}

TEST_CASE("quietly, a run says nothing but its table", "[app]") {
  const Workplace place;
  const Outcome run = place.run("run bits.yaml -q --format csv -o here");
  CHECK(run.code == 0);
  CHECK(run.err.empty());
  CHECK(run.out == place.text("here/results.csv"));
}

TEST_CASE("plan says what would run and leaves nothing", "[app]") {
  const Workplace place;
  const Outcome plan = place.run("plan bits.yaml");
  CHECK(plan.code == 0);
  CHECK_THAT(plan.out, ContainsSubstring("bits: 4 rows, 4 distinct trials, 0 done, 4 to run\n"));
  CHECK(place.text("results/bits/plan.jsonl").empty());
  CHECK(place.trials_started() == 0);
  place.run("bits.yaml");
  const Json summary = Json::parse(place.run("plan bits.yaml --format json").out);
  CHECK(summary.at("done") == 4);
  CHECK(summary.at("to_run") == 0);
}

TEST_CASE("status and report read a run without a worker", "[app]") {
  const Workplace place;
  place.run("bits.yaml", R"({"2": "fail"})");
  const std::string log = place.text("fake.log");
  const Outcome status = place.run("status results/bits");
  CHECK(status.code == 0);
  CHECK_THAT(status.out,
             ContainsSubstring("bits: 4 trials for 4 rows: 3 done, 1 failed, 0 pending\n"));
  CHECK_THAT(status.out, ContainsSubstring(" residual all w=2: /data/x: a made-up reason\n"));
  const Json json = Json::parse(place.run("status results/bits --format json").out);
  CHECK(json.at("failed") == 1);
  CHECK(json.at("running").is_null());
  const Outcome report = place.run("report results/bits results/bits --format csv");
  CHECK(report.code == 0);
  CHECK(std::count(report.out.begin(), report.out.end(), '\n') == 9);
  CHECK(place.text("fake.log") == log);
}

TEST_CASE("report makes a table of several runs by names", "[app]") {
  const Workplace place;
  place.run("bits.yaml -o old");
  place.run("bits.yaml -o new", R"({"8": "lose 30"})");
  const Outcome table = place.run(
      "report old new --rows model,policy --columns w,run --value top1,delta --format csv");
  CHECK(table.code == 0);
  CHECK(table.out ==
        "model,policy,w=8 old top1,w=8 old delta,w=8 new top1,w=8 new delta,w=4 old top1,w=4 old "
        "delta,w=4 new top1,w=4 new delta,w=2 old top1,w=2 old delta,w=2 new top1,w=2 new delta\n"
        "residual,all,85.00,-5.00,82.00,-8.00,80.00,-10.00,80.00,-10.00,70.00,-20.00,70.00,"
        "-20.00\n");
  CHECK_THAT(place.run("report old new --columns w --format latex").out,
             ContainsSubstring("\n  residual & all & 85.00 & 80.00 & 70.00 & 82.00 & 80.00 & 70.00 "
                               "\\\\\n"));
  const Outcome wrong = place.run("report old --columns bits");
  CHECK(wrong.code == 2);
  CHECK(wrong.err ==
        "qsweep: error: --columns: unknown name 'bits'; known are run, experiment, model, policy, "
        "data, w\n");
  CHECK_THAT(place.run("report old --format latex").out,
             ContainsSubstring("\n  residual & all & 90.00 & 85.00 ($-$5.00) & "));
}

TEST_CASE("list tells what can be named", "[app]") {
  const Workplace place;
  CHECK(place.run("list models").out == "residual\nattention\n");
  CHECK_THAT(place.run("list").out,
             ContainsSubstring("quantizers\n  uniform\n  sign\n  grouped\n"));
  CHECK(place.run("list calibrators").out == "minmax\npercentile   {p: 99.99}\n");
  const Json calibrators = Json::parse(place.run("list calibrators --format json").out);
  CHECK(calibrators.at(0).at("name") == "minmax");
  CHECK(calibrators.at(1).at("parameters").at(0).at("default_value") == 99.99);
  CHECK(place.run("list corrections").out == "fold\nround   {steps: 10}\n");
}

TEST_CASE("list quantizers tells all that a rule can say of each", "[app]") {
  const Workplace place;
  const std::string text = place.run("list quantizers").out;
  CHECK_THAT(text,
             ContainsSubstring(
                 "uniform\n"
                 "  bits         2 to 16\n"
                 "  granularity  per_tensor or per_channel (default per_tensor): one scale for the "
                 "tensor, or one per\n"
                 "               channel\n"
                 "  symmetric    true or false (default true for weights, else false)\n"
                 "\n"
                 "sign\n"
                 "  bits   always 1\n"
                 "  scale  none or mean_abs (default none)\n"));
  CHECK_THAT(text,
             ContainsSubstring("blocks\n"
                               "  bits    those of its format\n"
                               "  format  block4 (required)\n"
                               "  block   whole, 1 to 1024 (default 4)\n"
                               "  axis    channels or last (default channels)\n"
                               "  short   block4\n"
                               "  paper   OCP 2023\n"
                               "\n"
                               "clipped\n"
                               "  bits    2 to 8\n"
                               "  for     outputs and inputs only\n"));
  const Json json = Json::parse(place.run("list quantizers --format json").out);
  CHECK(json.at(3).at("scales").at(1) ==
        Json{{"when", Json::object()}, {"per", "block"}, {"length", "block"}});
  CHECK(json.at(4).at("unsigned_when") == Json{{"signed", false}});
}

TEST_CASE("every subcommand explains itself, and every shell gets a completion", "[app]") {
  const Workplace place;
  for (const char* name : test::kSubcommands) {
    const Outcome help = place.run(std::string(name) + " --help");
    CHECK(help.code == 0);
    CHECK_THAT(place.run("--help").out, ContainsSubstring(std::string("\n  ") + name + " "));
    for (const char* shell : {"bash", "zsh", "fish"}) {
      CHECK_THAT(place.run(std::string("completion ") + shell).out, ContainsSubstring(name));
    }
  }
  CHECK_THAT(place.run("completion bash").out, ContainsSubstring("--progress"));
  for (const char* option : {"--gate", "--on", "--detach", "--no-scripts", "--as", "--slice"}) {
    CHECK_THAT(place.run("completion bash").out, ContainsSubstring(option));
    CHECK_THAT(place.run("completion zsh").out, ContainsSubstring(option));
    CHECK_THAT(place.run("completion fish").out,
               ContainsSubstring(std::string("-l ") + (option + 2)));
  }
  place.write("completion.bash", place.run("completion bash").out);
  CHECK(std::system(("bash -n '" + place.path("completion.bash") + "'").c_str()) == 0);
}

TEST_CASE("bash completes options and the values that they take", "[app]") {
  const Workplace place;
  place.write("completion.bash", place.run("completion bash").out);
  const auto completions = [&place](const std::string& words) {
    const std::string script = "source '" + place.path("completion.bash") + "'; COMP_WORDS=(" +
                               words +
                               "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _qsweep; echo \"" +
                               "${COMPREPLY[@]}\" >'" + place.path("words") + "'";
    place.write("complete.bash", script);
    REQUIRE(std::system(("bash '" + place.path("complete.bash") + "'").c_str()) == 0);
    return place.text("words");
  };
  CHECK(completions("qsweep comple") == "completion\n");
  CHECK(completions("qsweep completion ''") == "bash zsh fish\n");
  CHECK(completions("qsweep x.yaml --ju") == "--junit\n");
  CHECK(completions("qsweep x.yaml --progress ''") == "auto bar plain none\n");
  CHECK(completions("qsweep run x.yaml --on sl") == "slurm\n");
  CHECK(completions("qsweep export results/x abc --as to") == "torchscript\n");
}

TEST_CASE("the record of a run names it, though the file does not", "[app]") {
  const Workplace place;
  std::string text = place.text("bits.yaml");
  text.erase(text.find("name: bits\n"), 11);
  place.write("nameless.yaml", text);
  CHECK(place.run("nameless.yaml").code == 0);
  CHECK_THAT(place.run("plan results/nameless/experiment.yaml").out,
             ContainsSubstring("nameless: "));
}

TEST_CASE("--set and --limit reach the trials and the record of the run", "[app]") {
  const Workplace place;
  CHECK(place.run("bits.yaml --limit 50 --set seed=3").code == 0);
  CHECK_THAT(place.text("results/bits/experiment.yaml"), ContainsSubstring("limit: 50"));
  CHECK_THAT(place.text("results/bits/experiment.yaml"), ContainsSubstring("seed: 3"));
  CHECK_THAT(place.run("report results/bits").out,
             ContainsSubstring("(limited by evaluate.limit)"));
}

}  // namespace qsweep
