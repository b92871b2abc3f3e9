#include "qsweep/model/model.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/sha256.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <map>
#include <sstream>

namespace qsweep {
namespace {

std::string shape_text(const torch::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

bool may_be_missing(const std::string& name) {
  const std::string suffix = "num_batches_tracked";
  return name.size() >= suffix.size() &&
         name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
}

std::string listed(const std::string& what, const std::vector<std::string>& names) {
  constexpr size_t kShown = 8;
  std::string text = "\n  " + what + " (" + std::to_string(names.size()) + "):";
  for (size_t i = 0; i < names.size() && i < kShown; ++i) {
    text += (i == 0 ? " " : ", ") + names[i];
  }
  return text + (names.size() > kShown ? ", ..." : "");
}

}  // namespace

NamedTensors state_of(const Model& model) {
  NamedTensors state = model.parameters();
  for (auto& buffer : model.buffers()) {
    state.push_back(std::move(buffer));
  }
  return state;
}

void load_state(Model& model, const NamedTensors& state, const std::string& origin) {
  std::map<std::string, torch::Tensor> given(state.begin(), state.end());
  std::vector<std::string> missing;
  std::vector<std::string> misshaped;
  NamedTensors own = state_of(model);
  for (const auto& [name, tensor] : own) {
    const auto found = given.find(name);
    if (found == given.end()) {
      if (!may_be_missing(name)) {
        missing.push_back(name);
      }
    } else if (found->second.sizes() != tensor.sizes()) {
      misshaped.push_back(name + " is " + shape_text(found->second) + ", the model has " +
                          shape_text(tensor));
    }
  }
  std::vector<std::string> unexpected;
  std::map<std::string, torch::Tensor> known(own.begin(), own.end());
  for (const auto& [name, tensor] : state) {
    if (known.count(name) == 0) {
      unexpected.push_back(name);
    }
  }
  if (!missing.empty() || !unexpected.empty() || !misshaped.empty()) {
    throw IoError(origin,
                  "these weights do not fit the model",
                  (missing.empty() ? "" : listed("missing", missing)) +
                      (unexpected.empty() ? "" : listed("unexpected", unexpected)) +
                      (misshaped.empty() ? "" : listed("mis-shaped", misshaped)));
  }
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : own) {
    const auto found = given.find(name);
    if (found != given.end()) {
      tensor.copy_(found->second);
    }
  }
}

std::string fingerprint_of(const NamedTensors& state) {
  Sha256 hash;
  for (const auto& [name, tensor] : state) {
    const torch::Tensor plain = tensor.detach().cpu().contiguous();
    std::ostringstream head;
    head << name << ' ' << plain.scalar_type() << ' ' << plain.sizes() << '\n';
    hash.add(head.str());
    hash.add(plain.data_ptr(), static_cast<size_t>(plain.nbytes()));
  }
  return hash.hex();
}

}  // namespace qsweep
