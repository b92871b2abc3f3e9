#pragma once

#include "qsweep/core/error.hpp"
#include "qsweep/model/script/script_model.hpp"

#include <torch/csrc/jit/api/module.h>
#include <torch/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "state_fixture.hpp"

namespace qsweep {

constexpr InputShape kScriptInput{3, 8, 8};
constexpr int64_t kScriptClasses = 5;

/// A TorchScript class and its only instance, made as Python's torch.jit.script would: with
/// `training`, and in training mode.
torch::jit::Module script_class(const std::string& qualified_name);

torch::jit::Module script_conv(int64_t in, int64_t out, bool bias);  // 3x3, padded
torch::jit::Module script_linear(int64_t in, int64_t out);
torch::jit::Module script_batch_norm(int64_t channels);

/// Two residual blocks between a stem and a head, for images of 3x8x8 and 5 classes. Blocks write
/// in place: `relu_`, `+=`.
torch::jit::Module script_network();

/// A network of one method with that body, a convolution `conv` of 3 to 3 channels, and a linear
/// layer `head` of 3*8*8 inputs; and others.
torch::jit::Module script_with_forward(
    const std::string& body,
    const std::vector<std::pair<std::string, torch::jit::Module>>& others = {});

/// An archive of its own for one test.
struct ScriptArchive {
  TestFolder folder;
  std::string path = folder.file("net.pt");

  explicit ScriptArchive(const torch::jit::Module& module) { module.save(path); }
  std::unique_ptr<ScriptModel> model(const Json& output = Json()) const {
    return load_script_model(path, kScriptInput, kScriptClasses, output);
  }
  torch::jit::Module module() const;
};

/// Four images for these networks, always the same.
torch::Tensor script_images();

/// Why a script is refused; empty if it is not.
inline std::string script_complaint(const torch::jit::Module& module, const Json& output = Json()) {
  const ScriptArchive archive(module);
  try {
    archive.model(output);
  } catch (const IoError& error) {
    return error.reason();
  }
  return "";
}

}  // namespace qsweep
