#include "qsweep/core/host_name.hpp"

#include <array>
#include <unistd.h>

namespace qsweep {

std::string host_name() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return host.data();
}

}  // namespace qsweep
