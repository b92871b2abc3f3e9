#include "model_zoo/registry.hpp"

// To add a network: write its file, which defines `ModelEntry <name>()`, and add its line here.
// docs/adding-a-model.md has an example.
#define QSWEEP_NETWORKS(X) \
  X(mlp)                   \
  X(lenet5)                \
  X(resnet20)              \
  X(resnet32)              \
  X(resnet44)              \
  X(resnet56)              \
  X(resnet18)              \
  X(vgg_small)             \
  X(mobilenet_v2)          \
  X(vit_tiny)

namespace qsweep::zoo {

#define QSWEEP_DECLARE(name) ModelEntry name();
QSWEEP_NETWORKS(QSWEEP_DECLARE)
#undef QSWEEP_DECLARE

const ModelTable& models() {
#define QSWEEP_ENTRY(name) name(),
  static const ModelTable table = {QSWEEP_NETWORKS(QSWEEP_ENTRY)};
#undef QSWEEP_ENTRY
  return table;
}

}  // namespace qsweep::zoo
