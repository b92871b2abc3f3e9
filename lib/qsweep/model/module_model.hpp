#pragma once

#include "qsweep/model/native_model.hpp"

#include <torch/nn/module.h>

#include <memory>
#include <utility>

namespace qsweep {

/// What a module of C++ is by itself, however its ops are reached: its tensors, modes and device.
class ModuleModel : public NativeModel {
 public:
  explicit ModuleModel(std::shared_ptr<torch::nn::Module> module) : module_(std::move(module)) {}

  /// A module that stands in two places has its tensors once.
  NamedTensors parameters() const override;
  NamedTensors buffers() const override;
  void train(bool on) override { module_->train(on); }
  void freeze_batch_norms() override;
  bool is_training() const override { return module_->is_training(); }
  void to(torch::Device device) override { module_->to(device); }
  const std::shared_ptr<torch::nn::Module>& module() const override { return module_; }

 private:
  std::shared_ptr<torch::nn::Module> module_;
};

}  // namespace qsweep
