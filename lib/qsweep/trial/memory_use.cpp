#include "qsweep/trial/memory_use.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <sys/resource.h>

namespace qsweep {
namespace {

constexpr int64_t kKilobyte = 1024;

// Lines such as "RssFile:     1234 kB".
int64_t resident_file_bytes() {
  std::ifstream status("/proc/self/status");
  int64_t kilobytes = 0;
  for (std::string field; status >> field;) {
    int64_t count = 0;
    if ((field == "RssFile:" || field == "RssShmem:") && status >> count) {
      kilobytes += count;
    }
    status.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return kilobytes * kKilobyte;
}

}  // namespace

MemoryUse memory_use() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const int64_t peak = static_cast<int64_t>(usage.ru_maxrss) * kKilobyte;
  return {peak, std::min(peak, resident_file_bytes())};
}

}  // namespace qsweep
