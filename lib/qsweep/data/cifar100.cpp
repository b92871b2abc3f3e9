#include "qsweep/data/cifar_binary.hpp"
#include "qsweep/data/sources.hpp"

namespace qsweep {

std::unique_ptr<ImageSource> open_cifar100(const SourceRequest& request) {
  CifarLayout layout;
  // clang-format off
  layout.classes = {
      "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle",
      "bottle", "bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle",
      "caterpillar", "cattle", "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch",
      "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox",
      "girl", "hamster", "house", "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion",
      "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain", "mouse", "mushroom",
      "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree",
      "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road",
      "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake",
      "spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank",
      "telephone", "television", "tiger", "tractor", "train", "trout", "tulip", "turtle",
      "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm"};
  // clang-format on
  layout.labels = 2;  // the coarse class, then the fine one
  layout.train_files = {"train.bin"};
  layout.test_file = "test.bin";
  layout.folder = "cifar-100-binary";
  layout.archive = {"https://www.cs.toronto.edu/~kriz/",
                    "cifar-100-binary.tar.gz",
                    "03b5dce01913d631647c71ecec9e9cb8"};
  return open_cifar(layout, request);
}

}  // namespace qsweep
