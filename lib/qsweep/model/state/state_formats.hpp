#pragma once

#include "qsweep/model/model.hpp"
#include "qsweep/model/state/pickle_values.hpp"
#include "qsweep/model/state/stored_tensors.hpp"
#include "qsweep/model/state/zip_archive.hpp"

#include <string>
#include <string_view>

namespace qsweep {

// The three formats of read_state_file(). `file` is for messages, `bytes` its content.

/// torch.save since 1.6: a zip file with a pickle and a record per storage.
NamedTensors read_zip_state(const std::string& file, const ZipArchive& archive);

/// torch.save before 1.6: pickles one after the other, then the storages.
NamedTensors read_legacy_state(const std::string& file, std::string_view bytes);

/// torch.jit.save: every attribute that is a tensor, by its path.
NamedTensors read_script_state(const std::string& file, const ZipArchive& archive);

/// Throws IoError if a tensor of a torch.jit.save file has a record that is shorter than it:
/// LibTorch would read behind the record's end.
void check_script_storages(const std::string& file, const ZipArchive& archive);

/// The state_dict in the object that torch.save was given, the common prefix 'module.' taken off.
NamedTensors state_dict_of(const std::string& file,
                           const PickleDocument& document,
                           StoredTensors& tensors);

/// How a zip file keeps storages: a record of the key's name.
StoredTensors::Fetch fetch_from(const ZipArchive& archive);

}  // namespace qsweep
