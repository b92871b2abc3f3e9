#include "qsweep/core/json.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

using test::kBitsFile;
using test::Workplace;

std::vector<Json> events_of(const Workplace& place) {
  std::vector<Json> events;
  std::istringstream lines(place.text("events.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    events.push_back(Json::parse(line));
    CHECK(events.back().at("at").get<int64_t>() > 1'700'000'000'000);
  }
  return events;
}

// "started residual all w=4", ...
std::vector<std::string> told(const std::vector<Json>& events) {
  std::vector<std::string> texts;
  for (const Json& event : events) {
    texts.push_back(event.at("event").get<std::string>() +
                    (event.contains("row") ? " " + event.at("row").get<std::string>() : ""));
  }
  return texts;
}

}  // namespace

TEST_CASE("a reader of the events that leaves does not end the sweep", "[app]") {
  const Workplace place;
  const std::string pipe = place.path("events");
  const std::string line = "mkfifo '" + pipe + "'; head -n 2 '" + pipe + "' >/dev/null & (" +
                           place.shell_line("bits.yaml -j 1 --events events", "{}") + ") 2>'" +
                           place.path("err") + "'";
  const int status = std::system(line.c_str());
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK_THAT(place.text("err"), ContainsSubstring("nobody reads the events any more"));
  CHECK_THAT(place.run("status results/bits").out, ContainsSubstring(": 4 done, "));
}

TEST_CASE("a reader of the events that stops reading does not hold up the sweep", "[app]") {
  const Workplace place;
  const std::string pipe = place.path("events");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int held = ::open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(held >= 0);
  const std::string much(4096, 'x');
  while (::write(held, much.data(), much.size()) > 0) {  // until it takes no more
  }
  CHECK(place.run("bits.yaml -j 1 --events events").code == 0);
  ::close(held);
}

TEST_CASE("--events tells a sweep as JSON lines, in order", "[app]") {
  const Workplace place;
  CHECK(place
            .run("bits.yaml -j 1 --only 'w>=4' --retries 1 --events events.jsonl",
                 R"({"8": "once", "4": "fail"})")
            .code == 1);
  const auto events = events_of(place);
  CHECK(told(events) == std::vector<std::string>{"sweep_started",
                                                 "started residual float",
                                                 "stage residual float",
                                                 "finished residual float",
                                                 "started residual all w=8",
                                                 "attempt_failed residual all w=8",
                                                 "started residual all w=4",
                                                 "stage residual all w=4",
                                                 "finished residual all w=4",
                                                 "started residual all w=8",
                                                 "stage residual all w=8",
                                                 "finished residual all w=8",
                                                 "sweep_ended"});
  CHECK(events[0].at("run") == "results/bits");
  CHECK(events[0].at("to_run") == 3);
  CHECK(events[2].at("epochs") == 2);
  CHECK(events[5].at("kind") == "signal");
  CHECK(events[8].at("status") == "failed");
  CHECK(events[8].at("error") == "/data/x: a made-up reason");
  CHECK(events[9].at("attempt") == 2);
  CHECK(events[11].at("top1") == 85);
  CHECK(events[11].at("delta") == -5);
  CHECK(events[12].at("reason") == "complete");
}

TEST_CASE("the events of a run that goes on are added to those before", "[app]") {
  const Workplace place;
  CHECK(place.run("bits.yaml -j 1 --budget 0.001s --events events.jsonl").code == 75);
  CHECK(place.run("bits.yaml -j 1 --events events.jsonl").code == 0);
  const auto events = events_of(place);
  REQUIRE(events.size() > 6);
  CHECK(events[4].at("reason") == "budget");
  CHECK(told(events)[5] == "sweep_started");
  CHECK(told(events).back() == "sweep_ended");
}

TEST_CASE("events that cannot be written stop before anything runs", "[app]") {
  const Workplace place;
  const auto run = place.run("bits.yaml --events nowhere/events.jsonl");
  CHECK(run.code == 74);
  CHECK(run.err ==
        "qsweep: error: nowhere/events.jsonl: cannot be written: No such file or directory; the "
        "results so far are intact\n");
  CHECK(place.trials_started() == 0);
}

TEST_CASE("--junit writes the selected rows for continuous integration", "[app]") {
  const Workplace place;
  place.write("bits.yaml",
              kBitsFile + "gates: [{metric: top1, vs: float, max_drop: 8, where: {w: [8, 4]}}]\n");
  CHECK(place.run("bits.yaml --skip w=8 --junit junit.xml", R"({"2": "fail"})").code == 1);
  const std::string xml = place.text("junit.xml");
  CHECK_THAT(xml,
             ContainsSubstring("<testsuite name=\"bits\" tests=\"3\" failures=\"1\" errors=\"1\" "
                               "skipped=\"0\""));
  CHECK_THAT(xml, ContainsSubstring("<failure type=\"gate\" message=\"gate: residual all w=4: "));
  CHECK_THAT(xml, ContainsSubstring(">/data/x: a made-up reason</error>\n"));
  CHECK(place.run("bits.yaml --only w=3 --junit junit.xml").code == 4);
  CHECK_FALSE(std::filesystem::exists(place.path("junit.xml")));  // nor what was said before
}

}  // namespace qsweep
