#pragma once

#include "qsweep/config/plugins.hpp"
#include "qsweep/tables/tables.hpp"

#include <string>

namespace qsweep {

/// Loads a shared library for good, which runs its code, and adds to the tables what it brings
/// (QSWEEP_PLUGIN). Each model and quantizer gets a parameter `plugin`, the start of the hash of
/// the library's content, so that a trial of another build is another trial; what a data set's
/// images come to is looked at anew.
///
/// Throws IoError that names the file: it is no shared library or no plugin, was built with another
/// qsweep or LibTorch (told before any of its code runs), cannot be loaded, fails, or brings a name
/// that is taken. Then the tables are as they were.
PluginFacts load_plugin(const std::string& path, Tables& tables);

}  // namespace qsweep
