#pragma once

namespace qsweep {

// INT, TERM, HUP, USR1 and USR2 ask a worker to stop: a training keeps a checkpoint at its next
// step, anything else is finished.

/// From here on such a signal is remembered, and ends nothing by itself.
void await_stop_requests();
bool stop_requested();
/// Ends the worker as the signal would have.
[[noreturn]] void end_by_signal();

}  // namespace qsweep
