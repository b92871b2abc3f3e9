#pragma once

#include "qsweep/config/experiment.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qsweep {

/// What the command line changes in an experiment file.
struct ExperimentEdits {
  std::vector<std::string> set;        // "finetune.lr=0.02"
  int64_t limit = 0;                   // 0: none
  std::vector<std::string> plugins{};  // paths, added to those of the file
};

/// The value that an option of the command line gives as it stands: "--plugin ./libnet.so".
Node option_value(const std::string& option, const std::string& text);

/// The parsed file with the edits made: settings, plugins, and options of engines
/// ("engines.slurm.partition=gpu"). Throws ConfigError at the option for a key that is neither, or
/// a value that is no YAML.
Node edited(Node file, const ExperimentEdits& edits);

/// Throws ConfigError if an edit has no effect, since an axis of the matrix sets the same.
void check_edits(const ExperimentEdits& edits, const Experiment& experiment);

}  // namespace qsweep
