#include "qsweep/core/json.hpp"

#include <filesystem>
#include <string>

#include "command.hpp"
#include "mounting.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

using test::kManyFile;
using test::Mounted;
using test::run_mounting;
using test::told;
using test::Workplace;

// Each trial leaves 64 KiB: a megabyte is full after half of them.
const std::string kHeavy = R"({"*": "heavy"})";

int done_in(const Workplace& place, const std::string& name) {
  return Json::parse(place.text(name + ".out")).at("done");
}

}  // namespace

TEST_CASE("a file system of 1 MB fills up, and nothing that was written is lost", "[app]") {
  const Workplace undisturbed;
  undisturbed.write("many.yaml", kManyFile);
  REQUIRE(undisturbed.run("many.yaml").code == 0);

  const Workplace place;
  place.write("many.yaml", kManyFile);
  const std::string results = place.path("results");
  std::filesystem::create_directory(results);
  const std::string status = "status results/many --format json";
  const auto run = [&](const std::string& name) {
    return told(place, "many.yaml -j 2", name, kHeavy);
  };
  const Mounted mounted = run_mounting(
      place,
      "mount -t tmpfs -o size=1m tmpfs '" + results + "'\n" + run("full") +
          told(place, status, "status") + run("again") + told(place, status, "status_again") +
          "mount -o remount,size=8m '" + results + "'\n" + run("room") + "cp '" + results +
          "/many/results.csv' '" + place.path("results.csv") + "'\n");
  if (mounted == Mounted::Cannot) {
    return;
  }
  REQUIRE(mounted == Mounted::Done);

  for (const char* name : {"full", "again"}) {
    CHECK(place.text(std::string(name) + ".code") == "74\n");
    CHECK_THAT(place.text(std::string(name) + ".err"),
               ContainsSubstring(": cannot be written: No space left on device; the results so far "
                                 "are intact\n"));
  }
  CHECK(done_in(place, "status") > 5);
  CHECK(done_in(place, "status") < 31);
  CHECK(done_in(place, "status_again") >= done_in(place, "status"));
  CHECK(place.text("room.code") == "0\n");
  CHECK(place.text("results.csv") == undisturbed.text("results/many/results.csv"));
  CHECK(place.trials_started() <= 31 + 2 * 2);  // again: only what ran when the disk was full
}

}  // namespace qsweep
