#include "qsweep/config/node.hpp"
#include "qsweep/engine/cluster/engine.hpp"
#include "qsweep/engine/cluster/shell_words.hpp"
#include "qsweep/engine/cluster/slice_work.hpp"

#include <algorithm>
#include <memory>
#include <numeric>

#include "support/catch.hpp"
#include "support/listed_plan.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

using test::ScratchFolder;
using Packed = std::vector<std::vector<std::string>>;

FrozenTrial trial(const std::string& id, double work, const std::string& float_trial = "f") {
  FrozenTrial made;
  made.id = id;
  made.float_trial = float_trial;
  made.cost.trial_macs = work;
  return made;
}

Node yaml(const std::string& text) {
  return parse_yaml(std::make_shared<const Source>(Source{"x.yaml", text}));
}

SlicedRun sliced_run() {
  SlicedRun run;
  run.name = "bits";
  run.program = "/opt/qsweep/bin/qsweep";
  run.run_directory = "/data/results/bits";
  run.slices = {3, 1, 4};
  return run;
}

std::string script(const std::string& engine, const std::string& file, const SlicedRun& run) {
  return make_engine(engine, yaml(file))->script(run);
}

std::string reading_error(const std::string& file) {
  try {
    check_engines(yaml(file));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

// Not written within CHECK: to the compiler a macro's line with a '#' in front is a directive.
const std::string kSlurmScript = R"sh(#!/bin/bash
# Submits what `--on slurm` would submit of /data/results/bits.
set -eu
mkdir -p /data/results/bits/slurm
job0=$(sbatch --parsable <<'END_OF_JOB'
#!/bin/bash
#SBATCH --job-name=qsweep-bits
#SBATCH --array=0-0%2
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=/data/results/bits/slurm/%A_%a.log
#SBATCH --cpus-per-task=1
#SBATCH --signal=B:USR2@60
#SBATCH --exclusive
#SBATCH --gres=gpu:1
#SBATCH --partition=gpu
#SBATCH --time=4:00:00
module load torch
exec /opt/qsweep/bin/qsweep worker /data/results/bits --slice "$((SLURM_ARRAY_TASK_ID + 3))" -j 1 --again "scontrol requeue ${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
END_OF_JOB
)
job1=$(sbatch --parsable --dependency=afterany:${job0%%;*} <<'END_OF_JOB'
#!/bin/bash
#SBATCH --job-name=qsweep-bits
#SBATCH --array=0-3%2
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=/data/results/bits/slurm/%A_%a.log
#SBATCH --cpus-per-task=1
#SBATCH --signal=B:USR2@60
#SBATCH --exclusive
#SBATCH --gres=gpu:1
#SBATCH --partition=gpu
#SBATCH --time=4:00:00
module load torch
exec /opt/qsweep/bin/qsweep worker /data/results/bits --slice "$((SLURM_ARRAY_TASK_ID + 4))" -j 1 --again "scontrol requeue ${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
END_OF_JOB
)
job2=$(sbatch --parsable --dependency=afterany:${job0%%;*}:${job1%%;*} <<'END_OF_JOB'
#!/bin/bash
#SBATCH --job-name=qsweep-bits-merge
#SBATCH --kill-on-invalid-dep=yes
#SBATCH --open-mode=append
#SBATCH --output=/data/results/bits/slurm/%j_merge.log
#SBATCH --partition=gpu
module load torch
exec /opt/qsweep/bin/qsweep worker /data/results/bits --merge
END_OF_JOB
)
echo "$job2"
)sh";

const std::string kKubernetesJob =
    R"sh(# kubectl apply -f -; once the job has ended: /opt/qsweep/bin/qsweep worker /data/results/bits --merge
apiVersion: batch/v1
kind: Job
metadata:
  name: "qsweep-bits-3"
spec:
  completionMode: Indexed
  completions: 5
  parallelism: 5
  backoffLimitPerIndex: 3
  maxFailedIndexes: 5
  podFailurePolicy:
    rules:
      - action: Ignore
        onPodConditions: [{type: DisruptionTarget, status: "True"}]
      - action: Ignore
        onExitCodes: {containerName: worker, operator: In, values: [75]}
      - action: FailIndex
        onExitCodes: {containerName: worker, operator: In, values: [1, 2, 5]}
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: worker
          image: "r/qsweep:1"
          command: [sh, -c, "exec qsweep worker /data/results/bits --slice \"$((JOB_COMPLETION_INDEX + 3))\" -j 1"]
          env: [{name: QSWEEP_CACHE, value: "/data/.qsweep-cache"}]
          resources: {requests: {cpu: "1", memory: "4Gi"}, limits: {cpu: "1", memory: "4Gi"}}
          volumeMounts: [{name: runs, mountPath: "/data"}]
      volumes:
        - name: runs
          persistentVolumeClaim: {claimName: "runs"}
)sh";

}  // namespace

TEST_CASE("trials are packed longest first, each to the slice that has least", "[engine]") {
  CHECK(pack({trial("a", 1), trial("b", 5), trial("c", 3), trial("d", 4)}, 2) ==
        Packed{{"b", "a"}, {"d", "c"}});
  CHECK(pack({trial("a", 1), trial("b", 2)}, 5) == Packed{{"b"}, {"a"}});
  CHECK(pack({}, 5).empty());
}

TEST_CASE("without costs slices have as many trials as each other", "[engine]") {
  CHECK(pack({trial("a", 0), trial("b", 0), trial("c", 0)}, 2) == Packed{{"a", "c"}, {"b"}});
}

TEST_CASE("no slice is longer than the shortest by more than one trial's work", "[engine]") {
  std::vector<FrozenTrial> trials;
  for (int i = 0; i < 500; ++i) {
    trials.push_back(trial(std::to_string(i), 1 + i * 7919 % 100));
  }
  std::vector<double> work;
  for (const auto& slice : pack(trials, 16)) {
    work.push_back(
        std::accumulate(slice.begin(), slice.end(), 0.0, [&](double sum, const auto& id) {
          return sum + trials.at(std::stoul(id)).cost.trial_macs;
        }));
  }
  const auto [least, most] = std::minmax_element(work.begin(), work.end());
  CHECK(work.size() == 16);
  CHECK(*most - *least <= 2);
}

TEST_CASE("slices keep their numbers; those of float trials come first", "[engine]") {
  const ScratchFolder run;
  const SliceRange first = add_slices(run.path(), {trial("f", 1), trial("a", 1)}, 10);
  CHECK(first.first == 0);
  CHECK(first.floats == 1);
  CHECK(first.others == 1);
  const SliceRange second = add_slices(run.path(), {trial("b", 1), trial("c", 1)}, 1);
  CHECK(second.first == 2);
  CHECK(second.floats == 0);
  CHECK(read_slice(run.path(), 0).trials == std::vector<std::string>{"f"});
  CHECK(read_slice(run.path(), 2).trials == std::vector<std::string>{"b", "c"});
  CHECK_THROWS_WITH(read_slice(run.path(), 3),
                    run.path("slices.jsonl") + ": has no slice 3; it has 3, counted from 0");
}

TEST_CASE("a slice leaves alone what has a result, and waits for float trials", "[engine]") {
  // small_plan(): the float trial f, and 8 and 2 bits.
  const std::string f = "f000000000000000";
  const std::string a = "8000000000000000";
  const std::string b = "2000000000000000";
  const auto ids = [](const SliceWork& work) {
    std::vector<std::string> all;
    for (const FrozenTrial& t : work.to_run) {
      all.push_back(t.id);
    }
    return all;
  };
  const auto record = [](const std::string& id, const std::string& kind) {
    JournalEntry entry;
    entry.record.trial = id;
    entry.record.failed = !kind.empty();
    entry.record.error_kind = kind;
    entry.at = 100;
    return entry;
  };
  const ScratchFolder folder;
  freeze(folder.path(), test::small_plan(), "", {});
  Results results = load_results(folder.path());
  CHECK(work_of({0, 50, {a, b}}, results).waiting == 2);
  CHECK(ids(work_of({0, 50, {f, a, "gone"}}, results)) == std::vector<std::string>{f, a});
  results.add(record(f, "signal"));
  CHECK(work_of({0, 50, {a}}, results).waiting == 1);
  results.add(record(f, ""));
  CHECK(ids(work_of({0, 50, {f, a, b}}, results)) == std::vector<std::string>{a, b});
  results.add(record(a, "error"));
  results.add(record(b, "timeout"));
  CHECK(ids(work_of({0, 50, {a, b}}, results)) == std::vector<std::string>{b});
  CHECK(ids(work_of({0, 200, {a, b}}, results)) == std::vector<std::string>{a, b});  // --failed
}

TEST_CASE("what the shell reads back is what was meant", "[engine]") {
  CHECK(shell_words({"a/b-1.0", "", "it's", "a b"}) == "a/b-1.0 '' 'it'\\''s' 'a b'");
}

TEST_CASE("Slurm gets an array for the float trials, one behind it, and a merge", "[engine]") {
  const std::string text = script("slurm",
                                  "engines: {slurm: {partition: gpu, time: 4:00:00, gres: 'gpu:1', "
                                  "exclusive: true, at_once: 2, "
                                  "setup: \"module load torch\\n\"}}",
                                  sliced_run());
  CHECK(text == kSlurmScript);
}

TEST_CASE("as many workers as a slice has processors, devices, or was told", "[engine]") {
  SlicedRun run = sliced_run();
  CHECK(workers_of_slice(run, 4) == 4);
  run.threads = 2;
  CHECK(workers_of_slice(run, 4) == 2);
  run.devices = 1;
  CHECK(workers_of_slice(run, 4) == 1);
  run.workers = 3;
  CHECK(workers_of_slice(run, 4) == 3);
  CHECK_THAT(script("slurm", "engines: {slurm: {cpus-per-task: 8}}", run),
             ContainsSubstring("#SBATCH --cpus-per-task=8\n") && ContainsSubstring(" -j 3 "));
}

TEST_CASE("Kubernetes gets one Indexed Job with all slices", "[engine]") {
  const std::string file =
      "engines: {kubernetes: {image: 'r/qsweep:1', claim: runs, mount: /data, memory: 4Gi}}";
  CHECK(script("kubernetes", file, sliced_run()) == kKubernetesJob);
  CHECK_NOTHROW(yaml(kKubernetesJob));
  CHECK_THROWS_WITH(
      script("kubernetes", "engines: {kubernetes: {claim: runs, mount: /data}}", sliced_run()),
      "--on kubernetes needs 'engines.kubernetes.image' in the file, or as --set");
  CHECK_THROWS_WITH(
      script("kubernetes", "qsweep: 1", sliced_run()),
      "--on kubernetes needs 'engines.kubernetes.image', 'engines.kubernetes.claim' and "
      "'engines.kubernetes.mount' in the file, or as --set");
  CHECK_THROWS_WITH(script("kubernetes",
                           "engines: {kubernetes: {claim: runs, mount: /dat, image: a}}",
                           sliced_run()),
                    "--on kubernetes: the run's folder /data/results/bits is not below 'mount', "
                    "/dat: pods see it "
                    "by the same path; give another --out");
}

TEST_CASE("GNU parallel gets a line for the float trials and one for the others", "[engine]") {
  CHECK(script("parallel", "engines: {parallel: {sshloginfile: hosts}}", sliced_run()) ==
        "seq 3 3 | parallel --joblog +/data/results/bits/parallel.log -j 100% --sshloginfile hosts "
        "'/opt/qsweep/bin/qsweep worker /data/results/bits --slice {} -j 1'\n"
        "seq 4 7 | parallel --joblog +/data/results/bits/parallel.log -j 100% --sshloginfile hosts "
        "'/opt/qsweep/bin/qsweep worker /data/results/bits --slice {} -j 1'\n"
        "/opt/qsweep/bin/qsweep worker /data/results/bits --merge\n");
}

TEST_CASE("what is wrong in `engines` is told at its place", "[engine]") {
  CHECK(reading_error("engines: {slurm: {partition: gpu}}").empty());
  CHECK_THAT(reading_error("engines: {slrum: {partition: gpu}}"),
             ContainsSubstring("x.yaml:1:11: error: unknown key 'slrum' in 'engines'; did you mean "
                               "'slurm'?\n"));
  CHECK_THAT(reading_error("engines: {slurm: {partiton: gpu}}"),
             ContainsSubstring("unknown key 'partiton' in 'engines.slurm'; did you mean "
                               "'partition'?\n"));
  CHECK_THAT(reading_error("engines: {slurm: {array: 0-3}}"),
             ContainsSubstring("unknown key 'array' in 'engines.slurm'; known are account, "));
  CHECK_THAT(reading_error("engines: {slurm: {slices: none}}"),
             ContainsSubstring("'slices' must be a whole number"));
  CHECK_THAT(reading_error("engines: {slurm: {comment: \"a\\nb\"}}"),
             ContainsSubstring("'comment' must be a text of one line"));
  CHECK_THAT(reading_error("engines: {slurm: {gres: [gpu]}}"),
             ContainsSubstring("'gres' must be a text, got a list"));
}

TEST_CASE("the elements that still run tell the slices that still run", "[engine]") {
  const std::vector<Job> jobs{{"slurm", "12", 0, 2}, {"slurm", "13", 2, 3}, {"slurm", "14", 0, 0}};
  const std::vector<LiveElement> live{
      {"13", 1, "RUNNING"}, {"99", 0, "PENDING"}, {"14", 0, "PENDING"}};
  CHECK(live_slices(jobs, live) == std::vector<uint32_t>{3});
  CHECK(live_of(jobs, live).size() == 2);
}

TEST_CASE("jobs are kept in the run's folder", "[engine]") {
  const ScratchFolder run;
  CHECK(read_jobs(run.path()).empty());
  add_job(run.path(), {"slurm", "12", 3, 4});
  add_job(run.path(), {"slurm", "13", 0, 0});
  REQUIRE(read_jobs(run.path()).size() == 2);
  CHECK(read_jobs(run.path())[0].id == "12");
  CHECK(read_jobs(run.path())[0].first == 3);
  CHECK(read_jobs(run.path())[1].slices == 0);
  test::write_text(run.path("jobs.jsonl"), "{\"engine\":\"slurm\"}\nnonsense\n");
  CHECK_THROWS_WITH(read_jobs(run.path()), run.path("jobs.jsonl") + ":2: damaged: no JSON object");
}

}  // namespace qsweep
