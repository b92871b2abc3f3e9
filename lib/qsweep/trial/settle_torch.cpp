#include "qsweep/trial/settle_torch.hpp"

#include <torch/types.h>
#include <torch/utils.h>

namespace qsweep {

void settle_torch(int threads) {
  torch::set_num_threads(threads);
  torch::globalContext().setDeterministicCuDNN(true);
  torch::globalContext().setBenchmarkCuDNN(false);
  torch::globalContext().setAllowTF32CuDNN(false);
  torch::globalContext().setAllowTF32CuBLAS(false);
}

}  // namespace qsweep
