#include "qsweep/core/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace qsweep {

void open_standard_streams() {
  int file = 0;
  do {
    file = ::open("/dev/null", O_RDONLY);
  } while (file >= 0 && file <= STDERR_FILENO);
  if (file >= 0) {
    ::close(file);
  }
}

}  // namespace qsweep
