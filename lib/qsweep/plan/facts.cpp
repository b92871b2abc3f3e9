#include "qsweep/plan/facts.hpp"

namespace qsweep {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(
    DataFacts, classes, channels, height, width, train_images, test_images, fingerprint, warnings)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ModelFacts, layers, parameters, weights)

}  // namespace qsweep
