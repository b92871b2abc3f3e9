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

  // Of an op whose mode is fixed; that of most scripts hangs on the module's `training`.
  void add(const jit::Node& node, const char* mode) {
    const auto fixed = jit::toIValue(node.namedInput(mode));
    if (fixed && fixed->isBool()) {
      ++(fixed->toBool() ? trains : evaluates);
    }
  }
};

// Attention of a script says by a share of 0 that nothing is dropped, and leaves the mode alone.
bool drops_a_fixed_share(const jit::Node& dropout) {
  const auto share = jit::toIValue(dropout.namedInput("p"));
  return share && share->isDouble() && share->toDouble() > 0;
}

void count(jit::Block* block, Counts& norms, Counts& dropouts) {
  for (jit::Node* node : block->nodes()) {
    const std::string name = node->kind().toUnqualString();
    if (name == "batch_norm") {
      norms.add(*node, "training");
    } else if (kDropouts.count(name) > 0 && drops_a_fixed_share(*node)) {
      dropouts.add(*node, "train");
    }
    for (jit::Block* inner : node->blocks()) {
      count(inner, norms, dropouts);
    }
  }
}

// "its 19 batch norms are fixed to train()"
std::string fixed(int count, const std::string& noun, const char* mode) {
  const std::string subject =
      count == 1 ? "its " + noun + " is" : "its " + std::to_string(count) + " " + noun + "s are";
  return subject + " fixed to " + mode;
}

}  // namespace

FrozenModes frozen_modes(jit::Graph& graph) {
  Counts norms;
  Counts dropouts;
  count(graph.block(), norms, dropouts);
  FrozenModes modes;
  if (norms.evaluates > 0) {
    modes.in_training.push_back(fixed(norms.evaluates, "batch norm", "eval()") +
                                ", as by a trace, so that fine-tuning leaves the statistics as "
                                "they are");
  }
  if (dropouts.evaluates > 0) {
    modes.in_training.push_back(fixed(dropouts.evaluates, "dropout", "eval()") +
                                ", as by a trace, so that fine-tuning drops nothing there");
  }
  if (norms.trains > 0) {
    modes.in_evaluation.push_back(fixed(norms.trains, "batch norm", "train()") +
                                  ", as by a trace, so that evaluation norms each batch by its own "
                                  "statistics");
  }
  if (dropouts.trains > 0) {
    modes.in_evaluation.push_back(fixed(dropouts.trains, "dropout", "train()") +
                                  ", as by a trace, so that evaluation drops at random there");
  }
  return modes;
}

}  // namespace qsweep
