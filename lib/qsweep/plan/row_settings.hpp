#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/edits.hpp"
#include "qsweep/plan/matrix.hpp"
#include "qsweep/plan/memo.hpp"
#include "qsweep/plan/row_template.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// The parts of the settings. They vary with different axes, and are read and kept apart.
enum class Section : size_t {
  Seed,
  Validation,
  Data,
  Pretrain,
  Calibrate,
  Corrections,
  Finetune,
  Evaluate
};
constexpr size_t kSections = 8;

/// One section as some rows have it: the settings with only it filled in, and its identity as JSON
/// text, empty for a stage that does not take place.
struct SectionValue {
  Node given;  // a map with only that section, or without it
  Settings settings;
  std::string identity;
};

/// The settings of one row.
class RowSettings {
 public:
  std::array<std::shared_ptr<const SectionValue>, kSections> sections;

  const std::string& identity(Section section) const {
    return sections[static_cast<size_t>(section)]->identity;
  }
  const Settings& of(Section section) const {
    return sections[static_cast<size_t>(section)]->settings;
  }
  /// All sections together.
  Settings whole() const;
  /// Where a setting, "data.root", was given: in its section, an axis or an override; else where
  /// its section or the file begins.
  Place place_of(const std::string& path) const;
};

/// Reads rows' settings: the file's, with what axes and overrides set.
class SettingsReader {
 public:
  SettingsReader(const Experiment& experiment,
                 const Catalog& catalog,
                 const Matrix& matrix,
                 const Overrides& overrides);

  /// Throws ConfigError at the value that is wrong. `overrides` is Overrides::matching().
  RowSettings read(const Choice& row, uint32_t overrides);

 private:
  struct Reader {
    std::string name;
    RowTemplate text;
    std::vector<size_t> setting_columns;  // the axes that set something of it
    bool overridden = false;
    Memo<SectionValue> known;
  };

  Reader reader_for(const std::string& name) const;
  SectionValue read_section(size_t section, const Choice& row, uint32_t overrides) const;

  const Experiment& experiment_;
  const Catalog& catalog_;
  const Matrix& matrix_;
  const Overrides& overrides_;
  std::vector<Reader> readers_;  // by Section
};

}  // namespace qsweep
