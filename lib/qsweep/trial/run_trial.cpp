#include "qsweep/trial/run_trial.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/host_name.hpp"
#include "qsweep/core/unfinished_file.hpp"
#include "qsweep/journal/checkpoint_path.hpp"
#include "qsweep/trial/memory_use.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <vector>

namespace qsweep {
namespace {

// Runs a stage and adds its seconds to the record; those in which it waited for another trial are
// not its own.
template <class Body>
auto timed(const Workbench& bench, Record& record, const std::string& name, Body body) {
  struct Clock {
    const Workbench& bench;
    double& seconds;
    std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    std::chrono::duration<double> waited_before = bench.waited();
    ~Clock() {
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
      seconds += (passed - (bench.waited() - waited_before)).count();
    }
  };
  const Clock clock{bench, record.seconds[name]};
  return body();
}

void compare(Record& record, const EvaluationResult& reference, const EvaluationResult& result) {
  for (size_t i = 0; i < result.correct.size(); ++i) {
    record.images_won += static_cast<int64_t>(result.correct[i] && !reference.correct[i]);
    record.images_lost += static_cast<int64_t>(!result.correct[i] && reference.correct[i]);
  }
}

void finish(Record& record, const EvaluationResult& result) {
  record.final = result.numbers;
  if (!record.top1_best) {
    record.top1_best = result.numbers.top1;
  }
  record.images_per_second = static_cast<double>(result.numbers.images) / result.seconds;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// By now the network and its data are warm; what the evaluation gives is known already.
void time_evaluation(
    Record& record, const Stage& stage, Model& model, Binding* binding, int repeats) {
  if (repeats == 0) {
    return;
  }
  const EvaluationSet set = stage.evaluation_set(*stage.dataset.test);
  std::vector<double> seconds;
  for (int i = 1; i <= repeats; ++i) {
    stage.on_stage("timing", i, repeats);
    Record once;
    timed(stage.bench, once, "timing", [&] { evaluate(model, binding, set); });
    seconds.push_back(once.seconds.at("timing"));
    record.seconds["timing"] += seconds.back();
  }
  record.repeats = repeats;
  record.images_per_second = static_cast<double>(set.order.size()) / median(seconds);
}

// Readies the quantized network for its first evaluation.
void prepare(Record& record, const Stage& stage, Model& model, Binding& binding) {
  const bool corrects = !stage.settings.corrections.empty();
  if (corrects) {
    timed(stage.bench, record, "correct", [&] { correct_float(stage, model, binding); });
  }
  timed(stage.bench, record, "calibrate", [&] { calibrate(stage, model, binding); });
  if (corrects) {
    timed(stage.bench, record, "correct", [&] { correct_quantized(stage, model, binding); });
  }
}

// The record has the seconds of what was reached, whatever ends it.
Record compute(const Stage& stage, int repeats, Record& record) {
  record.trial = stage.trial.id;
  double pretraining = 0;
  const auto model =
      timed(stage.bench, record, "load", [&] { return float_model(stage, pretraining); });
  if (pretraining > 0) {
    record.seconds["pretrain"] = pretraining;
    record.seconds["load"] -= pretraining;
  }
  const auto reference =
      timed(stage.bench, record, "float", [&] { return float_reference(stage, *model); });
  if (stage.trial.is_float()) {
    record.ptq = reference.numbers;
    finish(record, reference);
    time_evaluation(record, stage, *model, nullptr, repeats);
    leave_files(stage, *model, nullptr, reference);
    if (stage.bench.options().keep != "none") {
      leave_weights(stage, *model, nullptr);
    }
    return record;
  }

  Binding binding(model->layers(), stage.trial.groups, stage.bench.tables().quantizers);
  prepare(record, stage, *model, binding);
  stage.on_stage("evaluate", 0, 0);
  EvaluationResult result = timed(stage.bench, record, "evaluate", [&] {
    return evaluate(*model, &binding, stage.evaluation_set(*stage.dataset.test));
  });
  record.ptq = result.numbers;
  record.sqnr_db = sqnr_db(reference.logits, result.logits);
  finish(record, result);
  time_evaluation(record, stage, *model, &binding, repeats);

  if (stage.settings.finetune) {
    const FinetuneResult tuned =
        timed(stage.bench, record, "finetune", [&] { return finetune(stage, *model, binding); });
    record.seconds["finetune"] += tuned.earlier_seconds;
    result = tuned.last;
    record.final = result.numbers;
    record.top1_best = tuned.best_top1;
  }
  compare(record, reference, result);
  leave_files(stage, *model, &binding, result);
  // The best epoch's are there already.
  const std::string& keep = stage.bench.options().keep;
  if (keep == "last" || (keep == "best" && !stage.settings.finetune)) {
    leave_weights(stage, *model, &binding);
  }
  return record;
}

Record failed(const Trial& trial,
              const std::string& kind,
              const std::string& reason,
              const std::string& text) {
  Record record;
  record.trial = trial.id;
  record.failed = true;
  record.error_kind = kind;
  record.error = reason;
  record.error_text = text;
  return record;
}

// LibTorch says what is wrong in the first line, and may name files there.
std::string first_line_without_paths(const std::string& text) {
  std::istringstream words(text.substr(0, text.find('\n')));
  std::string line;
  for (std::string word; words >> word;) {
    line += (line.empty() ? "" : " ") + (word.find('/') == std::string::npos ? word : "...");
  }
  return line;
}

// The allocator of the CPU has no error of its own.
bool is_out_of_memory(const c10::Error& error) {
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
         std::strstr(error.what_without_backtrace(), "DefaultCPUAllocator") != nullptr;
}

Record failed(const Trial& trial, const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  return is_out_of_memory(error) ? failed(trial, "memory", "out of memory", text)
                                 : failed(trial, "error", first_line_without_paths(text), text);
}

Record compute_or_fail(
    const Trial& trial, Workbench& bench, const OnStage& on_stage, int repeats, Record& reached) {
  try {
    Settings settings = trial.settings;
    resize_for(trial.model, settings.data);
    return compute({trial, settings, bench.dataset(settings), bench, on_stage}, repeats, reached);
  } catch (const WriteError&) {
    throw;
  } catch (const IoError& error) {
    return failed(trial, "io", error.reason(), error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return failed(trial, "io", error.code().message(), error.what());
  } catch (const NotFiniteError& error) {
    return failed(trial, "nan", error.what(), error.what());
  } catch (const Error& error) {
    return failed(trial, "error", error.what(), error.what());
  } catch (const c10::Error& error) {
    return failed(trial, error);
  } catch (const std::bad_alloc&) {
    return failed(trial, "memory", "out of memory", "out of memory");
  }
}

}  // namespace

Record run_trial(const Trial& trial, Workbench& bench, const OnStage& on_stage, int repeats) {
  remove_unfinished_in(bench.options().run_directory + "/trials/" + trial.id);
  Record reached;
  Record record = compute_or_fail(trial, bench, on_stage, repeats, reached);
  record.seconds = reached.seconds;
  const MemoryUse memory = memory_use();
  record.peak_memory = memory.peak;
  record.shared_memory = memory.shared;
  record.host = host_name();
  return record;
}

void forget_checkpoint(const Record& record, const Workbench& bench) {
  if (!may_be_bad_luck(record)) {
    remove_checkpoint(checkpoint_path(bench.options().run_directory, record.trial));
  }
}

}  // namespace qsweep
