#pragma once

#include <string>

namespace qsweep {

// A file is written under another name, and gets its own once it is whole. A process that is
// killed meanwhile leaves "weights.pt.unfinished.box.123", with its host and number.

/// Where this process writes what will be `path`. Throws WriteError where a folder or a device has
/// that name, which must not be replaced.
std::string unfinished_path(const std::string& path);

/// Removes what was left so of one file; what cannot be removed stays. That is what dead processes
/// of this host left, and of all others, which may run on another machine or have been asleep, what
/// was last written to an hour ago. So it may be called at any time. `path` has a folder.
void remove_unfinished(const std::string& path);

/// The same of all files in a folder, which need not be there.
void remove_unfinished_in(const std::string& directory);

}  // namespace qsweep
