#include "qsweep/data/parallel_for.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace qsweep {
namespace {

/// Hands out the indices in ascending order, so that all below a failing one were handed out too.
class Shares {
 public:
  Shares(int64_t first, int64_t last, const std::function<void(int64_t)>& work)
      : next_(first), last_(last), failed_(last), work_(work) {}

  void take_all() {
    for (int64_t i = next_++; i < last_; i = next_++) {
      try {
        work_(i);
      } catch (const std::exception&) {
        fail(i, std::current_exception());
        return;
      }
    }
  }

  void rethrow() const {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

 private:
  void fail(int64_t i, const std::exception_ptr& failure) {
    const std::lock_guard<std::mutex> lock(mutex_);
    next_ = last_;
    if (i < failed_) {
      failed_ = i;
      failure_ = failure;
    }
  }

  std::atomic<int64_t> next_;
  int64_t last_;
  int64_t failed_;
  const std::function<void(int64_t)>& work_;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace

void parallel_for(int64_t first,
                  int64_t last,
                  int threads,
                  const std::function<void(int64_t)>& work) {
  Shares shares(first, last, work);
  std::vector<std::thread> others;
  try {
    for (int i = 1; i < threads; ++i) {
      others.emplace_back([&shares] { shares.take_all(); });
    }
  } catch (const std::system_error&) {  // no more threads are to be had: those that are do it
  }
  shares.take_all();
  for (std::thread& other : others) {
    other.join();
  }
  shares.rethrow();
}

}  // namespace qsweep
