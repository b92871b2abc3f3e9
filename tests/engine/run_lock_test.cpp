#include "qsweep/engine/run_lock.hpp"

#include <memory>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {

TEST_CASE("a run is run by one process at a time, which is named", "[engine]") {
  const test::ScratchFolder run;
  CHECK_FALSE(lock_holder(run.path()));
  auto lock = std::make_unique<RunLock>(run.path());
  const std::string name = "process " + std::to_string(::getpid()) + " on ";
  CHECK_THAT(lock_holder(run.path()).value_or(""), ContainsSubstring(name));
  CHECK_THROWS_AS(RunLock(run.path()), RunBusy);
  CHECK_THROWS_WITH(RunLock(run.path()),
                    ContainsSubstring(run.path() + ": is being run by " + name));
  lock.reset();
  CHECK_FALSE(lock_holder(run.path()));
  CHECK_NOTHROW(RunLock(run.path()));
}

}  // namespace qsweep
