#pragma once

namespace qsweep {

enum class Distribution { Laplace, Gauss };

/// Where to clip a distribution of mean 0 on both sides for so many bits, in units of its spread
/// (Laplace: mean|x|; Gauss: the standard deviation): 5.03 and 2.56 for 4 bits.
double aciq_clip(Distribution distribution, int bits);

}  // namespace qsweep
