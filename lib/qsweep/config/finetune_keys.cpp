#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/config/setting_keys.hpp"

namespace qsweep {
namespace {

constexpr int kMostStartBits = 16;

void read_distill(const Node& value, SettingsTarget& target) {
  if (is_none(value)) {
    target.training->distill.reset();
    return;
  }
  const MapReader map(value, "'distill'", {"temperature", "weight"});
  Distillation& distill = target.training->distill.emplace();
  distill.temperature = read_number(map.required("temperature"), "temperature", {0, 1000, true});
  distill.weight = read_number(map.required("weight"), "weight", {0, 1, true});
}

}  // namespace

std::vector<SettingKey> finetune_keys() {
  std::vector<SettingKey> keys = training_keys();
  const std::vector<SettingKey> own{
      {"distill", read_distill},
      {"freeze_batchnorm",
       [](const Node& value, SettingsTarget& to) {
         to.training->freeze_batchnorm =
             read_integer_or_none(value, "freeze_batchnorm", 0, kMostEpochs);
       }},
      {"quantize_after",
       [](const Node& value, SettingsTarget& to) {
         to.training->quantize_after =
             static_cast<int>(read_integer(value, "quantize_after", 0, kMostEpochs));
       }},
      {"start_bits",
       [](const Node& value, SettingsTarget& to) {
         to.training->start_bits = read_integer_or_none(value, "start_bits", 2, kMostStartBits);
       }},
      {"quantizer_lr",
       [](const Node& value, SettingsTarget& to) {
         to.training->quantizer_lr = read_number_or_none(value, "quantizer_lr", {0, 1000});
       }},
      {"quantizer_weight_decay",
       [](const Node& value, SettingsTarget& to) {
         to.training->quantizer_weight_decay =
             read_number_or_none(value, "quantizer_weight_decay", {0, 1000});
       }},
  };
  keys.insert(keys.end(), own.begin(), own.end());
  return keys;
}

}  // namespace qsweep
