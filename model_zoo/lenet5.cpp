#include "qsweep/model/input_check.hpp"
#include "qsweep/model/native_model.hpp"
#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"

#include <torch/types.h>

// LeNet-5 (LeCun et al., 1998) as it is used today, with ReLU and max-pooling, and with the layer
// names of PyTorch's tutorial. The first convolution pads by 2: the paper pads MNIST's 28x28 to
// 32x32.

namespace qsweep::zoo {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

constexpr int64_t kSmallestSide = 12;  // leaves one pixel of the second pooling

int64_t side_behind_convolutions(int64_t side) {
  return (side / 2 - 4) / 2;
}

struct LeNet5 : Net<LeNet5> {
  explicit LeNet5(const ModelOptions& o) : input(o.input), classes(o.classes) { reset(); }

  void reset() override {
    const int64_t pixels =
        side_behind_convolutions(input.height) * side_behind_convolutions(input.width);
    conv1 = child("conv1", nn::Conv2d(nn::Conv2dOptions(input.channels, 6, 5).padding(2)));
    conv2 = child("conv2", nn::Conv2d(nn::Conv2dOptions(6, 16, 5)));
    fc1 = child("fc1", nn::Linear(16 * pixels, 120));
    fc2 = child("fc2", nn::Linear(120, 84));
    fc3 = child("fc3", nn::Linear(84, classes));
    relu = op("relu", ops::relu());
  }

  Tensor forward(Tensor x) {
    x = torch::max_pool2d(relu(conv1(std::move(x))), 2);
    x = torch::max_pool2d(relu(conv2(std::move(x))), 2);
    x = relu(fc1(x.flatten(1)));
    x = relu(fc2(std::move(x)));
    return fc3(std::move(x));
  }

  InputShape input;
  int64_t classes;
  Slot conv1, conv2, fc1, fc2, fc3, relu;
};

// The layers start as torch.nn's do, like those of the tutorial.
std::unique_ptr<Model> make_lenet5(const ModelOptions& options) {
  require_side("lenet5", options.input, kSmallestSide);
  return make_native_model(std::make_shared<LeNet5>(options), options.input);
}

}  // namespace

ModelEntry lenet5() {
  return {{"lenet5", "LeNet-5 with ReLU and max-pooling", {}}, make_lenet5};
}

}  // namespace qsweep::zoo
