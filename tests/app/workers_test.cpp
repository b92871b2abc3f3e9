#include "qsweep/engine/processors.hpp"

#include <algorithm>
#include <filesystem>
#include <sched.h>

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

namespace fs = std::filesystem;
using test::kManyFile;
using test::Workplace;

// For its life, this process and those that it starts may use one processor alone.
class OneProcessor {
 public:
  OneProcessor() {
    CPU_ZERO(&before_);
    REQUIRE(::sched_getaffinity(0, sizeof before_, &before_) == 0);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(::sched_getcpu(), &one);
    REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
  }
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;
  ~OneProcessor() { ::sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_{};
};

// How many workers a sweep of 31 trials had that take a moment each.
int workers_of(const std::string& options) {
  const Workplace place;
  place.write("many.yaml", kManyFile);
  REQUIRE(place.run("many.yaml -q " + options, R"({"*": "doze"})").code == 0);
  int workers = 0;
  while (
      fs::exists(place.path("results/many/journal/w" + std::to_string(workers + 1) + ".jsonl"))) {
    ++workers;
  }
  return workers;
}

}  // namespace

TEST_CASE("by default each processor has a worker", "[app]") {
  CHECK(workers_of("") == std::min(processor_count(), 30));
  const OneProcessor one;
  CHECK(workers_of("") == 1);
  CHECK(workers_of("-j 2") == 2);
}

TEST_CASE("by default workers share the processors with their threads", "[app]") {
  CHECK(workers_of("--threads " + std::to_string(processor_count())) == 1);
}

}  // namespace qsweep
