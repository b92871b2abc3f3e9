#include "qsweep/data/registry.hpp"

#include "qsweep/data/sources.hpp"

namespace qsweep {

// To add a data set: write data/NAME.cpp with its open_NAME, declare it in sources.hpp, and add its
// line: name, what it is, whether it needs a root, whether it can be downloaded, mean, std, opener.
const DatasetTable& dataset_registry() {
  // clang-format off
  static const DatasetTable table = {
      {{"synthetic", "ten shapes, drawn by qsweep itself; 32x32 RGB, 10,000 + 2,000 images", false, false,
        {.5, .5, .5}, {.25, .25, .25}}, open_synthetic},
      {{"cifar10", "CIFAR-10, binary version; 32x32 RGB, 50,000 + 10,000 images", true, true,
        {.4914, .4822, .4465}, {.2470, .2435, .2616}}, open_cifar10},
      {{"cifar100", "CIFAR-100, binary version, fine labels; 32x32 RGB, 50,000 + 10,000 images", true, true,
        {.5071, .4865, .4409}, {.2673, .2564, .2762}}, open_cifar100},
      {{"mnist", "MNIST, IDX files, plain or .gz; 28x28 gray, 60,000 + 10,000 images", true, true,
        {.1307}, {.3081}}, open_mnist},
      {{"fashion_mnist", "Fashion-MNIST, IDX files, plain or .gz; 28x28 gray, 60,000 + 10,000 images", true, true,
        {.2860}, {.3530}}, open_fashion_mnist},
      {{"image_folder", "JPEG and PNG files in ROOT/train/CLASS/ and ROOT/test/CLASS/ or ROOT/val/CLASS/", true, false,
        {.485, .456, .406}, {.229, .224, .225}}, open_image_folder},
  };
  // clang-format on
  return table;
}

std::vector<Catalog::Dataset> catalog_of(const DatasetTable& table) {
  std::vector<Catalog::Dataset> facts;
  for (const DatasetEntry& entry : table) {
    facts.push_back(entry.facts);
  }
  return facts;
}

const std::vector<Catalog::Dataset>& dataset_catalog() {
  static const std::vector<Catalog::Dataset> catalog = catalog_of(dataset_registry());
  return catalog;
}

}  // namespace qsweep
