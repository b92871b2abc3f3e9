#pragma once

#include "qsweep/model/model.hpp"

#include <cstdint>
#include <optional>

namespace qsweep {

/// A training between two steps: all that it takes to go on to the same bits.
struct TrainingState {
  int epochs = 0;     // complete
  int64_t steps = 0;  // complete, of the epoch after these
  /// Parameters, statistics, optimizers, averages, quantizers, random streams. Tensors may be those
  /// that are trained.
  NamedTensors tensors;
};

/// Where the states of one training are kept.
class Checkpoints {
 public:
  virtual ~Checkpoints() = default;

  /// Where the training goes on. Nothing: at its start.
  virtual std::optional<TrainingState> take_last() = 0;

  enum class Moment { Step, Epoch };
  /// Asked after each step and each epoch but the last: is a state to be kept now?
  virtual bool is_due(Moment moment) = 0;
  /// May throw, to end the training there.
  virtual void keep(const TrainingState& state) = 0;
};

}  // namespace qsweep
