// The installed command and docs/examples/plugin, which was built against the installed package.

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "sweep/sweep_run.hpp"

using namespace qsweep::test;
using Json = nlohmann::json;

namespace {

/// A folder with the example's experiment file, and its library where that names it.
class Place {
 public:
  Place() {
    std::filesystem::create_directory(path("build"));
    std::filesystem::copy(QSWEEP_EXAMPLE "/build/libstripes.so", library());
    write_text(path("bits.yaml"), read_text(QSWEEP_EXAMPLE "/bits.yaml"));
  }

  std::string path(const std::string& name) const { return folder_.path(name); }
  std::string library() const { return path("build/libstripes.so"); }
  Finished qsweep(const std::string& arguments, const std::string& from = "") const {
    return shell("cd '" + (from.empty() ? folder_.path() : from) + "' && QSWEEP_CACHE='" +
                 path("cache") + "' '" QSWEEP_COMMAND "' " + arguments);
  }

  /// The library as if it had been built anew: the same code in a file of another content.
  void build_again() const { std::ofstream(library(), std::ios::app) << "built again"; }

  /// What `plan` says of a file whose second line names these plugins.
  Finished plan_with(const std::string& plugins) const {
    write_text(path("x.yaml"), "qsweep: 1\nplugins: " + plugins + "\nmatrix: {}\n");
    return qsweep("plan x.yaml");
  }

 private:
  ScratchFolder folder_;
};

std::vector<CsvRow> results(const Place& place, const std::string& run) {
  return csv_rows(read_text(place.path(run + "/results.csv")));
}

}  // namespace

TEST_CASE("what a plugin brings is listed, planned and inspected with its source", "[package]") {
  const Place place;
  const std::string from = " (from " + place.library() + ")\n";
  const Finished list = place.qsweep("list --plugin build/libstripes.so");
  CHECK(list.code == 0);
  CHECK_THAT(list.out, ContainsSubstring("two convolutions and a mean {width: 8}" + from));
  CHECK_THAT(list.out, ContainsSubstring("signed integers times 2^-fraction" + from));
  CHECK_THAT(list.out, ContainsSubstring("stripes in four directions; 16x16 gray" + from));
  const Json json =
      Json::parse(place.qsweep("list quantizers --format json --plugin build/libstripes.so").out);
  CHECK(json.back().at("name") == "fixed_point");
  CHECK(json.back().at("plugin") == place.library());
  CHECK(json.front().contains("plugin") == false);

  const Finished plan = place.qsweep("plan bits.yaml");
  CHECK(plan.code == 0);
  CHECK_THAT(plan.out,
             ContainsSubstring("\nplugins\n  " + place.library() +
                               ": small_net (model), fixed_point (quantizer), stripes (data set)"));

  const Finished plain = place.qsweep("inspect small_net");
  CHECK(plain.code == 2);
  CHECK_THAT(plain.out, ContainsSubstring("unknown model 'small_net'"));
  const Finished shown =
      place.qsweep("inspect small_net -p bits.yaml:fixed --set w=4 --images 1x16x16 --format json");
  INFO(shown.out);
  REQUIRE(shown.code == 0);
  const Json network = Json::parse(shown.out);
  CHECK(network.at("total").at("parameters") == 8 * 9 + 8 + 16 * 8 * 9 + 16 + 10 * 16 + 10);
  CHECK(network.at("layers").at(0).at("path") == "conv1");
}

TEST_CASE("a run with a plugin goes on, on other machines too, as long as its build is the same",
          "[package]") {
  const Place place;
  const Finished first = place.qsweep("bits.yaml -o run --set keep=last");
  INFO(first.out);
  REQUIRE(first.code == 0);
  const auto rows = results(place, "run");
  REQUIRE(rows.size() == 15);
  std::string exported;
  for (const CsvRow& row : rows) {
    CHECK(row.at("status") == "done");
    CHECK(row.at("data") == "stripes");
    CHECK(std::stod(row.at("top1")) > 30);  // of four classes
    if (row.at("policy") == "fixed") {
      CHECK(row.at("weight_bits") == row.at("w"));
      exported = row.at("trial");
    }
  }
  const Json meta = Json::parse(read_text(place.path("run/meta.json")));
  CHECK(meta.at("plugins").at(0).at("path") == place.library());
  CHECK_THAT(read_text(place.path("run/experiment.yaml")),
             ContainsSubstring("plugins: [" + place.library() + "]"));
  const Finished codes =
      place.qsweep("export '" + place.path("run") + "' " + exported + " --as codes", "/");
  INFO(codes.out);
  CHECK(codes.code == 0);

  const std::string journals = "cat '" + place.path("run/journal") + "'/*";
  const std::string before = shell(journals).out;
  CHECK(place.qsweep("bits.yaml -o run --set keep=last").code == 0);
  CHECK(shell(journals).out == before);

  CHECK(place.qsweep("bits.yaml -o sliced --on parallel --print --only policy=fixed").code == 0);
  const std::string slice = "worker '" + place.path("sliced") + "' --slice 0";
  const Finished sliced = place.qsweep(slice, "/");
  INFO(sliced.out);
  CHECK(sliced.code == 0);

  place.build_again();
  CHECK(place.qsweep("bits.yaml -o more --on parallel --print --only policy=fixed").code == 0);
  std::filesystem::copy_file(QSWEEP_EXAMPLE "/build/libstripes.so",
                             place.library(),
                             std::filesystem::copy_options::overwrite_existing);
  const Finished other = place.qsweep("worker more --slice 0");
  CHECK(other.code == 2);
  CHECK_THAT(other.out,
             ContainsSubstring(place.library() +
                               ": is not the build that this run was planned with; give the run's "
                               "command again, which plans anew"));

  // lenet5 in float and with `uniform` has nothing of the plugin but the images, which are the
  // same.
  place.build_again();
  const Finished again = place.qsweep("plan bits.yaml -o run --format json");
  const Json plan = Json::parse(again.out);
  CHECK(plan.at("trials") == 15);
  CHECK(plan.at("done") == 3);
}

TEST_CASE("a plugin that is no use is refused at its place", "[package]") {
  const Place place;
  const std::string broken = QSWEEP_BROKEN "/lib";
  const auto refused = [&place](const std::string& plugins, int column, const std::string& why) {
    const Finished plan = place.plan_with(plugins);
    CHECK(plan.code == 2);
    CHECK_THAT(plan.out,
               ContainsSubstring("x.yaml:2:" + std::to_string(column) + ": error: " + why) &&
                   ContainsSubstring("\nplugins: " + plugins + "\n") && ContainsSubstring("^"));
  };
  refused("build/libstripes.so", 10, "'plugins' must be a list, got 'build/libstripes.so'");
  refused("[build/libstripe.so]",
          11,
          "no such file: " + place.path("build/libstripe.so") + "; did you mean '" +
              place.library() + "'?");
  refused("[build]", 11, place.path("build") + " is a folder, not a shared library");
  refused("[x.yaml]", 11, place.path("x.yaml") + ": is not a shared library");
  refused("[build/libstripes.so, build/../build/libstripes.so]",
          32,
          place.library() + " is named twice");
  refused("['" + broken + "none.so']",
          11,
          broken + "none.so: is no plugin of qsweep: it has no QSWEEP_PLUGIN");
  refused("['" + broken + "other.so']",
          11,
          broken +
              "other.so: was built with qsweep 0.0.1, LibTorch 1.12.0, C++ ABI 0, and this is "
              "qsweep ");
  refused("['" + broken + "incomplete.so']", 11, broken + "incomplete.so: cannot be loaded: ");
  refused("['" + broken + "crashing.so']",
          11,
          broken + "crashing.so: the worker that loaded it was killed by signal 11 (SIGSEGV)");
  std::filesystem::copy(place.library(), place.path("build/copy.so"));
  refused("[build/libstripes.so, build/copy.so]",
          32,
          place.path("build/copy.so") + ": there is a model 'small_net' already");
}

TEST_CASE("what a plugin prints does not come between the worker and the command", "[package]") {
  const Place place;
  write_text(
      place.path("x.yaml"),
      "qsweep: 1\nplugins: [" QSWEEP_BROKEN
      "/libchatty.so]\ndata: {name: synthetic, images: 100}\npretrain: {epochs: 1, batch: 50}\n"
      "policies: {p: [{type: Linear, weight: {quantizer: uniform, bits: 8}}]}\n"
      "matrix: {model: [mlp], policy: [p]}\n");
  const Finished run = place.qsweep("x.yaml");
  INFO(run.out);
  CHECK(run.code == 0);
}

TEST_CASE("the command line names plugins, and refuses them", "[package]") {
  const Place place;
  write_text(place.path("x.yaml"),
             "qsweep: 1\npolicies: {p: [{type: Linear, output: float}]}\n"
             "matrix: {model: [small_net], policy: [p]}\n");
  CHECK_THAT(place.qsweep("plan x.yaml").out, ContainsSubstring("unknown model 'small_net'"));
  const Finished missing = place.qsweep("plan x.yaml --plugin build/libstripe.so");
  CHECK(missing.code == 2);
  CHECK_THAT(missing.out, ContainsSubstring("--plugin build/libstripe.so: error: no such file: "));
  const Finished refused = place.qsweep("bits.yaml --no-plugins");
  CHECK(refused.code == 2);
  CHECK_THAT(refused.out,
             ContainsSubstring("bits.yaml:3:11: error: " + place.library() +
                               " is a plugin, which --no-plugins refuses: its code would run"));
}
