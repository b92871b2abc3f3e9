#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/config/setting_keys.hpp"

namespace qsweep {
namespace {

void read_milestones(const Node& value, Schedule& schedule) {
  int previous = 0;
  for (const Node& item : read_list(value, "milestones")) {
    const auto epoch = static_cast<int>(read_integer(item, "milestones", 1, kMostEpochs));
    if (epoch <= previous) {
      throw config_error(
          item.place,
          "'milestones' must grow, got " + item.text + " after " + std::to_string(previous));
    }
    schedule.milestones.push_back(epoch);
    previous = epoch;
  }
}

void read_schedule(const Node& value, SettingsTarget& target) {
  const std::vector<std::string> names{"constant", "step", "cosine"};
  Schedule& schedule = target.training->schedule;
  if (value.kind != Node::Kind::Map) {
    schedule.name = read_choice(value, "schedule", names);
    if (schedule.name == "step") {
      throw config_error(
          value.place, "the schedule 'step' needs milestones: {name: step, milestones: [10, 20]}");
    }
    return;
  }
  const MapReader map(value, "'schedule'", {"name", "milestones", "gamma"});
  schedule.name = read_choice(map.required("name"), "name", names);
  if (schedule.name == "step") {
    read_milestones(map.required("milestones"), schedule);
  }
  for (const Node::Entry& entry : value.entries) {
    if (schedule.name != "step" && entry.key != "name") {
      throw config_error(entry.place, "'" + entry.key + "' is for the schedule 'step' only");
    }
  }
  if (const Node* gamma = map.find("gamma")) {
    schedule.gamma = read_number(*gamma, "gamma", {0, 1, true});
  }
}

}  // namespace

std::vector<SettingKey> training_keys() {
  return {
      {"epochs",
       [](const Node& value, SettingsTarget& to) {
         to.training->epochs = static_cast<int>(read_integer(value, "epochs", 0, kMostEpochs));
       }},
      {"optimizer",
       [](const Node& value, SettingsTarget& to) {
         to.training->optimizer = read_choice(value, "optimizer", {"sgd", "adam", "adamw"});
       }},
      {"lr",
       [](const Node& value, SettingsTarget& to) {
         to.training->lr = read_number(value, "lr", {0, 1000, true});
       }},
      {"momentum",
       [](const Node& value, SettingsTarget& to) {
         to.training->momentum = read_number(value, "momentum", {0, 1, false, true});
       }},
      {"nesterov",
       [](const Node& value, SettingsTarget& to) {
         to.training->nesterov = read_boolean(value, "nesterov");
       }},
      {"beta1",
       [](const Node& value, SettingsTarget& to) {
         to.training->beta1 = read_number(value, "beta1", {0, 1, false, true});
       }},
      {"beta2",
       [](const Node& value, SettingsTarget& to) {
         to.training->beta2 = read_number(value, "beta2", {0, 1, false, true});
       }},
      {"weight_decay",
       [](const Node& value, SettingsTarget& to) {
         to.training->weight_decay = read_number(value, "weight_decay", {0, 1000});
       }},
      {"schedule", read_schedule},
      {"warmup",
       [](const Node& value, SettingsTarget& to) {
         to.training->schedule.warmup =
             static_cast<int>(read_integer(value, "warmup", 0, kMostEpochs));
       }},
      {"batch",
       [](const Node& value, SettingsTarget& to) {
         to.training->batch = read_integer(value, "batch", 1, kLargestBatch);
       }},
      {"label_smoothing",
       [](const Node& value, SettingsTarget& to) {
         to.training->label_smoothing = read_number(value, "label_smoothing", {0, 1, false, true});
       }},
      {"loss",
       [](const Node& value, SettingsTarget& to) {
         to.training->loss =
             read_choice(value, "loss", {"cross_entropy", "squared_hinge", "hinge"});
       }},
      {"clip_gradient",
       [](const Node& value, SettingsTarget& to) {
         to.training->clip_gradient = read_number_or_none(value, "clip_gradient", {0, 1e6, true});
       }},
      {"ema",
       [](const Node& value, SettingsTarget& to) {
         to.training->ema = read_number(value, "ema", {0, 1, false, true});
       }},
  };
}

}  // namespace qsweep
