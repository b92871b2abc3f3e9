#include "qsweep/core/json.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

using test::kManyFile;
using test::Workplace;

bool succeeds(const std::string& line) {
  return std::system(line.c_str()) == 0;
}

// Each trial leaves 64 KiB: a megabyte is full after half of them.
const std::string kHeavy = R"({"*": "heavy"})";

// What runs a line where file systems can be mounted that nobody else sees; empty: nothing does.
std::string mounting_shell(const Workplace& place) {
  const std::string mount =
      " sh -c 'mount -t tmpfs -o size=1m tmpfs " + place.path("results") + "' 2>/dev/null";
  for (const char* shell : {"unshare -m", "unshare -rm"}) {
    if (succeeds(shell + mount)) {
      return shell;
    }
  }
  return "";
}

// A line for the shell: qsweep, its streams and its exit code into files of that name.
std::string told(const Workplace& place, const std::string& arguments, const std::string& name) {
  return "(" + place.shell_line(arguments, kHeavy) + ") >'" + place.path(name + ".out") + "' 2>'" +
         place.path(name + ".err") + "' </dev/null; echo $? > '" + place.path(name + ".code") +
         "'\n";
}

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
  const std::string shell = mounting_shell(place);
  if (shell.empty()) {
    WARN("skipped: no file system can be mounted here, not even in a namespace of its own");
    return;
  }
  const std::string status = "status results/many --format json";
  place.write("script",
              "mount -t tmpfs -o size=1m tmpfs '" + results + "' || exit 1\n" +
                  told(place, "many.yaml -j 2", "full") + told(place, status, "status") +
                  told(place, "many.yaml -j 2", "again") + told(place, status, "status_again") +
                  "mount -o remount,size=8m '" + results + "' || exit 1\n" +
                  told(place, "many.yaml -j 2", "room") + "cp '" + results +
                  "/many/results.csv' '" + place.path("results.csv") + "'\n");
  REQUIRE(succeeds(shell + " sh '" + place.path("script") + "'"));

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
