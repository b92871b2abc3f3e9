#include "qsweep/model/script/script_model.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/script/attribute_values.hpp"
#include "qsweep/model/script/fused_outputs.hpp"
#include "qsweep/model/script/hook_calls.hpp"
#include "qsweep/model/script/load_script.hpp"
#include "qsweep/model/script/module_state.hpp"
#include "qsweep/model/script/script_listing.hpp"
#include "qsweep/model/script/select_output.hpp"
#include "qsweep/plan/channel_axes.hpp"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <optional>
#include <set>
#include <utility>

namespace qsweep {
namespace {

namespace jit = torch::jit;
using torch::Tensor;

bool is_batch_norm(const jit::Module& module) {
  return module.type()->name() && module.type()->name()->name().rfind("BatchNorm", 0) == 0;
}

bool writes_into_images(const std::shared_ptr<jit::Graph>& graph) {
  const jit::AliasDb aliases(graph);
  return aliases.hasWriters(graph->inputs()[1]);
}

void set_training(const jit::Module& module, bool on) {
  if (const auto slot = module.type()->findAttributeSlot("training")) {
    module._ivalue()->setSlot(*slot, on);
  }
}

class GraphModel : public ScriptModel {
 public:
  GraphModel(jit::Module module, const InputShape& input, const Json& output)
      : module_(std::move(module)) {
    require_parameters();
    require_no_hooks();
    graph_ = flat_graph(module_);
    select_output(graph_, module_, output);
    read_arguments();
    frozen_modes_ = qsweep::frozen_modes(*graph_);
    ops_ = instrument(*graph_);
    writes_into_images_ = writes_into_images(graph_);
    list(input);
  }

  const std::vector<Layer>& layers() const override { return layers_; }
  /// Of the listing's image of zeros.
  const Tensor& logits() const { return logits_; }
  const FrozenModes& frozen_modes() const override { return frozen_modes_; }

  Tensor forward(const Tensor& images, SiteHook* hook) override {
    calls_->hook = hook;
    return run(writes_into_images_ ? images.clone() : images, calls_);
  }

  NamedTensors parameters() const override {
    NamedTensors list = distinct(module_.named_parameters());
    for (size_t i = 0; i < ops_.size(); ++i) {
      if (calls_->ops[i].added_bias.defined()) {
        list.emplace_back(owner_of_weight(ops_[i]) + "bias", calls_->ops[i].added_bias);
      }
    }
    return list;
  }
  NamedTensors buffers() const override { return distinct(module_.named_buffers()); }

  void train(bool on) override {
    for (const jit::Module& module : module_.modules()) {
      set_training(module, on);
    }
    training_ = on;
  }
  void freeze_batch_norms() override {
    for (const jit::Module& module : module_.modules()) {
      if (is_batch_norm(module)) {
        set_training(module, false);
      }
    }
  }
  bool is_training() const override { return training_; }

  void to(torch::Device device) override {
    module_.to(device);
    const torch::NoGradGuard no_grad;
    for (HookCalls::Op& op : calls_->ops) {
      if (op.added_bias.defined()) {
        op.added_bias.set_data(op.added_bias.to(device));
      }
    }
  }

  LayerTensors tensors(int layer) const override {
    const ScriptOp& op = op_of(layer);
    LayerTensors tensors;
    if (op.is(ComputingOp::Kind::Plain)) {
      return tensors;
    }
    tensors.weight = attribute(op, "weight");
    tensors.bias = attribute(op, "bias");
    if (op.name == "batch_norm") {
      tensors.mean = attribute(op, "running_mean");
      tensors.variance = attribute(op, "running_var");
      tensors.eps = eps_of(op);
    } else if (Tensor added = calls_of(layer).added_bias; added.defined()) {
      tensors.bias = added;
    }
    return tensors;
  }

  void add_bias(int layer) override {
    if (tensors(layer).bias.defined()) {
      return;
    }
    const Tensor weight = tensors(layer).weight;
    HookCalls::Op& calls = calls_of(layer);
    const int axis = layers_.at(static_cast<size_t>(layer)).weight_channel_axis;
    calls.added_bias = torch::zeros({weight.size(axis)}, weight.options().requires_grad(false));
    calls.added_bias.requires_grad_();
    jit::Node* node = op_of(layer).node;
    const jit::WithInsertPoint before(node);
    jit::Value* number = graph_->insertConstant(static_cast<int64_t>(op_number(layer)));
    jit::Node* bias = graph_->insertNode(graph_->create(c10::Symbol::fromQualString(kAddedBiasOp),
                                                        {graph_->inputs().back(), number}));
    bias->output()->setType(c10::TensorType::get());
    node->replaceInput(input_named(*node, "bias"), bias->output());
    compile();
  }

  void bypass(int layer) override {
    ScriptOp& op = ops_[static_cast<size_t>(op_number(layer))];
    if (op.node != nullptr) {
      op.sites.at(OpCalls::kOutput)->replaceInput(0, op.node->input(0));
      std::exchange(op.node, nullptr)->destroy();
      compile();
    }
  }

  Tensor forward_product(int layer, const Tensor& input, const Tensor& weight) override {
    const ScriptOp& op = op_of(layer);
    jit::Stack stack{input, weight};
    const size_t bias = input_named(*op.node, "bias");
    for (size_t i = 2; i < op.node->inputs().size(); ++i) {
      const auto argument = i == bias ? bias_of(layer) : known_value(module_, *op.node->input(i));
      if (!argument) {
        throw TrialError("'" + layers_.at(static_cast<size_t>(layer)).name +
                         "' cannot be computed alone: an argument of its is computed");
      }
      stack.push_back(*argument);
    }
    op.node->getOperation()(stack);
    return stack.front().toTensor();
  }

 private:
  void require_parameters() const {
    if (module_.named_parameters().size() == 0) {
      throw IoError(
          "has no parameters: a frozen module keeps its weights as constants, which cannot be "
          "quantized; save it without torch.jit.freeze");
    }
  }

  // Those of modules inside are in the graph: they are called where the module is.
  void require_no_hooks() const {
    const auto type = module_.type();
    if (!type->getForwardHooks().empty() || !type->getForwardPreHooks().empty()) {
      throw IoError(
          "has a forward hook on the network itself, which is no part of its forward; register it "
          "on a module inside");
    }
  }

  // Those behind the image, which must have defaults.
  void read_arguments() {
    const auto& arguments = module_.get_method("forward").function().getSchema().arguments();
    if (arguments.size() < 2 || !arguments[1].type()->isSubtypeOf(*c10::TensorType::get())) {
      throw IoError("takes no tensor of images");
    }
    for (size_t i = 2; i < arguments.size(); ++i) {
      const auto& value = arguments[i].default_value();
      if (!value) {
        throw IoError("takes '" + arguments[i].name() + "' beside the images");
      }
      more_arguments_.push_back(*value);
    }
  }

  void list(const InputShape& input) {
    const bool was_training = module_.attr("training", true).toBool();
    train(false);
    const std::vector<Tensor> frozen = require_gradients();
    compile();
    const ModuleState state(module_);
    const ScriptListing listing = list_script(
        module_, ops_, input, [&](const Tensor& image, const c10::intrusive_ptr<OpCalls>& calls) {
          state.restore();  // a buffer that counts is the same in each run
          return run(image, calls);
        });
    state.restore();
    freeze_again(frozen);
    logits_ = listing.output.detach();
    take(listing, {input.channels, input.height, input.width});
    train(was_training);
  }

  // The listing follows gradients from the image and the parameters. Returns those that had none.
  std::vector<Tensor> require_gradients() {
    std::vector<Tensor> frozen;
    for (Tensor parameter : module_.parameters()) {
      if (parameter.is_floating_point() && !parameter.requires_grad()) {
        frozen.push_back(parameter.requires_grad_());
      }
    }
    return frozen;
  }

  // A file that froze all of them was made to be run, not to leave nothing to train.
  void freeze_again(const std::vector<Tensor>& frozen) {
    if (frozen.size() < module_.parameters().size()) {
      for (Tensor parameter : frozen) {
        parameter.requires_grad_(false);
      }
    }
  }

  void take(const ScriptListing& listing, const std::vector<int64_t>& image) {
    for (const ScriptLayer& listed : listing.layers) {
      layers_.push_back(listed.layer);
    }
    find_channel_axes(layers_, image);
    const std::vector<LayerSites> sites = sites_by_layer(layers_);
    calls_ = c10::make_intrusive<HookCalls>();
    for (const ScriptOp& op : ops_) {
      calls_->ops.emplace_back();
      calls_->ops.back().name = shown(op);
    }
    for (size_t i = 0; i < listing.layers.size(); ++i) {
      const ScriptLayer& listed = listing.layers[i];
      HookCalls::Op& calls = calls_->ops[static_cast<size_t>(listed.op)];
      calls.sites = sites[i];
      calls.operands = listed.operands;
      calls.batches = listed.batches;
      calls.listed = true;
      op_numbers_.push_back(listed.op);
      remove_constant_operands(listed);
    }
    for (const int op : listing.constant_ops) {
      remove_all_sites(ops_[static_cast<size_t>(op)]);
    }
    compile();
  }

  void remove_constant_operands(const ScriptLayer& listed) {
    ScriptOp& op = ops_[static_cast<size_t>(listed.op)];
    const std::set<int> kept(listed.operands.begin(), listed.operands.end());
    for (const auto& [place, site] : std::map<int, jit::Node*>(op.sites)) {
      if (place >= 0 && kept.count(place) == 0) {
        remove_site(op, place);
      }
    }
  }

  static void remove_all_sites(ScriptOp& op) {
    for (const auto& [place, site] : std::map<int, jit::Node*>(op.sites)) {
      remove_site(op, place);
    }
  }

  // What runs is a copy, so that `ops_` stay in the graph.
  void compile() {
    const std::shared_ptr<jit::Graph> fused = graph_->copy();
    fuse_outputs(*fused);
    code_ = jit::Code(fused, "forward");
  }

  Tensor run(const Tensor& images, const c10::intrusive_ptr<OpCalls>& calls) const {
    std::vector<c10::IValue> inputs{module_._ivalue(), images};
    inputs.insert(inputs.end(), more_arguments_.begin(), more_arguments_.end());
    return run_graph(code_, std::move(inputs), calls).toTensor();
  }

  // A module that stands in two places has its tensors once.
  template <class List>
  static NamedTensors distinct(const List& tensors) {
    NamedTensors list;
    std::set<const void*> seen;
    for (const auto& item : tensors) {
      if (seen.insert(item.value.unsafeGetTensorImpl()).second) {
        list.emplace_back(item.name, item.value);
      }
    }
    return list;
  }

  int op_number(int layer) const { return op_numbers_.at(static_cast<size_t>(layer)); }
  const ScriptOp& op_of(int layer) const { return ops_[static_cast<size_t>(op_number(layer))]; }
  HookCalls::Op& calls_of(int layer) const {
    return calls_->ops[static_cast<size_t>(op_number(layer))];
  }

  static std::string owner_of_weight(const ScriptOp& op) {
    const std::string& weight = op.attributes.at("weight");
    return weight.substr(0, weight.rfind('.') + 1);
  }

  Tensor attribute(const ScriptOp& op, const std::string& name) const {
    const auto found = op.attributes.find(name);
    return found == op.attributes.end() ? Tensor() : tensor_at(module_, found->second);
  }

  std::optional<c10::IValue> bias_of(int layer) const {
    const Tensor bias = tensors(layer).bias;
    return bias.defined() ? c10::IValue(bias) : c10::IValue();
  }

  double eps_of(const ScriptOp& op) const {
    const auto found = op.attributes.find("eps");
    return found == op.attributes.end() ? op.eps
                                        : attribute_value(module_, found->second).toDouble();
  }

  static size_t input_named(const jit::Node& node, const std::string& name) {
    const auto index = node.schema().argumentIndexWithName(name);
    TORCH_CHECK(index, "no argument '", name, "'");
    return static_cast<size_t>(*index);
  }

  jit::Module module_;
  std::shared_ptr<jit::Graph> graph_;
  FrozenModes frozen_modes_;
  std::vector<c10::IValue> more_arguments_;
  std::vector<ScriptOp> ops_;
  std::vector<Layer> layers_;
  std::vector<int> op_numbers_;  // by layer
  c10::intrusive_ptr<HookCalls> calls_;
  jit::Code code_;
  Tensor logits_;
  bool writes_into_images_ = false;
  bool training_ = false;
};

void require_classes(const Tensor& logits, int64_t classes) {
  if (logits.dim() != 2 || (classes > 0 && logits.size(1) != classes)) {
    std::string sizes;
    for (const int64_t size : logits.sizes()) {
      sizes += (sizes.empty() ? "" : "x") + std::to_string(size);
    }
    throw IoError("returns " + sizes + " numbers for one image, " +
                  (classes > 0 ? "but there are " + std::to_string(classes) + " classes"
                               : "not one for each class"));
  }
}

}  // namespace

std::unique_ptr<ScriptModel> load_script_model(const std::string& path,
                                               const InputShape& input,
                                               int64_t classes,
                                               const Json& output) {
  const jit::Module module = load_script(path);
  try {
    auto model = std::make_unique<GraphModel>(module, input, output);
    require_classes(model->logits(), classes);
    return model;
  } catch (const IoError& error) {
    throw IoError(path, error.reason());
  } catch (const c10::Error& error) {
    throw IoError(path,
                  "fails on an image of " + std::to_string(input.channels) + 'x' +
                      std::to_string(input.height) + 'x' + std::to_string(input.width) + ": " +
                      error.what_without_backtrace());
  }
}

}  // namespace qsweep
