#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/config/node.hpp"
#include "qsweep/config/settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// Where the values of settings go while they are read.
struct SettingsTarget {
  Settings& settings;
  Training* training;  // the section's, of `pretrain` and `finetune`
  const std::string& directory;
  const Catalog& catalog;
};

/// One key of the settings: its name, and how its value is checked and stored.
struct SettingKey {
  std::string name;
  void (*read)(const Node& value, SettingsTarget& target);
};

constexpr int64_t kLargestBatch = 1'000'000;
constexpr int kMostEpochs = 100'000;

/// The keys of `pretrain`.
std::vector<SettingKey> training_keys();
/// The same, and those that only `finetune` has.
std::vector<SettingKey> finetune_keys();

/// What the keys of a training section have to agree on. Throws a ConfigError at the key that does
/// not fit the others.
void check_training(const Node& section, const Training& training);

/// The setting `corrections`: a name, a map with one and parameters, or a list of these; `none` in
/// place of a name is left out.
void read_corrections(const Node& value, SettingsTarget& target);

/// A map of settings. The one without a name holds the settings that have no section.
struct SettingSection {
  std::string name;
  std::vector<SettingKey> keys;
  std::optional<Training> Settings::*training = nullptr;  // the section may be `none`
};

/// All settings of the format: what is read, what an axis can name, and what a message suggests.
const std::vector<SettingSection>& setting_sections();

const SettingSection* find_section(const std::string& name);
const SettingKey* find_setting(const std::string& path);
std::vector<std::string> setting_paths();

/// Throws a ConfigError with the reason if the path names a key of `finetune` in `pretrain`.
void reject_finetune_key_in_pretrain(const std::string& path, const Place& place);

/// Checks every value that holds no variable, and all keys.
void check_setting_templates(const Node& settings,
                             const std::string& directory,
                             const Catalog& catalog);

/// Checks one value of a setting, as an axis or an override gives it.
void check_setting(const std::string& path,
                   const Node& value,
                   const std::string& directory,
                   const Catalog& catalog);

}  // namespace qsweep
