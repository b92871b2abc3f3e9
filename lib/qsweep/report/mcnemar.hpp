#pragma once

#include <cstdint>

namespace qsweep {

/// McNemar's exact test of two models on the same images, of which `won` are right only in the one
/// and `lost` only in the other: the two-sided p of the binomial test that an image on which they
/// differ falls to either side with probability 1/2, min(1, 2 P(X <= min(won, lost))) with
/// X ~ Bin(won + lost, 1/2). 1 where they differ on no image.
double mcnemar_exact_p(int64_t won, int64_t lost);

}  // namespace qsweep
