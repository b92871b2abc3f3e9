#include "qsweep/config/scalars.hpp"
#include "qsweep/config/setting_keys.hpp"

namespace qsweep {
namespace {

void reject_keys_of_others(const Node& section, const std::string& optimizer) {
  const bool is_sgd = optimizer == "sgd";
  for (const Node::Entry& entry : section.entries) {
    const bool for_sgd = entry.key == "momentum" || entry.key == "nesterov";
    const bool for_adam = entry.key == "beta1" || entry.key == "beta2";
    if ((for_sgd && !is_sgd) || (for_adam && is_sgd)) {
      throw config_error(entry.place,
                         "'" + entry.key + "' is a setting of " +
                             (for_sgd ? "sgd" : "adam and adamw") + ", and the optimizer is " +
                             optimizer);
    }
  }
}

// An epoch after which something changes, and that no later one follows, would change nothing.
void require_epochs_after(const Node& section, const char* key, int epoch, int epochs) {
  if (epoch >= epochs) {
    throw config_error(section.find(key)->place,
                       "'" + std::string(key) + "' must be below 'epochs', " +
                           std::to_string(epochs) + ", got " + std::to_string(epoch));
  }
}

void check_milestones(const Node& section, const Training& training) {
  const std::vector<int>& milestones = training.schedule.milestones;
  if (!milestones.empty() && milestones.back() >= training.epochs) {
    throw config_error(section.find("schedule")->find("milestones")->place,
                       "'milestones' must be below 'epochs', " + std::to_string(training.epochs) +
                           ", got " + std::to_string(milestones.back()));
  }
}

// Where all of the loss is the teacher's, what a loss of labels is made of would change nothing.
void check_loss(const Node& section, const Training& training) {
  if (training.label_smoothing > 0 && training.loss != "cross_entropy") {
    throw config_error(
        section.find("label_smoothing")->place,
        "'label_smoothing' is for the loss cross_entropy, and the loss is " + training.loss);
  }
  if (!training.distill || training.distill->weight < 1) {
    return;
  }
  const auto no_effect = [&](const std::string& key) {
    return config_error(section.find(key)->place,
                        "'" + key +
                            "' has no effect with the weight 1 of 'distill', which leaves nothing "
                            "to the labels; it needs a weight below 1");
  };
  if (training.loss != Training().loss) {
    throw no_effect("loss");
  }
  if (training.label_smoothing > 0) {
    throw no_effect("label_smoothing");
  }
}

// A stage of no epochs does not take place, whatever else is set.
void check_epochs(const Node& section, const Training& training) {
  if (training.epochs == 0) {
    return;
  }
  if (training.freeze_batchnorm) {
    require_epochs_after(section, "freeze_batchnorm", *training.freeze_batchnorm, training.epochs);
  }
  if (training.schedule.warmup > training.epochs) {
    throw config_error(section.find("warmup")->place,
                       "'warmup' must be at most 'epochs', " + std::to_string(training.epochs) +
                           ", got " + std::to_string(training.schedule.warmup));
  }
  check_milestones(section, training);
  require_epochs_after(section, "quantize_after", training.quantize_after, training.epochs);
  const int quantized = training.epochs - training.quantize_after;
  if (training.start_bits && quantized < 2) {
    throw config_error(section.find("start_bits")->place,
                       "'start_bits' needs two epochs with quantization, since the last one has "
                       "the final bits; there is one");
  }
}

}  // namespace

void check_training(const Node& section, const Training& training) {
  reject_keys_of_others(section, training.optimizer);
  if (training.nesterov && training.momentum == 0) {
    throw config_error(section.find("nesterov")->place, "'nesterov' needs a momentum above 0");
  }
  check_loss(section, training);
  check_epochs(section, training);
}

}  // namespace qsweep
