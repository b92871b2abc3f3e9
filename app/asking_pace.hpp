#pragma once

#include <algorithm>
#include <chrono>

namespace qsweep {

/// When to ask a scheduler again: the less often the longer it takes, after a tenth of the time so
/// far, at most every second and at least twice a minute.
class AskingPace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit AskingPace(Clock::duration until_first) : next_(start_ + until_first) {}

  /// Is it time? Then the next time is some while away.
  bool is_due() {
    constexpr std::chrono::seconds kLeast{1};
    constexpr std::chrono::seconds kMost{30};
    constexpr int kShare = 10;
    const auto now = Clock::now();
    if (now < next_) {
      return false;
    }
    next_ = now + std::clamp<Clock::duration>((now - start_) / kShare, kLeast, kMost);
    return true;
  }

 private:
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_;
};

}  // namespace qsweep
