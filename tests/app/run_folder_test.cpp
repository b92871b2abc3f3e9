#include "qsweep/engine/child_process.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <zlib.h>

#include "command.hpp"
#include "mounting.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

namespace fs = std::filesystem;
using test::kManyFile;
using test::Mounted;
using test::Outcome;
using test::run_mounting;
using test::told;
using test::Workplace;

std::string with_crc(const std::string& object) {
  const auto* bytes = reinterpret_cast<const Bytef*>(object.data());
  char crc[9];
  std::snprintf(crc,
                sizeof crc,
                "%08x",
                static_cast<unsigned>(::crc32(0, bytes, static_cast<uInt>(object.size()))));
  return object.substr(0, object.size() - 1) + ",\"crc\":\"" + crc + "\"}\n";
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

TEST_CASE("a run's folder that is read-only: 74 with the reason, and what is there stays",
          "[app]") {
  const Workplace place;
  REQUIRE(place.run("bits.yaml --skip w=2").code == 0);
  const std::string csv = place.text("results/bits/results.csv");
  const std::string results = place.path("results");
  const Mounted mounted = run_mounting(
      place,
      "mount --bind '" + results + "' '" + results + "'\nmount -o remount,bind,ro '" + results +
          "'\n" + told(place, "bits.yaml", "run") + told(place, "status results/bits", "status") +
          told(place, "report results/bits", "report"));
  if (mounted == Mounted::Cannot) {
    return;
  }
  REQUIRE(mounted == Mounted::Done);
  CHECK(place.text("run.code") == "74\n");
  CHECK(
      place.text("run.err") ==
      "qsweep: error: results/bits/lock: cannot be written: Read-only file system; the results so "
      "far are intact\n");
  CHECK(place.text("status.code") == "0\n");
  CHECK(place.text("report.code") == "0\n");
  CHECK(place.text("results/bits/results.csv") == csv);
  CHECK(place.run("bits.yaml").code == 0);
  CHECK(place.trials_started() == 4);
}

TEST_CASE("a run's folder that vanishes while it is run: 74, and the same command starts anew",
          "[app]") {
  const Workplace place;
  ChildProcess command(
      {"/bin/sh", "-c", place.shell_line("bits.yaml -j 1 -q 2>err", R"({"*": "second"})")},
      ChildProcess::Errors::Piped);
  for (int i = 0; i < 200 && place.text("fake.log").find("trial 8") == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  fs::rename(place.path("results"), place.path("moved"));
  CHECK(command.wait().code == 74);
  CHECK(
      place.text("err") ==
      "qsweep: error: results/bits/journal/w1.jsonl: has vanished while the run was being run; the "
      "results so far are intact\n");
  CHECK_THAT(place.run("status moved/bits").out, ContainsSubstring(" 0 failed, "));
  CHECK(place.run("bits.yaml -o moved/bits").code == 0);
  CHECK(place.run("bits.yaml").code == 0);
  CHECK(place.text("moved/bits/results.csv") == place.text("results/bits/results.csv"));
}

TEST_CASE("a journal of an older version counts, with what it does not tell left out", "[app]") {
  const Workplace place;
  REQUIRE(place.run("bits.yaml -j 1").code == 0);
  const std::string csv = place.text("results/bits/results.csv");
  const std::string path = place.path("results/bits/journal/w1.jsonl");
  std::string older;
  // Records once had neither error_text nor started; a member that nobody knows any more does no
  // harm.
  std::ifstream journal(path);
  for (std::string line; std::getline(journal, line);) {
    const std::string object = line.substr(0, line.rfind(",\"crc\"")) + ",\"since\":1}";
    older += with_crc(object);
  }
  fs::remove_all(place.path("results/bits/journal"));
  fs::create_directory(place.path("results/bits/journal"));
  place.write("results/bits/journal/w1.jsonl", older);
  const int started = place.trials_started();
  CHECK(place.run("bits.yaml -j 1").code == 0);
  CHECK(place.trials_started() == started);
  CHECK(place.text("results/bits/results.csv") == csv);
}

TEST_CASE("a journal whose records are of another version: 2, it is named, and nothing is lost",
          "[app]") {
  const Workplace place;
  REQUIRE(place.run("bits.yaml").code == 0);
  const std::string journal = with_crc(R"({"at":1,"id":"0123","version":0})");
  place.write("results/bits/journal/w9.jsonl", journal);
  for (const char* command : {"bits.yaml", "status results/bits", "report results/bits"}) {
    const Outcome run = place.run(command);
    CHECK(run.code == 2);
    CHECK(first_line(run.err) ==
          "qsweep: error: results/bits/journal/w9.jsonl:1: a record of another version of qsweep; "
          "move "
          "the file away to go on without its records");
  }
  CHECK(place.text("results/bits/journal/w9.jsonl") == journal);
  fs::rename(place.path("results/bits/journal/w9.jsonl"), place.path("w9.jsonl"));
  CHECK(place.run("bits.yaml").code == 0);
}

TEST_CASE("results without meta.json, which says what they were computed with: 2", "[app]") {
  const Workplace place;
  REQUIRE(place.run("bits.yaml").code == 0);
  fs::remove(place.path("results/bits/meta.json"));
  const Outcome run = place.run("bits.yaml --threads 2");
  CHECK(run.code == 2);
  CHECK_THAT(run.err,
             ContainsSubstring("error: results/bits/meta.json: is missing, and with it what the "
                               "results there were computed with; put it back, or give another "
                               "folder with -o\n"));
  CHECK_FALSE(fs::exists(place.path("results/bits/meta.json")));
}

TEST_CASE("a run's folder that cannot be made: 74 with the reason", "[app]") {
  const Workplace place;
  const Outcome run = place.run("bits.yaml -o /proc/x");
  CHECK(run.code == 74);
  CHECK_THAT(run.err,
             ContainsSubstring("error: /proc/x: cannot be made: No such file or directory"));
}

TEST_CASE("a sweep goes on when nobody reads what it says", "[app]") {
  const Workplace place;
  place.run("bits.yaml -j 1 --progress plain 2>&1 >/dev/null | true");
  CHECK(place.trials_started() == 4);
  CHECK_THAT(place.run("status results/bits").out, ContainsSubstring(": 4 done, 0 failed"));
}

TEST_CASE("a plan of another version: 2, and nothing is lost", "[app]") {
  const Workplace place;
  REQUIRE(place.run("bits.yaml").code == 0);
  std::string plan = place.text("results/bits/plan.jsonl");
  const std::string header = first_line(plan);
  std::string other = header;
  other.replace(other.find("\"format\":1"), 10, "\"format\":2");
  plan.replace(0, header.size(), other);
  place.write("results/bits/plan.jsonl", plan);
  for (const char* command : {"bits.yaml", "status results/bits"}) {
    const Outcome run = place.run(command);
    CHECK(run.code == 2);
    CHECK(run.err ==
          "qsweep: error: results/bits/plan.jsonl:1: damaged: written by another version of "
          "qsweep; delete it, and the run's command writes it anew\n");
  }
  CHECK(place.text("results/bits/plan.jsonl") == plan);
}

}  // namespace qsweep
