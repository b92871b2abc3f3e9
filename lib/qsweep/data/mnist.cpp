#include "qsweep/data/idx_folder.hpp"
#include "qsweep/data/sources.hpp"

namespace qsweep {

std::unique_ptr<ImageSource> open_mnist(const SourceRequest& request) {
  IdxLayout layout;
  layout.classes = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  layout.folder = "MNIST/raw";
  layout.url = "https://ossci-datasets.s3.amazonaws.com/mnist/";
  layout.md5 = {"f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "d53e105ee54ea40749a09fcbcd1e9432",
                "9fb629c4189551a2d022fa330f9573f3",
                "ec29112dd5afa0611ce80d1b7f02629c"};
  return open_idx_folder(layout, request);
}

}  // namespace qsweep
