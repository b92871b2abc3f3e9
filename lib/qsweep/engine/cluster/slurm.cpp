#include "qsweep/engine/cluster/slurm.hpp"

#include "qsweep/engine/cluster/shell_words.hpp"
#include "qsweep/engine/cluster/tool.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <sstream>

namespace qsweep {
namespace {

// Options of sbatch that change nothing of how slices are told apart, run again and merged.
const std::vector<std::string> kSbatchOptions{
    "account",     "begin",     "comment",   "constraint", "cpus-per-gpu",  "cpus-per-task",
    "exclude",     "exclusive", "export",    "gpus",       "gpus-per-task", "gres",
    "licenses",    "mail-type", "mail-user", "mem",        "mem-per-cpu",   "mem-per-gpu",
    "nice",        "nodelist",  "partition", "prefer",     "priority",      "qos",
    "reservation", "signal",    "time",      "time-min",   "tmp",           "wckey"};
// Of those, what the merge takes too: who pays, and where it may run.
const std::vector<std::string> kMergeOptions{"account", "partition", "qos", "reservation", "wckey"};

constexpr int64_t kUsualArraySize = 1001;  // Slurm's default: elements 0 to 1000
constexpr const char* kNoSuchProgram = "--on slurm: there is no sbatch on this machine";

// One call of sbatch: the script with its options, and the earlier calls that it waits for.
struct Submission {
  std::string script;
  std::vector<size_t> after;
  Job job;  // its id is not known yet
};

std::string slurm_option(const std::string& name, const std::string& value) {
  return "#SBATCH --" + name + (value.empty() ? "" : "=" + shell_word(value)) + "\n";
}

// In the name of a log "%A" is the job; a '%' of the folder stands for itself.
std::string log_path(const std::string& run_directory, const std::string& name) {
  std::string path;
  for (const char character : run_directory) {
    path += character == '%' ? std::string("%%") : std::string(1, character);
  }
  return path + "/slurm/" + name;
}

int64_t max_array_size() {
  const ToolAnswer answer = ask_tool({"scontrol", "show", "config"});
  std::istringstream lines(answer.output);
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find('=');
    if (line.rfind("MaxArraySize", 0) == 0 && equals != std::string::npos) {
      return std::max<int64_t>(1, std::atoll(line.c_str() + equals + 1));
    }
  }
  return kUsualArraySize;
}

class Slurm : public Engine {
 public:
  explicit Slurm(EngineOptions options) : options_(std::move(options)) {
    most_slices();
    at_once();
    processors(1);
  }

  size_t most_slices() const override {
    return static_cast<size_t>(options_.integer("slices", kUsualSlices, 1, 1'000'000));
  }

  std::string script(const SlicedRun& run) const override {
    std::string text = "#!/bin/bash\n# Submits what `--on slurm` would submit of " +
                       run.run_directory + ".\nset -eu\nmkdir -p " +
                       shell_word(run.run_directory + "/slurm") + "\n";
    const std::vector<Submission> submissions = submissions_of(run);
    for (size_t i = 0; i < submissions.size(); ++i) {
      std::string ids;
      for (const size_t earlier : submissions[i].after) {
        ids += ":${job" + std::to_string(earlier) + "%%;*}";
      }
      text += "job" + std::to_string(i) + "=$(sbatch --parsable" +
              (ids.empty() ? "" : " --dependency=afterany" + ids) + " <<'END_OF_JOB'\n" +
              submissions[i].script + "END_OF_JOB\n)\n";
    }
    return text + "echo \"$job" + std::to_string(submissions.size() - 1) + "\"\n";
  }

  void submit(const SlicedRun& run, const std::function<void(const Job&)>& taken) const override {
    std::error_code ignored;  // then Slurm cannot write the log, and says so
    std::filesystem::create_directories(run.run_directory + "/slurm", ignored);
    std::vector<std::string> ids;
    for (const Submission& submission : submissions_of(run)) {
      std::string after;
      for (const size_t earlier : submission.after) {
        after += ":" + ids.at(earlier);
      }
      Job job = submission.job;
      job.id = sbatch(submission.script, after, ids.empty());
      ids.push_back(job.id);
      taken(job);
    }
  }

  std::vector<LiveElement> live() const override {
    const ToolAnswer answer = ask_tool({"squeue", "-h", "-r", "--me", "-o", "%F %K %T"});
    if (answer.code != 0) {
      throw IoError("squeue does not answer: " + answer.errors);
    }
    std::vector<LiveElement> live;
    std::istringstream lines(answer.output);
    std::string job;
    std::string element;  // "N/A" where the job is no array
    std::string state;
    while (lines >> job >> element >> state) {
      const bool is_number = element.find_first_not_of("0123456789") == std::string::npos;
      live.push_back({job, is_number ? static_cast<uint32_t>(std::stoul(element)) : 0, state});
    }
    return live;
  }

  std::string cancel_line(const std::vector<Job>& jobs) const override {
    std::string line = "scancel";
    for (const Job& job : jobs) {
      line += " " + job.id;
    }
    return line;
  }

 private:
  int64_t at_once() const { return options_.integer("at_once", 0, 1, 1'000'000); }

  int processors(int otherwise) const {
    return static_cast<int>(options_.integer("cpus-per-task", otherwise, 1, 100'000));
  }

  std::string options_among(const std::vector<std::string>& names) const {
    std::string text;
    for (const std::string& name : names) {
      const std::string value = options_.text(name);
      if (!value.empty()) {
        text += slurm_option(name, value == "true" ? "" : value);
      }
    }
    return text;
  }

  // Of elements 0 to count - 1, the slices from `first` on.
  std::string array_script(const SlicedRun& run, uint32_t first, uint32_t count) const {
    const int threads = run.threads * run.workers.value_or(std::max(1, run.devices));
    const int cpus = processors(threads);
    std::string array = "0-" + std::to_string(count - 1);
    if (at_once() > 0) {
      array += "%" + std::to_string(at_once());
    }
    std::string text = "#!/bin/bash\n" + slurm_option("job-name", "qsweep-" + run.name) +
                       slurm_option("array", array) + slurm_option("requeue", "") +
                       slurm_option("open-mode", "append") +
                       slurm_option("output", log_path(run.run_directory, "%A_%a.log"));
    if (options_.text("cpus-per-task").empty()) {
      text += slurm_option("cpus-per-task", std::to_string(cpus));
    }
    if (options_.text("signal").empty()) {
      text += slurm_option("signal", "B:USR2@60");
    }
    text += options_among(kSbatchOptions) + setup();
    // Not by srun: it would be signalled too. What is exec'ed is what the signals reach.
    return text + "exec " +
           slice_command(run,
                         "\"$((SLURM_ARRAY_TASK_ID + " + std::to_string(first) + "))\"",
                         workers_of_slice(run, cpus)) +
           " --again \"scontrol requeue ${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\"\n";
  }

  std::string merge_script(const SlicedRun& run) const {
    return "#!/bin/bash\n" + slurm_option("job-name", "qsweep-" + run.name + "-merge") +
           slurm_option("kill-on-invalid-dep", "yes") + slurm_option("open-mode", "append") +
           slurm_option("output", log_path(run.run_directory, "%j_merge.log")) +
           options_among(kMergeOptions) + setup() + "exec " + merge_command(run) + "\n";
  }

  std::string setup() const {
    std::string text = options_.text("setup");
    if (!text.empty() && text.back() != '\n') {
      text += '\n';
    }
    return text;
  }

  std::vector<Submission> submissions_of(const SlicedRun& run) const {
    std::vector<Submission> all;
    const auto array_size = static_cast<uint32_t>(max_array_size());
    const auto add_arrays = [&](uint32_t first, uint32_t count, const std::vector<size_t>& after) {
      for (uint32_t done = 0; done < count; done += array_size) {
        const uint32_t part = std::min(array_size, count - done);
        all.push_back(
            {array_script(run, first + done, part), after, {"slurm", "", first + done, part}});
      }
    };
    const auto all_so_far = [&all] {
      std::vector<size_t> positions(all.size());
      std::iota(positions.begin(), positions.end(), size_t{0});
      return positions;
    };
    add_arrays(run.slices.first, run.slices.floats, {});
    add_arrays(run.slices.first + run.slices.floats, run.slices.others, all_so_far());
    all.push_back({merge_script(run), all_so_far(), {"slurm", "", 0, 0}});
    return all;
  }

  static std::string sbatch(const std::string& script, const std::string& after, bool is_first) {
    std::vector<std::string> command{"sbatch", "--parsable"};
    if (!after.empty()) {
      command.push_back("--dependency=afterany" + after);
    }
    const ToolAnswer answer = ask_tool(command, script);
    constexpr int kNotFound = 127;
    if (answer.code == kNotFound) {
      throw ConfigError(kNoSuchProgram);
    }
    const std::string id = answer.output.substr(0, answer.output.find_first_of(";\n"));
    if (answer.code == 0 && !id.empty()) {
      return id;
    }
    if (is_first) {
      throw ConfigError("--on slurm: " + answer.errors);
    }
    throw PartlySubmitted("--on slurm: " + answer.errors +
                          "; what was submitted before goes on, and the same command submits what "
                          "is left");
  }

  EngineOptions options_;
};

}  // namespace

EngineType slurm_type() {
  EngineType type;
  type.name = "slurm";
  type.about = "job arrays of Slurm";
  type.options = kSbatchOptions;
  type.options.insert(type.options.end(), {"slices", "at_once", "setup"});
  type.options_of_several_lines = {"setup"};
  type.submits = true;
  type.make = [](EngineOptions options) -> std::unique_ptr<Engine> {
    return std::make_unique<Slurm>(std::move(options));
  };
  return type;
}

}  // namespace qsweep
