#include "qsweep/data/idx_folder.hpp"
#include "qsweep/data/sources.hpp"

namespace qsweep {

std::unique_ptr<ImageSource> open_fashion_mnist(const SourceRequest& request) {
  IdxLayout layout;
  layout.classes = {"T-shirt/top",
                    "Trouser",
                    "Pullover",
                    "Dress",
                    "Coat",
                    "Sandal",
                    "Shirt",
                    "Sneaker",
                    "Bag",
                    "Ankle boot"};
  layout.folder = "FashionMNIST/raw";
  layout.url = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/";
  layout.md5 = {"8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310"};
  return open_idx_folder(layout, request);
}

}  // namespace qsweep
