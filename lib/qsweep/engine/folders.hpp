#pragma once

#include <string>

namespace qsweep {

/// What the environment says: QSWEEP_CACHE, else qsweep in XDG_CACHE_HOME, else ~/.cache/qsweep.
/// Throws ConfigError where none of them is set.
std::string cache_directory();

/// The worker's program: QSWEEP_WORKER, else ../libexec/qsweep/qsweep-worker beside the folder of
/// this program. Throws IoError if it is not there.
std::string worker_program();

}  // namespace qsweep
