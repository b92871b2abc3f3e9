#include "qsweep/trial/run_trial.hpp"

#include <sys/resource.h>
#include <torch/torch.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>

#include "qsweep/core/error.hpp"
#include "qsweep/quant/calibration.hpp"
#include "qsweep/data/batch.hpp"
#include "qsweep/train/evaluate.hpp"
#include "qsweep/train/train.hpp"
#include "qsweep/trial/float_model.hpp"
#include "qsweep/trial/layers_csv.hpp"

namespace qsweep {
namespace {

using torch::Tensor;

// One trial on its way: what its stages hand on to each other.
class Run {
 public:
  Run(const Trial& trial, Workbench& bench, const OnStage& on_stage)
      : trial_(trial),
        settings_(trial.settings),
        bench_(bench),
        on_stage_(on_stage),
        dataset_(bench.dataset(trial.settings, trial.model.size)) {
    record_.trial = trial.id;
  }

  Record whole() {
    timed("load", [&] { model_ = float_model(trial_, dataset_, bench_, on_stage_); });
    timed("float", [&] { reference_ = float_reference(); });
    if (trial_.is_float()) {
      return float_record();
    }
    binding_ = std::make_unique<Binding>(model_->layers(), trial_.groups);
    timed("calibrate", [&] { calibrate(); });
    EvaluationResult result = timed_evaluation();
    record_.ptq = result.numbers;
    record_.sqnr_db = sqnr_db(reference_.logits, result.logits);
    if (settings_.finetune) {
      timed("finetune", [&] { result = finetune(); });
    }
    finish(result);
    return record_;
  }

 private:
  template <class Stage>
  void timed(const std::string& name, Stage stage) {
    const auto start = std::chrono::steady_clock::now();
    stage();
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    record_.seconds[name] += passed.count();
  }

  EvaluationSet evaluation_set(const Images& images) const {
    EvaluationSet set;
    set.dataset = &dataset_;
    set.images = &images;
    set.order = draw_images(images, classes(), settings_.limit, settings_.seed, "evaluate");
    set.batch = settings_.evaluate_batch;
    set.device = bench_.options().device;
    return set;
  }

  int64_t classes() const { return static_cast<int64_t>(dataset_.classes.size()); }

  EvaluationResult timed_evaluation() {
    EvaluationResult result;
    on_stage_("evaluate", 0, 0);
    const double before = record_.seconds["evaluate"];
    timed("evaluate", [&] {
      result = evaluate(*model_, binding_.get(), evaluation_set(*dataset_.test));
    });
    const double passed = record_.seconds["evaluate"] - before;
    record_.images_per_second = static_cast<double>(result.numbers.images) / passed;
    return result;
  }

  // The float model's answers on the same images: computed by the float trial, read by the others.
  EvaluationResult float_reference() {
    const Json key = {{"stage", "float"}, {"trial", trial_.float_trial}};
    EvaluationResult own;
    const NamedTensors kept = bench_.run_stages().get(key, [&] {
      own = timed_evaluation();
      return NamedTensors{{"logits", own.logits}, {"correct", as_bytes(own.correct)}};
    });
    if (own.logits.defined()) {
      return own;
    }
    if (trial_.is_float()) {
      return timed_evaluation();  // its numbers are measured in this run, whatever is kept
    }
    own.logits = kept.at(0).second;
    const auto* bytes = kept.at(1).second.data_ptr<uint8_t>();
    own.correct.assign(bytes, bytes + kept.at(1).second.numel());
    return own;
  }

  static Tensor as_bytes(const std::vector<bool>& bits) {
    Tensor bytes = torch::empty({static_cast<int64_t>(bits.size())}, torch::kByte);
    std::copy(bits.begin(), bits.end(), bytes.data_ptr<uint8_t>());
    return bytes;
  }

  Record float_record() {
    record_.ptq = reference_.numbers;
    finish(reference_);
    return record_;
  }

  void calibrate() {
    on_stage_("calibrate", 0, 0);
    if (settings_.calibrate.after == "quantized") {
      calibrate_behind_quantized();
      return;
    }
    for (const SiteKind kind : {SiteKind::Input, SiteKind::Output}) {
      for (const std::string& method : binding_->methods_for(kind)) {
        binding_->set_ranges(kind, method, statistics(kind, method));
      }
    }
  }

  std::vector<int64_t> calibration_images() const {
    return draw_images(*dataset_.train, classes(), settings_.calibrate.images, settings_.seed,
                       "calibrate");
  }

  // Of all sites of a kind, whatever this trial's policy: all trials of a float model share them.
  SiteStatistics statistics(SiteKind kind, const std::string& method) {
    const Json key = {{"stage", "calibrate"},
                      {"float", trial_.float_trial},
                      {"images", settings_.calibrate.images},
                      {"seed", settings_.seed},
                      {"method", method},
                      {"kind", to_string(kind)}};
    return from_named(bench_.run_stages().get(key, [&] {
      const auto calibrator = make_calibrator(method);
      return to_named(observe_sites(*model_, kind, *calibrator, [&](const auto& visit) {
        const std::vector<int64_t> order = calibration_images();
        const auto count = static_cast<int64_t>(order.size());
        for (int64_t first = 0; first < count; first += settings_.evaluate_batch) {
          const int64_t size = std::min(settings_.evaluate_batch, count - first);
          visit(load_batch(dataset_, *dataset_.train, order, first, size)
                    .images.to(bench_.options().device));
        }
      }));
    }));
  }

  // All images in one batch: each site sees them behind sites whose ranges are set already.
  void calibrate_behind_quantized() {
    const torch::NoGradGuard no_grad;
    model_->train(false);
    binding_->begin_evaluation();
    binding_->calibrate_on_first_tensor(true);
    const std::vector<int64_t> order = calibration_images();
    model_->forward(load_batch(dataset_, *dataset_.train, order, 0,
                               static_cast<int64_t>(order.size()))
                        .images.to(bench_.options().device),
                    binding_.get());
    binding_->calibrate_on_first_tensor(false);
  }

  EvaluationResult finetune() {
    const Training& training = *settings_.finetune;
    TrainingSet set;
    set.dataset = &dataset_;
    set.images.resize(static_cast<size_t>(dataset_.train->count()));
    std::iota(set.images.begin(), set.images.end(), 0);
    set.augment = settings_.data.augment == "crop_flip";
    set.seed = settings_.seed;
    set.purpose = "finetune";
    set.device = bench_.options().device;
    on_stage_("finetune", 0, training.epochs);
    EvaluationResult last;
    double best_choice = -1;
    train(*model_, binding_.get(), training, set, [&](int epoch) {
      on_stage_("finetune", epoch, training.epochs);
      last = timed_evaluation();
      const double choice = choice_of(last);
      if (choice > best_choice) {
        best_choice = choice;
        record_.top1_best = last.numbers.top1;
      }
    });
    return last;
  }

  // What the best epoch is chosen by: the validation split, if there is one.
  double choice_of(const EvaluationResult& tested) {
    if (!dataset_.validation) {
      return tested.numbers.top1;
    }
    EvaluationSet set = evaluation_set(*dataset_.validation);
    return evaluate(*model_, binding_.get(), set).numbers.top1;
  }

  void finish(const EvaluationResult& result) {
    record_.final = result.numbers;
    if (!record_.top1_best) {
      record_.top1_best = result.numbers.top1;
    }
    for (size_t i = 0; i < result.correct.size(); ++i) {
      record_.images_won += static_cast<int64_t>(result.correct[i] && !reference_.correct[i]);
      record_.images_lost += static_cast<int64_t>(!result.correct[i] && reference_.correct[i]);
    }
    leave_files(result);
  }

  void leave_files(const EvaluationResult& result) const {
    const std::filesystem::path folder =
        std::filesystem::path(bench_.options().run_directory) / "trials" / trial_.id;
    std::filesystem::create_directories(folder);
    write(folder / "correct.bits", packed(result.correct));
    if (binding_) {
      write(folder / "layers.csv", layers_csv(model_->layers(), binding_->reports()));
    }
    const std::string pretrained = pretrained_path(trial_, dataset_, bench_);
    if (trial_.is_float() && !pretrained.empty()) {
      std::filesystem::copy_file(pretrained, folder / "weights.pt",
                                 std::filesystem::copy_options::overwrite_existing);
    }
  }

  // A bit per image, the first image in the lowest bit of the first byte.
  static std::string packed(const std::vector<bool>& bits) {
    std::string bytes((bits.size() + 7) / 8, '\0');
    for (size_t i = 0; i < bits.size(); ++i) {
      if (bits[i]) {
        bytes[i / 8] = static_cast<char>(static_cast<unsigned char>(bytes[i / 8]) | 1U << (i % 8));
      }
    }
    return bytes;
  }

  static void write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) {
      throw WriteError(path.string() + ": cannot be written: " + system_reason());
    }
  }

  const Trial& trial_;
  const Settings& settings_;
  Workbench& bench_;
  const OnStage& on_stage_;
  const Dataset& dataset_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Binding> binding_;
  EvaluationResult reference_;
  Record record_;
};

Record failed(const Trial& trial, const std::string& kind, const std::string& reason) {
  Record record;
  record.trial = trial.id;
  record.failed = true;
  record.error_kind = kind;
  record.error = reason;
  return record;
}

Record run_or_fail(const Trial& trial, Workbench& bench, const OnStage& on_stage) {
  try {
    return Run(trial, bench, on_stage).whole();
  } catch (const WriteError&) {
    throw;  // no fault of the trial, and a record could not be written either
  } catch (const Error& error) {
    return failed(trial, "error", error.what());
  } catch (const c10::Error& error) {
    return failed(trial, "error", error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    return failed(trial, "memory", "out of memory");
  }
}

}  // namespace

Record run_trial(const Trial& trial, Workbench& bench, const OnStage& on_stage) {
  Record record = run_or_fail(trial, bench, on_stage);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  record.peak_memory = static_cast<int64_t>(usage.ru_maxrss) * 1024;
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  record.host = host.data();
  return record;
}

}  // namespace qsweep
