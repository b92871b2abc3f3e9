#include "qsweep/model/script/trace_model.hpp"

#include "qsweep/core/error.hpp"

#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <map>
#include <memory>
#include <utility>

namespace qsweep {
namespace {

namespace jit = torch::jit;
using torch::Tensor;

// Modules within modules, made as their paths come up.
class ModuleTree {
 public:
  ModuleTree() : unit_(std::make_shared<jit::CompilationUnit>()) { made_.emplace("", make("")); }

  const jit::Module& root() const { return made_.at(""); }

  // "layer1.0.conv1.weight"
  void add(const std::string& name, const Tensor& tensor, bool is_buffer) {
    const size_t dot = name.rfind('.');
    jit::Module owner = dot == std::string::npos ? root() : at(name.substr(0, dot));
    owner.register_parameter(name.substr(dot + 1), tensor, is_buffer);
  }

 private:
  jit::Module at(const std::string& path) {
    const auto known = made_.find(path);
    if (known != made_.end()) {
      return known->second;
    }
    const size_t dot = path.rfind('.');
    jit::Module parent = dot == std::string::npos ? root() : at(path.substr(0, dot));
    jit::Module module = make(path);
    parent.register_module(path.substr(dot + 1), module);
    made_.emplace(path, module);
    return module;
  }

  // Every module has a class of its own.
  jit::Module make(const std::string& path) {
    const std::string name = path.empty() ? "Network" : "Module" + std::to_string(made_.size());
    jit::Module module(c10::QualifiedName("__torch__." + name), unit_);
    module.register_attribute("training", c10::BoolType::get(), false);
    return module;
  }

  std::shared_ptr<jit::CompilationUnit> unit_;
  std::map<std::string, jit::Module> made_;  // by path
};

}  // namespace

jit::Module trace_model(Model& model, SiteHook* hook, const Tensor& example) {
  const torch::NoGradGuard no_grad;
  model.train(false);
  ModuleTree tree;
  for (const auto& [name, parameter] : model.parameters()) {
    tree.add(name, parameter, /*is_buffer=*/false);
  }
  for (const auto& [name, buffer] : model.buffers()) {
    tree.add(name, buffer, /*is_buffer=*/true);
  }
  jit::Module root = tree.root();
  try {
    const auto [state, outputs] = jit::tracer::trace(
        {example},
        [&](jit::Stack inputs) { return jit::Stack{model.forward(inputs.at(0).toTensor(), hook)}; },
        [](const torch::autograd::Variable&) { return ""; },
        /*strict=*/true,
        /*force_outplace=*/false,
        &root,
        {"images"});
    const c10::QualifiedName name(*root.type()->name(), "forward");
    root.type()->addMethod(root._ivalue()->compilation_unit()->create_function(name, state->graph));
  } catch (const c10::Error& error) {
    throw TrialError(std::string("the network cannot be recorded as TorchScript: ") +
                     error.what_without_backtrace());
  }
  return root;
}

}  // namespace qsweep
