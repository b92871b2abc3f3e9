#include "qsweep/model/one_dnn.hpp"

#include <torch/types.h>

namespace qsweep {
namespace {

// These tests compare networks of a few channels with LibTorch's own functions, bit for bit; a
// defective oneDNN gives neither the same twice.
[[maybe_unused]] const bool kSound = [] {
  torch::globalContext().setUserEnabledMkldnn(is_one_dnn_sound());
  return is_one_dnn_sound();
}();

}  // namespace
}  // namespace qsweep
