#include "qsweep/engine/processors.hpp"

#include <algorithm>
#include <fstream>
#include <sched.h>
#include <thread>

namespace qsweep {
namespace {

int allowed_processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  const bool is_known = ::sched_getaffinity(0, sizeof allowed, &allowed) == 0;  // of at most 1024
  return is_known ? CPU_COUNT(&allowed) : static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

int processor_count(int allowed, const MachineFiles& files) {
  for (const auto& group : control_groups(files)) {
    std::ifstream file(group / "cpu.max");  // "150000 100000": microseconds, of each so many
    int64_t quota = 0;
    int64_t period = 0;
    if (file >> quota >> period && period > 0) {  // else "max": no limit
      allowed = std::min(allowed, static_cast<int>((quota + period - 1) / period));
    }
  }
  return std::max(1, allowed);
}

int processor_count() {
  return processor_count(allowed_processors(), {});
}

}  // namespace qsweep
