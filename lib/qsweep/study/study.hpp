#pragma once

#include "qsweep/journal/record.hpp"
#include "qsweep/model/model.hpp"
#include "qsweep/plan/plan.hpp"

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// Where a study runs.
struct StudyOptions {
  std::string out;    // where its trials leave their files; empty: results/<name>
  std::string cache;  // of decoded data and pretrained weights; empty: the command's
  int threads = 1;
  torch::Device device = torch::kCPU;
};

/// An experiment file about a program's own networks, run in that program, with the numbers that
/// the command would show. It sets LibTorch's threads, the seed of its generator, and cuDNN's
/// choices.
class Study {
 public:
  /// `models` are what `model:` can name in the file. Each gets a parameter `program`, a hash of
  /// this program's file, so that a trial of a changed program is another trial. Plans; throws
  /// ConfigError for what is wrong in the file, with its place; `{script: ...}` is for the command.
  Study(const std::string& file, ModelTable models, const StudyOptions& options = {});
  ~Study();
  Study(const Study&) = delete;
  Study& operator=(const Study&) = delete;

  const Plan& plan() const;
  /// In the plan's order; the float rows are among them.
  std::vector<Row> rows() const;
  /// Loads or pretrains the network, calibrates, evaluates, fine-tunes and evaluates again, as the
  /// row's trial says; at the first call. What keeps a trial from a result is in the record.
  const Record& run(const Row& row);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace qsweep
