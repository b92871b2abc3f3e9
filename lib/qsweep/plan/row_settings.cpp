#include "qsweep/plan/row_settings.hpp"

#include "qsweep/plan/identity.hpp"

namespace qsweep {
namespace {

std::string stage_identity(const std::optional<Training>& training) {
  return training && training->epochs > 0 ? training_identity(*training) : "";
}

struct SectionKind {
  const char* name;
  std::string (*identity)(const Settings& settings);
  void (*copy)(const Settings& from, Settings& to);
};

// In the order of Section.
const std::array<SectionKind, kSections> kKinds{{
    {"seed",
     [](const Settings& s) { return std::to_string(s.seed); },
     [](const Settings& from, Settings& to) { to.seed = from.seed; }},
    {"validation",
     [](const Settings& s) { return s.validation.empty() ? "" : Json(s.validation).dump(); },
     [](const Settings& from, Settings& to) { to.validation = from.validation; }},
    {"data",
     [](const Settings& s) { return Json(s.data).dump(); },
     [](const Settings& from, Settings& to) { to.data = from.data; }},
    {"pretrain",
     [](const Settings& s) { return stage_identity(s.pretrain); },
     [](const Settings& from, Settings& to) { to.pretrain = from.pretrain; }},
    {"calibrate",
     [](const Settings& s) { return calibrate_identity(s.calibrate); },
     [](const Settings& from, Settings& to) { to.calibrate = from.calibrate; }},
    {"corrections",
     [](const Settings& s) { return corrections_identity(s.corrections); },
     [](const Settings& from, Settings& to) { to.corrections = from.corrections; }},
    {"finetune",
     [](const Settings& s) { return stage_identity(s.finetune); },
     [](const Settings& from, Settings& to) { to.finetune = from.finetune; }},
    {"evaluate",
     [](const Settings& s) { return evaluate_identity(s); },
     [](const Settings& from, Settings& to) {
       to.evaluate_batch = from.evaluate_batch;
       to.limit = from.limit;
     }},
}};

std::string section_of(const std::string& path) {
  return path.substr(0, path.find('.'));
}

Node map_with(const Node& settings, const std::string& name) {
  Node map;
  map.kind = Node::Kind::Map;
  map.place = settings.place;
  for (const Node::Entry& entry : settings.entries) {
    if (entry.key == name) {
      map.entries.push_back(entry);
    }
  }
  return map;
}

}  // namespace

Settings RowSettings::whole() const {
  Settings settings;
  for (size_t i = 0; i < kSections; ++i) {
    kKinds[i].copy(sections[i]->settings, settings);
  }
  return settings;
}

Place RowSettings::place_of(const std::string& path) const {
  const size_t dot = path.find('.');
  for (size_t i = 0; i < kSections; ++i) {
    const Node& given = sections[i]->given;
    const Node* section =
        kKinds[i].name == path.substr(0, dot) ? given.find(kKinds[i].name) : nullptr;
    if (section == nullptr) {
      continue;
    }
    const Node* value = dot == std::string::npos ? nullptr : section->find(path.substr(dot + 1));
    return value == nullptr ? section->place : value->place;
  }
  return sections[0]->given.place;
}

SettingsReader::SettingsReader(const Experiment& experiment,
                               const Catalog& catalog,
                               const Matrix& matrix,
                               const Overrides& overrides)
    : experiment_(experiment), catalog_(catalog), matrix_(matrix), overrides_(overrides) {
  for (const SectionKind& kind : kKinds) {
    readers_.push_back(reader_for(kind.name));
  }
}

SettingsReader::Reader SettingsReader::reader_for(const std::string& name) const {
  Reader reader{name,
                RowTemplate("'" + name + "'", map_with(experiment_.settings, name), matrix_),
                {},
                false,
                Memo<SectionValue>()};
  const std::vector<Column>& columns = matrix_.columns();
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].kind == Column::Kind::Setting && section_of(columns[i].name) == name) {
      reader.setting_columns.push_back(i);
    }
  }
  for (const Override& entry : experiment_.overrides) {
    for (const auto& [path, value] : entry.set) {
      reader.overridden = reader.overridden || section_of(path) == name;
    }
  }
  return reader;
}

RowSettings SettingsReader::read(const Choice& row, uint32_t overrides) {
  RowSettings settings;
  for (size_t i = 0; i < kSections; ++i) {
    Reader& reader = readers_[i];
    std::string key;
    reader.text.add_key(row, key);
    for (const size_t column : reader.setting_columns) {
      add_to_key(row.values[column], key);
    }
    add_to_key(reader.overridden ? overrides : 0, key);
    settings.sections[i] = reader.known.get(key, [&] { return read_section(i, row, overrides); });
  }
  return settings;
}

SectionValue SettingsReader::read_section(size_t section,
                                          const Choice& row,
                                          uint32_t overrides) const {
  const Reader& reader = readers_[section];
  Node node = reader.text.node();
  for (const size_t column : reader.setting_columns) {
    const uint32_t value = row.values[column];
    if (value != Choice::kMissing) {
      set_path(node, matrix_.columns()[column].name, *matrix_.columns()[column].values[value]);
    }
  }
  for (const size_t entry : overrides_.entries(overrides)) {
    for (const auto& [path, value] : experiment_.overrides[entry].set) {
      if (section_of(path) == reader.name) {
        set_path(node, path, value);
      }
    }
  }
  SectionValue result;
  result.given = reader.text.fill(node, row);
  result.settings = read_settings(result.given, experiment_.directory, catalog_);
  result.identity = kKinds[section].identity(result.settings);
  return result;
}

}  // namespace qsweep
