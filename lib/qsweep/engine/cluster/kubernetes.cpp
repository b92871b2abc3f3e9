#include "qsweep/engine/cluster/kubernetes.hpp"

#include "qsweep/core/json.hpp"

#include <algorithm>
#include <cctype>

namespace qsweep {
namespace {

constexpr size_t kLongestName = 40;  // the names of pods add an index and more to it

// Letters, digits and '-': what Kubernetes takes as a name.
std::string label_of(const std::string& name) {
  std::string label = "qsweep-";
  for (const char character : name.substr(0, kLongestName)) {
    const auto byte = static_cast<unsigned char>(character);
    label += std::isalnum(byte) != 0 ? static_cast<char>(std::tolower(byte)) : '-';
  }
  return label;
}

// A text in YAML; JSON's strings are YAML's.
std::string text(const std::string& value) {
  return Json(value).dump();
}

bool is_inside(const std::string& path, const std::string& folder) {
  const std::string start = folder.back() == '/' ? folder : folder + "/";
  return path.rfind(start, 0) == 0;
}

class Kubernetes : public Engine {
 public:
  explicit Kubernetes(EngineOptions options) : options_(std::move(options)) {
    options_.require({"image", "claim", "mount"});
    most_slices();
    parallelism(1);
    retries();
    gpus();
  }

  size_t most_slices() const override {
    return static_cast<size_t>(options_.integer("slices", kUsualSlices, 1, 100'000));
  }

  std::string script(const SlicedRun& run) const override {
    const std::string mount = options_.text("mount");
    if (!is_inside(run.run_directory, mount)) {
      throw ConfigError("--on kubernetes: the run's folder " + run.run_directory +
                        " is not below 'mount', " + mount +
                        ": pods see it by the same path; give another --out");
    }
    const uint32_t slices = run.slices.floats + run.slices.others;
    SlicedRun in_pod = run;
    in_pod.program = "qsweep";  // the image's
    const int workers = workers_of_slice(run, run.threads);
    const std::string command =
        "exec " +
        slice_command(in_pod,
                      "\"$((JOB_COMPLETION_INDEX + " + std::to_string(run.slices.first) + "))\"",
                      workers);
    const std::string count = std::to_string(slices);
    return "# kubectl apply -f -; once the job has ended: " + merge_command(run) +
           "\n"
           "apiVersion: batch/v1\n"
           "kind: Job\n"
           "metadata:\n"
           "  name: " +
           text(label_of(run.name) + "-" + std::to_string(run.slices.first)) + "\n" + name_space() +
           "spec:\n"
           "  completionMode: Indexed\n"
           "  completions: " +
           count +
           "\n"
           "  parallelism: " +
           std::to_string(parallelism(slices)) +
           "\n"
           "  backoffLimitPerIndex: " +
           std::to_string(retries()) +
           "\n"
           "  maxFailedIndexes: " +
           count + "\n" + failure_policy() +
           "  template:\n"
           "    spec:\n"
           "      restartPolicy: Never\n"
           "      containers:\n"
           "        - name: worker\n"
           "          image: " +
           text(options_.text("image")) +
           "\n"
           "          command: [sh, -c, " +
           text(command) +
           "]\n"
           "          env: [{name: QSWEEP_CACHE, value: " +
           text(cache(mount)) + "}]\n" + resources(workers * run.threads) +
           "          volumeMounts: [{name: runs, mountPath: " + text(mount) +
           "}]\n"
           "      volumes:\n"
           "        - name: runs\n"
           "          persistentVolumeClaim: {claimName: " +
           text(options_.text("claim")) + "}\n";
  }

 private:
  int64_t parallelism(int64_t otherwise) const {
    return options_.integer("parallelism", otherwise, 1, 100'000);
  }
  int64_t retries() const { return options_.integer("retries", 3, 0, 1000); }
  int64_t gpus() const { return options_.integer("gpus", 0, 1, 1000); }

  std::string cache(const std::string& mount) const {
    const std::string own = options_.text("cache");
    return own.empty() ? mount + "/.qsweep-cache" : own;
  }

  std::string name_space() const {
    const std::string own = options_.text("namespace");
    return own.empty() ? "" : "  namespace: " + text(own) + "\n";
  }

  // What another attempt would not change fails the index (1, 2, 5); a pod that was evicted, or
  // that can go on (75), is replaced and costs no attempt.
  static std::string failure_policy() {
    return "  podFailurePolicy:\n"
           "    rules:\n"
           "      - action: Ignore\n"
           "        onPodConditions: [{type: DisruptionTarget, status: \"True\"}]\n"
           "      - action: Ignore\n"
           "        onExitCodes: {containerName: worker, operator: In, values: [75]}\n"
           "      - action: FailIndex\n"
           "        onExitCodes: {containerName: worker, operator: In, values: [1, 2, 5]}\n";
  }

  std::string resources(int processors) const {
    std::string limits;
    const auto add = [&limits](const std::string& name, const std::string& value) {
      limits += (limits.empty() ? "" : ", ") + name + ": " + text(value);
    };
    add("cpu", std::to_string(processors));
    if (const std::string memory = options_.text("memory"); !memory.empty()) {
      add("memory", memory);
    }
    if (gpus() > 0) {
      add("nvidia.com/gpu", std::to_string(gpus()));
    }
    return "          resources: {requests: {" + limits + "}, limits: {" + limits + "}}\n";
  }

  EngineOptions options_;
};

}  // namespace

EngineType kubernetes_type() {
  EngineType type;
  type.name = "kubernetes";
  type.about = "an Indexed Job; printed only";
  type.options = {"cache",
                  "claim",
                  "gpus",
                  "image",
                  "memory",
                  "mount",
                  "namespace",
                  "parallelism",
                  "retries",
                  "slices"};
  type.make = [](EngineOptions options) -> std::unique_ptr<Engine> {
    return std::make_unique<Kubernetes>(std::move(options));
  };
  return type;
}

}  // namespace qsweep
