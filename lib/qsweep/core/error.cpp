#include "qsweep/core/error.hpp"

#include <cerrno>
#include <system_error>

namespace qsweep {

std::string system_reason() {
  return std::generic_category().message(errno);
}

}  // namespace qsweep
