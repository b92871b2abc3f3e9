#include "qsweep/data/cifar_binary.hpp"
#include "qsweep/data/sources.hpp"

namespace qsweep {

std::unique_ptr<ImageSource> open_cifar10(const SourceRequest& request) {
  CifarLayout layout;
  layout.classes = {
      "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
  layout.labels = 1;
  layout.train_files = {"data_batch_1.bin",
                        "data_batch_2.bin",
                        "data_batch_3.bin",
                        "data_batch_4.bin",
                        "data_batch_5.bin"};
  layout.test_file = "test_batch.bin";
  layout.folder = "cifar-10-batches-bin";
  layout.archive = {"https://www.cs.toronto.edu/~kriz/",
                    "cifar-10-binary.tar.gz",
                    "c32a1d4ab5d03f1284b67883e8d87530"};
  return open_cifar(layout, request);
}

}  // namespace qsweep
