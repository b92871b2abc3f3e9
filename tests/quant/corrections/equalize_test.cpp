#include "quant/corrections/corrected.hpp"
#include "support/catch.hpp"

using namespace qsweep;
using namespace qsweep::test;
using torch::Tensor;

namespace {

using Names = std::vector<std::string>;

// A widening and a depthwise convolution, and a narrowing one: two pairs.
struct Depthwise : Net<Depthwise> {
  Slot widen, relu, depthwise, narrow;
  Depthwise() { reset(); }
  void reset() override {
    namespace nn = torch::nn;
    widen = child("widen", nn::Conv2d(nn::Conv2dOptions(2, 6, 1)));
    relu = op("relu", ops::relu());
    depthwise =
        child("depthwise", nn::Conv2d(nn::Conv2dOptions(6, 6, 3).padding(1).groups(6).bias(false)));
    narrow = child("narrow", nn::Conv2d(nn::Conv2dOptions(6, 2, 1).groups(2)));
  }
  Tensor forward(Tensor x) { return narrow(relu(depthwise(relu(widen(std::move(x)))))).flatten(1); }
};

Tensor largest_of_outputs(const Tensor& weight) {
  return weight.flatten(1).abs().amax(1);
}

bool close(const Tensor& tensor, const std::vector<float>& values) {
  return torch::allclose(tensor.flatten(), torch::tensor(values), 1e-5, 1e-5);
}

}  // namespace

TEST_CASE("equalizing gives both weights of a pair the same range, channel by channel", "[quant]") {
  Corrected net(TwoLinear::make(), {}, numbers({3, 3, -3, -3}, {2, 2, 1, 1}));
  put(net.tensors("fc1").weight, {4, 0, 0, 1});
  put(net.tensors("fc1").bias, {2, 3});
  put(net.tensors("fc2").weight, {1, -4});
  const Tensor before = net.float_logits();
  CHECK(net.run("equalize") == Names{"fc1"});
  // r1 = (4, 1), r2 = (1, 4): s = (1/1 sqrt(4), 1/4 sqrt(4)) = (2, 1/2)
  CHECK(close(net.tensors("fc1").weight, {2, 0, 0, 2}));
  CHECK(close(net.tensors("fc1").bias, {1, 6}));
  CHECK(close(net.tensors("fc2").weight, {2, -2}));
  CHECK(torch::allclose(net.float_logits(), before, 1e-4, 1e-4));
}

TEST_CASE("a channel of zeros keeps its weights", "[quant]") {
  Corrected net(TwoLinear::make(), {}, torch::randn({4, 2, 1, 1}));
  put(net.tensors("fc1").weight, {0, 0, 1, 4});
  put(net.tensors("fc1").bias, {1, 1});
  put(net.tensors("fc2").weight, {8, 1});
  net.run("equalize");
  CHECK(close(net.tensors("fc1").weight, {0, 0, 0.5, 2}));
  CHECK(close(net.tensors("fc2").weight, {8, 2}));
}

TEST_CASE("grouped and depthwise convolutions are equalized by their own inputs", "[quant]") {
  torch::manual_seed(3);
  Corrected net(make_native_model(std::make_shared<Depthwise>(), InputShape{2, 5, 5}),
                {},
                torch::randn({9, 2, 5, 5}));
  {
    const torch::NoGradGuard no_grad;
    net.tensors("widen").weight.mul_(torch::logspace(-2, 2, 6).view({6, 1, 1, 1}));
    net.tensors("widen").bias.zero_();  // nothing to absorb
  }
  const Tensor before = net.float_logits();
  CHECK(net.run("equalize") == Names{"widen", "depthwise"});
  const Tensor after = net.float_logits();
  CHECK((after - before).abs().max().item<double>() <= 1e-4 * before.abs().max().item<double>());
  CHECK(after.argmax(1).equal(before.argmax(1)));
  const Tensor made = largest_of_outputs(net.tensors("widen").weight);
  const Tensor taken = largest_of_outputs(net.tensors("depthwise").weight);
  CHECK(torch::allclose(made, taken, 1e-2));
  // The inputs of the two groups of three.
  const Tensor narrow = net.tensors("narrow").weight.abs().flatten();
  CHECK(torch::allclose(narrow, taken, 1e-2));
}

TEST_CASE("norms keep a pair apart until they are folded", "[quant]") {
  torch::manual_seed(4);
  Corrected net(NormNet::make(4), {}, torch::randn({8, 2, 4, 4}));
  CHECK(net.run("equalize").empty());
  CHECK(net.run("fold_batchnorm") == Names{"conv1", "conv2"});
  CHECK(net.run("equalize") == Names{"conv1"});
  Corrected residual(NormNet::make(4, /*with_add=*/true), {}, torch::randn({8, 2, 4, 4}));
  residual.run("fold_batchnorm");
  CHECK(residual.run("equalize").empty());  // an add takes what the ReLU makes, too
}

TEST_CASE("what almost every value has moves into the next bias", "[quant]") {
  // What fc1 makes of them is (12, 1) and (10, -1): means (11, 0), deviations (1, 1).
  Corrected net(TwoLinear::make(), {}, numbers({1, 1, -1, -1}, {2, 2, 1, 1}));
  put(net.tensors("fc1").weight, {1, 0, 0, 1});
  put(net.tensors("fc1").bias, {11, 0});
  put(net.tensors("fc2").weight, {1, -1});
  put(net.tensors("fc2").bias, {0.5});
  const Tensor before = net.float_logits();
  net.run("equalize");
  CHECK(close(net.tensors("fc1").bias, {11 - 8, 0}));
  CHECK(close(net.tensors("fc2").bias, {0.5F + 8}));
  CHECK(torch::allclose(net.float_logits(), before));
}

TEST_CASE("nothing is absorbed into a padded convolution, whose edges would differ", "[quant]") {
  torch::manual_seed(5);
  Corrected net(NormNet::make(4), {}, torch::randn({8, 2, 4, 4}));
  put(net.tensors("bn1").bias, {50, 60});
  const Tensor before = net.float_logits();
  net.run("fold_batchnorm");
  net.run("equalize");
  const Tensor after = net.float_logits();
  CHECK((after - before).abs().max().item<double>() <= 1e-4 * before.abs().max().item<double>());
}
