#pragma once

#include <torch/types.h>

namespace qsweep::test {

/// A device that is not the CPU, for machines without one (one of the kinds that LibTorch names and
/// has nothing for). Its memory cannot be read through `data_ptr`: that crashes, as it would with a
/// GPU's. Its ops are the CPU's, with the same bits, and refuse what a GPU's do: operands of two
/// devices, other than numbers.
torch::Device pretend_device();

}  // namespace qsweep::test
