#include "qsweep/config/calibrators.hpp"
#include "qsweep/config/experiment.hpp"
#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/config/setting_keys.hpp"
#include "qsweep/config/variables.hpp"

namespace qsweep {
namespace {

std::vector<std::string> key_names(const SettingSection& section) {
  std::vector<std::string> names;
  for (const SettingKey& key : section.keys) {
    names.push_back(key.name);
  }
  return names;
}

void read_value(const SettingKey& key, const Node& value, SettingsTarget& target) {
  if (!has_variables(value)) {
    key.read(value, target);
  }
}

// Reads a section's values into the target; those that hold a variable are left out.
void read_section(const SettingSection& section, const Node& node, SettingsTarget target) {
  if (section.training != nullptr) {
    if (is_none(node) || node.variable) {
      return;
    }
    target.training = &(target.settings.*section.training).emplace();
  }
  const std::string what = "'" + section.name + "'";
  for (const Node::Entry& entry : read_map(node, what)) {
    const SettingKey* key = find_setting(section.name + '.' + entry.key);
    if (key == nullptr) {
      reject_finetune_key_in_pretrain(section.name + '.' + entry.key, entry.place);
      throw unknown_key(entry, what, key_names(section));
    }
    read_value(*key, entry.value, target);
  }
}

void read_sections(const Node& settings, SettingsTarget target) {
  for (const Node::Entry& entry : settings.entries) {
    if (const SettingSection* section = find_section(entry.key)) {
      read_section(*section, entry.value, target);
    } else if (const SettingKey* key = find_setting(entry.key)) {
      read_value(*key, entry.value, target);
    } else {
      throw unknown_key(entry, "the settings", setting_paths());
    }
  }
}

// The customary first rate of an optimizer; fine-tuning starts from a trained network and takes a
// tenth of it.
double default_rate(const std::string& optimizer, bool trained_before) {
  const double rate = optimizer == "sgd" ? 0.1 : 0.001;
  return trained_before ? rate / 10 : rate;
}

void complete_training(const SettingSection& section, const Node& node, Settings& settings) {
  std::optional<Training>& training = settings.*section.training;
  if (!training) {
    return;
  }
  const MapReader map(node, "'" + section.name + "'", key_names(section));
  map.required("epochs");
  if (map.find("lr") == nullptr) {
    training->lr = default_rate(training->optimizer, section.training == &Settings::finetune);
  }
  check_training(node, *training);
}

void check_root(const Node* section, const Settings& settings, const Catalog& catalog) {
  const Catalog::Dataset* dataset = catalog.dataset(settings.data.name);
  if (section == nullptr || dataset == nullptr) {
    return;
  }
  const Node* name = section->find("name");
  const Node* root = section->find("root");
  const Node* download = section->find("download");
  if (dataset->needs_root && root == nullptr && !settings.data.download) {
    throw config_error(name != nullptr ? name->place : section->place,
                       "the data set '" + dataset->name +
                           "' needs 'root', the folder where its files are" +
                           (dataset->can_download ? ", or download: true" : ""));
  }
  if (!dataset->needs_root && root != nullptr) {
    throw config_error(root->place, "the data set '" + dataset->name + "' has no 'root'");
  }
  if (settings.data.download && !dataset->can_download) {
    throw config_error(download->place,
                       "the data set '" + dataset->name + "' cannot be downloaded");
  }
}

void check_method(const Node* section, const Calibration& calibrate, const Catalog& catalog) {
  const Node* method = section == nullptr ? nullptr : section->find("method");
  if (method != nullptr) {
    check_calibrator(calibrate.method, calibrate.after, method->place, catalog);
  }
}

}  // namespace

bool is_setting(const std::string& path) {
  return find_setting(path) != nullptr;
}

void check_setting_templates(const Node& settings,
                             const std::string& directory,
                             const Catalog& catalog) {
  Settings scratch;
  read_sections(settings, {scratch, nullptr, directory, catalog});
}

void check_setting(const std::string& path,
                   const Node& value,
                   const std::string& directory,
                   const Catalog& catalog) {
  Settings scratch;
  Training training;
  SettingsTarget target{scratch, &training, directory, catalog};
  find_setting(path)->read(value, target);
}

Settings read_settings(const Node& settings, const std::string& directory, const Catalog& catalog) {
  const std::vector<const Node*> open = variable_nodes(settings);
  if (!open.empty()) {
    throw config_error(open[0]->place, "'" + open[0]->text + "' has no value in this row");
  }
  Settings result;
  read_sections(settings, {result, nullptr, directory, catalog});
  for (const SettingSection& section : setting_sections()) {
    const Node* node = settings.find(section.name);
    if (node != nullptr && section.training != nullptr) {
      complete_training(section, *node, result);
    }
  }
  check_root(settings.find("data"), result, catalog);
  check_method(settings.find("calibrate"), result.calibrate, catalog);
  return result;
}

}  // namespace qsweep
