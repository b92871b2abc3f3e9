#include "qsweep/train/schedule.hpp"

#include <cmath>

namespace qsweep {

double learning_rate_factor(const Training& training, int64_t step, int64_t steps_per_epoch) {
  const Schedule& schedule = training.schedule;
  const int64_t warmup = schedule.warmup * steps_per_epoch;
  if (step < warmup) {
    return static_cast<double>(step + 1) / static_cast<double>(warmup);
  }
  if (schedule.name == "step") {
    double factor = 1;
    for (const int milestone : schedule.milestones) {
      factor *= step >= milestone * steps_per_epoch ? schedule.gamma : 1;
    }
    return factor;
  }
  if (schedule.name == "cosine") {
    constexpr double kPi = 3.14159265358979323846;
    const auto rest = static_cast<double>(training.epochs * steps_per_epoch - warmup);
    return (1 + std::cos(kPi * static_cast<double>(step - warmup) / rest)) / 2;
  }
  return 1;
}

}  // namespace qsweep
