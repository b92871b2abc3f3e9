#include "qsweep/model/script/frozen_modes.hpp"

#include <torch/csrc/jit/ir/constants.h>

#include <set>

namespace qsweep {
namespace {

namespace jit = torch::jit;

const std::set<std::string> kDropouts{"dropout",
                                      "feature_dropout",
                                      "alpha_dropout",
                                      "feature_alpha_dropout",
                                      "dropout_",
                                      "feature_dropout_",
                                      "alpha_dropout_"};

struct Counts {
  int trains = 0;
  int evaluates = 0;

  // Of an op whose mode is fixed; that of a script hangs on the module's `training`.
  void add(const jit::Node& node, const char* mode) {
    const auto fixed = jit::toIValue(node.namedInput(mode));
    if (fixed && fixed->isBool()) {
      ++(fixed->toBool() ? trains : evaluates);
    }
  }
};

void count(jit::Block* block, Counts& norms, Counts& dropouts) {
  for (jit::Node* node : block->nodes()) {
    const std::string name = node->kind().toUnqualString();
    if (name == "batch_norm") {
      norms.add(*node, "training");
    } else if (kDropouts.count(name) > 0) {
      dropouts.add(*node, "train");
    }
    for (jit::Block* inner : node->blocks()) {
      count(inner, norms, dropouts);
    }
  }
}

// "its 19 batch norms"
std::string its(int count, const std::string& noun) {
  return count == 1 ? "its " + noun : "its " + std::to_string(count) + " " + noun + "s";
}

}  // namespace

FrozenModes frozen_modes(jit::Graph& graph) {
  Counts norms;
  Counts dropouts;
  count(graph.block(), norms, dropouts);
  FrozenModes modes;
  if (norms.evaluates > 0) {
    modes.in_training.push_back(
        "it was traced in eval(), so that fine-tuning leaves the statistics of " +
        its(norms.evaluates, "batch norm") + " as they are");
  }
  if (dropouts.evaluates > 0) {
    modes.in_training.push_back("it was traced in eval(), so that fine-tuning drops nothing in " +
                                its(dropouts.evaluates, "dropout"));
  }
  if (norms.trains > 0) {
    modes.in_evaluation.push_back(
        "it was traced in train(), so that evaluation norms each batch by its own statistics in " +
        its(norms.trains, "batch norm"));
  }
  if (dropouts.trains > 0) {
    modes.in_evaluation.push_back(
        "it was traced in train(), so that evaluation drops at random in " +
        its(dropouts.trains, "dropout"));
  }
  return modes;
}

}  // namespace qsweep
