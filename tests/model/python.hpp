#pragma once

#include <cstdlib>
#include <string>

#include "state_fixture.hpp"

// Files made by Python's torch, with /usr/bin/python3 as Debian has it.

namespace qsweep {

/// Runs a script in the folder; was it successful?
inline bool run_python(const TestFolder& folder, const std::string& script) {
  folder.write("script.py", script);
  return std::system(("cd '" + folder.file("") + "' && /usr/bin/python3 script.py").c_str()) == 0;
}

inline bool has_python_torch() {
  return std::system("/usr/bin/python3 -c 'import torch' 2>/dev/null") == 0;
}

}  // namespace qsweep

#define REQUIRE_PYTHON_TORCH()                                         \
  if (!has_python_torch()) {                                           \
    WARN("/usr/bin/python3 has no torch: nothing of it was compared"); \
    return;                                                            \
  }
