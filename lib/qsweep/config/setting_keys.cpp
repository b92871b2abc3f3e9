#include "qsweep/config/setting_keys.hpp"

#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/core/nearest_name.hpp"

#include <cctype>
#include <filesystem>

namespace qsweep {
namespace {

constexpr int64_t kMostImages = 1'000'000'000;
constexpr int64_t kLargestBatch = 1'000'000;
constexpr int64_t kMostEpochs = 100'000;
constexpr int64_t kLargestSide = 8192;
const Bounds kMean{0, 1};
const Bounds kStd{0, 1, true};

int read_side(const Node& value, const std::string& name) {
  return static_cast<int>(read_integer(value, name, 1, kLargestSide));
}

bool all_digits(const std::string& text) {
  return text.find_first_not_of("0123456789") == std::string::npos && text.size() < 10;
}

// "test", "test[:8000]", "train[100:200]"
bool is_split(const std::string& text) {
  const size_t open = text.find('[');
  if (!is_plain_name(text.substr(0, open))) {
    return false;
  }
  if (open == std::string::npos) {
    return true;
  }
  const size_t colon = text.find(':', open);
  if (colon == std::string::npos || text.back() != ']') {
    return false;
  }
  const std::string start = text.substr(open + 1, colon - open - 1);
  const std::string end = text.substr(colon + 1, text.size() - colon - 2);
  const bool numbers = all_digits(start) && all_digits(end);
  return numbers && (end.empty() || std::stoi(end) > (start.empty() ? 0 : std::stoi(start)));
}

std::string read_split(const Node& value, const std::string& name) {
  if (value.kind != Node::Kind::Scalar || !is_split(value.text)) {
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
         to.settings.data.augment = read_choice(value, "augment", {"crop_flip", "none"});
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
  };
}

void read_method(const Node& value, SettingsTarget& target) {
  const std::string name = read_text(value, "method");
  if (target.catalog.calibrator(name) == nullptr) {
    throw config_error(value.place,
                       unknown_name("calibrator", name, names_of(target.catalog.calibrators)));
  }
  target.settings.calibrate.method = name;
}

std::vector<SettingKey> calibrate_keys() {
  return {
      {"images",
       [](const Node& value, SettingsTarget& to) {
         to.settings.calibrate.images = read_integer(value, "images", 1, kMostImages);
       }},
      {"method", read_method},
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
  };
}

}  // namespace

const std::vector<SettingSection>& setting_sections() {
  static const std::vector<SettingSection> sections{
      {"", top_level_keys()},
      {"data", data_keys()},
      {"pretrain", training_keys(), &Settings::pretrain},
      {"calibrate", calibrate_keys()},
      {"finetune", training_keys(), &Settings::finetune},
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
