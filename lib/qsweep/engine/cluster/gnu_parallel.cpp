#include "qsweep/engine/cluster/gnu_parallel.hpp"

#include "qsweep/engine/cluster/shell_words.hpp"

#include <algorithm>

namespace qsweep {
namespace {

class GnuParallel : public Engine {
 public:
  explicit GnuParallel(EngineOptions options) : options_(std::move(options)) { most_slices(); }

  size_t most_slices() const override {
    return static_cast<size_t>(options_.integer("slices", kUsualSlices, 1, 1'000'000));
  }

  // The float trials, then the others, whatever became of any; then the merge.
  std::string script(const SlicedRun& run) const override {
    return line(run, run.slices.first, run.slices.floats) +
           line(run, run.slices.first + run.slices.floats, run.slices.others) + merge_command(run) +
           "\n";
  }

 private:
  std::string line(const SlicedRun& run, uint32_t first, uint32_t count) const {
    if (count == 0) {
      return "";
    }
    const int workers = workers_of_slice(run, run.threads);
    std::vector<std::string> words{"parallel",
                                   "--joblog",
                                   "+" + run.run_directory + "/parallel.log",
                                   "-j",
                                   jobs(workers * run.threads)};
    if (const std::string hosts = options_.text("sshloginfile"); !hosts.empty()) {
      words.insert(words.end(), {"--sshloginfile", hosts});
    }
    words.push_back(slice_command(run, "{}", workers));
    return "seq " + std::to_string(first) + " " + std::to_string(first + count - 1) + " | " +
           shell_words(words) + "\n";
  }

  // Side by side on each machine: a share of its processors.
  std::string jobs(int processors) const {
    const std::string own = options_.text("jobs");
    constexpr int kWhole = 100;
    return own.empty() ? std::to_string(std::max(1, kWhole / processors)) + "%" : own;
  }

  EngineOptions options_;
};

}  // namespace

EngineType gnu_parallel_type() {
  EngineType type;
  type.name = "parallel";
  type.about = "lines for GNU parallel; printed only";
  type.options = {"jobs", "slices", "sshloginfile"};
  type.make = [](EngineOptions options) -> std::unique_ptr<Engine> {
    return std::make_unique<GnuParallel>(std::move(options));
  };
  return type;
}

}  // namespace qsweep
