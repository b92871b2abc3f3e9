#include "qsweep/config/setting_keys.hpp"

#include "qsweep/config/calibrators.hpp"
#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/config/split_expression.hpp"
#include "qsweep/core/nearest_name.hpp"

#include <filesystem>

namespace qsweep {
namespace {

constexpr int64_t kMostImages = 1'000'000'000;
constexpr int64_t kLargestCrop = 8192;
const Bounds kMean{0, 1};
const Bounds kStd{0, 1, true};

int read_side(const Node& value, const std::string& name) {
  return static_cast<int>(read_integer(value, name, 1, kLargestCrop));
}

std::string read_split(const Node& value, const std::string& name) {
  if (value.kind != Node::Kind::Scalar || !parse_split(value.text)) {
    throw config_error(value.place,
                       "'" + name + "' must be a split or a slice of one, as in test[:8000], got " +
                           described(value));
  }
  return value.text;
}

std::string absolute_path(const Node& value,
                          const std::string& name,
                          const std::string& directory) {
  return (std::filesystem::path(directory) / read_text(value, name)).lexically_normal().string();
}

void read_data_name(const Node& value, SettingsTarget& target) {
  const std::string name = read_text(value, "name");
  if (target.catalog.dataset(name) == nullptr) {
    throw config_error(value.place,
                       unknown_name("data set", name, names_of(target.catalog.datasets)));
  }
  target.settings.data.name = name;
}

void read_size(const Node& value, SettingsTarget& target) {
  DataSettings& data = target.settings.data;
  if (value.kind != Node::Kind::Map) {
    data.resize = data.crop = read_side(value, "size");
    return;
  }
  const MapReader size(value, "'size'", {"resize", "crop"});
  if (const Node* resize = size.find("resize")) {
    data.resize = read_side(*resize, "resize");
  }
  if (const Node* crop = size.find("crop")) {
    data.crop = read_side(*crop, "crop");
    if (data.resize > 0 && data.crop > data.resize) {
      throw config_error(crop->place,
                         "'crop' must be at most 'resize', " + std::to_string(data.resize) +
                             ", got " + crop->text);
    }
  }
}

std::vector<SettingKey> data_keys() {
  return {
      {"name", read_data_name},
      {"root",
       [](const Node& value, SettingsTarget& to) {
         to.settings.data.root = absolute_path(value, "root", to.directory);
       }},
      {"mean",
       [](const Node& value, SettingsTarget& to) {
         to.settings.data.mean = read_numbers(value, "mean", kMean);
       }},
      {"std",
       [](const Node& value, SettingsTarget& to) {
         to.settings.data.std = read_numbers(value, "std", kStd);
       }},
      {"size", read_size},
      {"train",
       [](const Node& value, SettingsTarget& to) {
         to.settings.data.train = read_split(value, "train");
       }},
      {"test",
       [](const Node& value, SettingsTarget& to) {
         to.settings.data.test = read_split(value, "test");
       }},
      {"augment",
       [](const Node& value, SettingsTarget& to) {
         const std::string augment = read_choice(value, "augment", {"crop_flip", "none"});
         to.settings.data.augment = augment == "none" ? "" : augment;
       }},
      {"images",
       [](const Node& value, SettingsTarget& to) {
         to.settings.data.images = read_integer(value, "images", 1, kMostImages);
       }},
      {"download",
       [](const Node& value, SettingsTarget& to) {
         to.settings.data.download = read_boolean(value, "download");
       }},
  };
}

std::vector<SettingKey> calibrate_keys() {
  return {
      {"images",
       [](const Node& value, SettingsTarget& to) {
         to.settings.calibrate.images = read_integer(value, "images", 1, kMostImages);
       }},
      {"method",
       [](const Node& value, SettingsTarget& to) {
         to.settings.calibrate.method = read_calibrator(value, "method", to.catalog);
       }},
      {"after",
       [](const Node& value, SettingsTarget& to) {
         to.settings.calibrate.after = read_choice(value, "after", {"float", "quantized"});
       }},
  };
}

std::vector<SettingKey> evaluate_keys() {
  return {
      {"batch",
       [](const Node& value, SettingsTarget& to) {
         to.settings.evaluate_batch = read_integer(value, "batch", 1, kLargestBatch);
       }},
      {"limit",
       [](const Node& value, SettingsTarget& to) {
         to.settings.limit = read_integer(value, "limit", 1, kMostImages);
       }},
  };
}

std::vector<SettingKey> top_level_keys() {
  return {
      {"seed",
       [](const Node& value, SettingsTarget& to) {
         to.settings.seed = static_cast<uint64_t>(read_integer(value, "seed", 0, INT64_MAX));
       }},
      {"validation",
       [](const Node& value, SettingsTarget& to) {
         to.settings.validation = read_split(value, "validation");
       }},
      {"corrections", read_corrections},
  };
}

}  // namespace

const std::vector<SettingSection>& setting_sections() {
  static const std::vector<SettingSection> sections{
      {"", top_level_keys()},
      {"data", data_keys()},
      {"pretrain", training_keys(), &Settings::pretrain},
      {"calibrate", calibrate_keys()},
      {"finetune", finetune_keys(), &Settings::finetune},
      {"evaluate", evaluate_keys()},
  };
  return sections;
}

const SettingSection* find_section(const std::string& name) {
  for (const SettingSection& section : setting_sections()) {
    if (section.name == name) {
      return &section;
    }
  }
  return nullptr;
}

const SettingKey* find_setting(const std::string& path) {
  const size_t dot = path.find('.');
  const bool in_section = dot != std::string::npos && dot > 0;
  const SettingSection* section = find_section(in_section ? path.substr(0, dot) : "");
  if (section == nullptr) {
    return nullptr;
  }
  const std::string name = in_section ? path.substr(dot + 1) : path;
  for (const SettingKey& key : section->keys) {
    if (key.name == name) {
      return &key;
    }
  }
  return nullptr;
}

void reject_finetune_key_in_pretrain(const std::string& path, const Place& place) {
  const std::string section = "pretrain.";
  if (path.compare(0, section.size(), section) != 0 || find_setting(path) != nullptr) {
    return;
  }
  const std::string name = path.substr(section.size());
  if (find_setting("finetune." + name) != nullptr) {
    throw config_error(place,
                       "'" + name +
                           "' is a setting of 'finetune' only: 'pretrain' makes the float model "
                           "that fine-tuning starts from");
  }
}

std::vector<std::string> setting_paths() {
  std::vector<std::string> paths;
  for (const SettingSection& section : setting_sections()) {
    for (const SettingKey& key : section.keys) {
      paths.push_back(section.name.empty() ? key.name : section.name + '.' + key.name);
    }
  }
  return paths;
}

}  // namespace qsweep
