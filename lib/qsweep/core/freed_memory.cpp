#include "qsweep/core/freed_memory.hpp"

#include <cstdlib>  // defines __GLIBC__

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace qsweep {

void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kGigabyte = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kGigabyte);
  mallopt(M_TRIM_THRESHOLD, 2 * (kGigabyte - 1));
#endif
}

}  // namespace qsweep
