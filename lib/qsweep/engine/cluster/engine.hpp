#pragma once

#include "qsweep/core/error.hpp"
#include "qsweep/engine/cluster/engine_options.hpp"
#include "qsweep/engine/cluster/job.hpp"
#include "qsweep/engine/cluster/slices.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// A run as an engine sees it: slices, and how one is run.
struct SlicedRun {
  std::string name;                         // of the experiment
  std::string program;                      // qsweep's, an absolute path
  std::string run_directory;                // an absolute path
  std::vector<std::string> worker_options;  // of `qsweep worker RUN --slice K`, but for -j
  std::optional<int> workers;               // side by side in a slice, if anybody said so
  int devices = 0;                          // CUDA's, that a slice uses; 0: the processors
  int threads = 1;                          // of each worker
  SliceRange slices;
};

/// Workers of a slice where so many processors are its own: what was asked for, else one for each
/// device, else as many as there are processors for.
int workers_of_slice(const SlicedRun& run, int processors);

/// `qsweep worker RUN --slice <number>` for a POSIX shell; the number is put in as it is.
std::string slice_command(const SlicedRun& run, const std::string& number, int workers);
/// `qsweep worker RUN --merge`, likewise.
std::string merge_command(const SlicedRun& run);

/// Something of a job that still waits or runs: one element of an array, or the job itself.
struct LiveElement {
  std::string job;
  uint32_t element = 0;
  std::string state;  // "PENDING", as the scheduler names it
};

/// A submission that was refused after a part of it had been taken; the message says how to go on.
class PartlySubmitted : public TryAgain {
 public:
  using TryAgain::TryAgain;
};

/// Where slices can run. An engine is given numbers of slices, and brings
/// `qsweep worker RUN --slice K` to run somewhere for each of them, any number of times: a slice
/// that is run again does what is left of it. Nothing else: results come by the journal.
class Engine {
 public:
  virtual ~Engine() = default;

  /// At most so many slices of each kind.
  virtual size_t most_slices() const = 0;
  /// What a person would submit; see --print.
  virtual std::string script(const SlicedRun& run) const = 0;
  /// Submits the same, and tells each job as soon as it is taken. Throws ConfigError where that
  /// cannot be, PartlySubmitted after the first job.
  virtual void submit(const SlicedRun& run, const std::function<void(const Job&)>& taken) const;
  /// What still waits or runs of the jobs of this user. Throws IoError if nothing tells.
  virtual std::vector<LiveElement> live() const { return {}; }
  /// For a person who wants to end jobs: "scancel 12 13"; empty where there is no such thing.
  virtual std::string cancel_line(const std::vector<Job>&) const { return ""; }
};

/// What can be named by --on and in `engines`.
struct EngineType {
  std::string name;
  std::string about;
  std::vector<std::string> options;
  std::vector<std::string> options_of_several_lines;
  bool submits = false;  // else it can only be printed
  std::unique_ptr<Engine> (*make)(EngineOptions);
};

const std::vector<EngineType>& engine_types();
/// Throws ConfigError for a name that is none, with the nearest one.
const EngineType& engine_type(const std::string& name);
/// "local", and the names of all engine types.
std::vector<std::string> engine_names();

/// The engine of that name with what the file says in `engines`. Throws ConfigError.
std::unique_ptr<Engine> make_engine(const std::string& name, const Node& file);
/// Throws ConfigError for anything in `engines` that is wrong, whatever is used of it.
void check_engines(const Node& file);
/// "engines.slurm.partition", ...: what --set takes beside settings.
std::vector<std::string> engine_option_paths();

/// Those that are of a run's jobs.
std::vector<LiveElement> live_of(const std::vector<Job>& jobs,
                                 const std::vector<LiveElement>& live);
/// Their slices.
std::vector<uint32_t> live_slices(const std::vector<Job>& jobs,
                                  const std::vector<LiveElement>& live);

}  // namespace qsweep
