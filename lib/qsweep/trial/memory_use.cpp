#include "qsweep/trial/memory_use.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <map>
#include <string>

namespace qsweep {
namespace {

constexpr int64_t kKilobyte = 1024;

// Lines such as "RssFile:     1234 kB", in bytes.
std::map<std::string, int64_t> status_of_process() {
  std::ifstream status("/proc/self/status");
  std::map<std::string, int64_t> fields;
  for (std::string field; status >> field;) {
    int64_t count = 0;
    if (status >> count) {
      fields[field] = count * kKilobyte;
    }
    status.clear();
    status.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return fields;
}

}  // namespace

MemoryUse memory_use() {
  // getrusage() would count what the process had that started this one.
  auto fields = status_of_process();
  const int64_t peak = fields["VmHWM:"];
  return {peak, std::min(peak, fields["RssFile:"] + fields["RssShmem:"])};
}

}  // namespace qsweep
