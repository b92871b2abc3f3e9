// What docs/nightly.md gives people to copy, taken from there and run.

#include <cstdlib>
#include <filesystem>
#include <sys/wait.h>

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

namespace fs = std::filesystem;
using test::Workplace;

// The code block behind the marker `<!-- name -->`.
std::string block(const std::string& name) {
  const std::string docs = test::read_text(QSWEEP_TEST_SOURCE_DIR "/docs/nightly.md");
  const size_t fence = docs.find("```", docs.find("<!-- " + name + " -->"));
  const size_t start = docs.find('\n', fence) + 1;
  return docs.substr(start, docs.find("```", start) - start);
}

std::string replaced(std::string text, const std::string& old, const std::string& now) {
  for (size_t at = text.find(old); at != std::string::npos; at = text.find(old, at + now.size())) {
    text.replace(at, old.size(), now);
  }
  return text;
}

// The lines of a step's `run: |`.
std::string step(const std::string& name) {
  const std::string workflow = block("nightly.yml");
  const size_t start = workflow.find("run: |\n", workflow.find("- name: " + name + "\n")) + 7;
  const std::string indentation(10, ' ');
  std::string lines;
  for (size_t at = start; workflow.compare(at, indentation.size(), indentation) == 0;) {
    const size_t end = workflow.find('\n', at) + 1;
    lines += workflow.substr(at + indentation.size(), end - at - indentation.size());
    at = end;
  }
  return lines;
}

// A folder with a `qsweep` in its bin/, which finds the made-up worker, and a clock of its own.
class Nights {
 public:
  Nights() {
    fs::create_directories(place.path("bin"));
    add("bin/qsweep",
        "#!/bin/sh\nexport QSWEEP_WORKER='" QSWEEP_FAKE_WORKER "' QSWEEP_CACHE='" +
            place.path("cache") + "'\nexec '" QSWEEP_COMMAND "' \"$@\"\n");
    add("bin/date", "#!/bin/sh\necho \"$TODAY\"\n");
    add("nightly.sh", block("nightly.sh"));
  }

  int run(const std::string& line, const std::string& fake = "{}") const {
    const std::string all = "cd '" + place.path(".") + "' && export PATH=\"$PWD/bin:$PATH\" " +
                            "QSWEEP_FAKE='" + fake + "' && " + line;
    const int status = std::system(("(" + all + ") >'" + place.path("out") + "' 2>&1").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  int night(const std::string& day, const std::string& fake = "{}") const {
    return run("export TODAY=" + day + " && ./nightly.sh bits.yaml --budget 6h", fake);
  }

  void add(const std::string& name, const std::string& script) const {
    place.write(name, script);
    fs::permissions(place.path(name), fs::perms::owner_all);
  }

  const Workplace place;
};

}  // namespace

TEST_CASE("nightly.sh keeps a baseline, and its exit code says whether to worry", "[app]") {
  const Nights nights;
  CHECK(nights.night("2026-11-24") == 0);
  CHECK(fs::read_symlink(nights.place.path("results/bits-baseline")) == "bits-2026-11-24");
  CHECK(nights.night("2026-11-25") == 0);
  CHECK(nights.night("2026-11-26", R"({"8": "lose 30"})") == 3);
  CHECK_THAT(nights.place.text("results/bits-2026-11-26/compare.md"), ContainsSubstring("| worse"));
  CHECK_THAT(nights.place.text("out"),
             ContainsSubstring(nights.place.text("results/bits-2026-11-26/compare.md")));
  CHECK(nights.night("2026-11-27", R"({"8": "fail"})") == 1);
  CHECK(nights.night("2026-11-28") == 0);
  CHECK(fs::read_symlink(nights.place.path("results/bits-baseline")) == "bits-2026-11-24");
}

TEST_CASE("the line for cron runs a night in a shell as bare as cron's", "[app]") {
  const Nights nights;
  const std::string docs = test::read_text(QSWEEP_TEST_SOURCE_DIR "/docs/nightly.md");
  const size_t start = docs.find("30 1 * * *  ") + 12;
  std::string line = docs.substr(start, docs.find('\n', start) - start);
  fs::create_directory_symlink(nights.place.path("."), nights.place.path("sweeps"));
  line = replaced(replaced(line, "resnet_bits", "bits"), "/usr/local/bin", "$HOME/bin");
  nights.place.write("line", line);
  CHECK(nights.run("env -i HOME=\"$PWD\" PATH=/usr/bin:/bin TODAY=2026-11-24 QSWEEP_FAKE='{}' "
                   "/bin/sh -c \"$(cat line)\"") == 0);
  CHECK_THAT(nights.place.text("results-bits.txt"), ContainsSubstring("| residual | all"));
}

TEST_CASE("systemd finds nothing wrong with the unit and its timer", "[app]") {
  if (std::system("command -v systemd-analyze >/dev/null") != 0) {
    WARN("skipped: there is no systemd-analyze");
    return;
  }
  const Nights nights;
  for (const char* unit : {"qsweep.service", "qsweep.timer"}) {
    nights.place.write(unit, block(unit));
  }
  fs::create_directories(nights.place.path("sweeps"));
  fs::create_directories(nights.place.path("runtime"));
  fs::copy(nights.place.path("nightly.sh"), nights.place.path("sweeps/nightly.sh"));
  CHECK(nights.run("HOME=$PWD XDG_RUNTIME_DIR=$PWD/runtime systemd-analyze --user verify "
                   "./qsweep.service ./qsweep.timer") == 0);
  CHECK(nights.place.text("out").empty());
}

TEST_CASE("the steps of the GitHub job run a sweep, keep a baseline, and compare", "[app]") {
  const Nights nights;
  fs::create_directories(nights.place.path("build/release"));
  fs::create_directory_symlink(nights.place.path("bin"), nights.place.path("build/release/bin"));
  fs::create_directory(nights.place.path("experiments"));
  nights.place.write("experiments/resnet_bits.yaml", test::kBitsFile);
  const auto job = [&](const std::string& commit, const std::string& fake) {
    for (const char* name : {"run", "compare"}) {
      const std::string lines = replaced(step(name), "${{ github.sha }}", commit);
      REQUIRE(lines.find("${{") == std::string::npos);
      nights.place.write(name, lines);
      const std::string line = "GITHUB_STEP_SUMMARY=summary bash -eo pipefail " + std::string(name);
      if (const int code = nights.run(line, fake)) {
        return code;
      }
    }
    return 0;
  };
  CHECK(job("1111", "{}") == 0);
  CHECK(job("2222", "{}") == 0);
  CHECK(job("3333", R"({"8": "lose 30"})") == 3);
  CHECK_THAT(nights.place.text("summary"), ContainsSubstring("| worse"));
  CHECK_THAT(nights.place.text("sweep.xml"), ContainsSubstring("<testsuite"));
  CHECK(fs::exists(nights.place.path("kept/run-3333/results.csv")));
}

}  // namespace qsweep
