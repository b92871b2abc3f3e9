#include "quant/corrections/corrected.hpp"
#include "support/catch.hpp"

using namespace qsweep;
using namespace qsweep::test;
using torch::Tensor;

namespace {

using Names = std::vector<std::string>;

void randomize(Model& model) {
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : state_of(model)) {
    if (name.find("running_var") != std::string::npos) {
      tensor.uniform_(0.5, 1.5);
    } else if (tensor.is_floating_point()) {
      tensor.normal_();  // the scales of norms are of both signs
    }
  }
}

bool same_function(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>() <= 1e-4 * a.abs().max().item<double>();
}

// Max-pooling between the convolution and its norm.
struct Pooled : Net<Pooled> {
  Slot conv, bn;
  Pooled() { reset(); }
  void reset() override {
    conv = child("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(2, 2, 1)));
    bn = child("bn", torch::nn::BatchNorm2d(2));
  }
  Tensor forward(Tensor x) { return bn(torch::max_pool2d(conv(std::move(x)), 2)).flatten(1); }
};

// One convolution that is called twice, and one whose output two layers take.
struct Shared : Net<Shared> {
  Slot conv, bn, bn2, other, bn3, add;
  Shared() { reset(); }
  void reset() override {
    namespace nn = torch::nn;
    conv = child("conv", nn::Conv2d(nn::Conv2dOptions(2, 2, 1)));
    bn = child("bn", nn::BatchNorm2d(2));
    bn2 = child("bn2", nn::BatchNorm2d(2));
    other = child("other", nn::Conv2d(nn::Conv2dOptions(2, 2, 1)));
    bn3 = child("bn3", nn::BatchNorm2d(2));
    add = op("add", ops::add());
  }
  Tensor forward(Tensor x) {
    x = other(bn2(conv(bn(conv(std::move(x))))));
    return add(bn3(x), x).flatten(1);
  }
};

}  // namespace

TEST_CASE("folding puts a norm into the weight and the bias before it", "[quant]") {
  Corrected net(NormNet::make(1), {}, torch::ones({1, 2, 1, 1}));
  put(net.tensors("conv1").weight, {1, 2, 3, -4});
  const LayerTensors norm = net.tensors("bn1");
  put(norm.weight, {2, -1});
  put(norm.bias, {0.5, 1});
  put(norm.mean, {1, 2});
  put(norm.variance, {4 - 1e-5F, 16 - 1e-5F});
  CHECK(net.run("fold_batchnorm") == Names{"conv1", "conv2"});
  // The factors are 2 / 2 and -1 / 4.
  const LayerTensors folded = net.tensors("conv1");
  CHECK(torch::allclose(folded.weight.flatten(), torch::tensor({1.0F, 2.0F, -0.75F, 1.0F})));
  CHECK(torch::allclose(folded.bias, torch::tensor({0.5F - 1, 1 + 2 * 0.25F})));
}

TEST_CASE("a folded network computes the same, and its norms nothing", "[quant]") {
  torch::manual_seed(1);
  Corrected net(NormNet::make(5, /*with_add=*/true), {}, torch::randn({7, 2, 5, 5}));
  randomize(*net.model);
  const Tensor before = net.float_logits();
  net.run("fold_batchnorm");
  CHECK(same_function(before, net.float_logits()));
  CHECK(before.argmax(1).equal(net.float_logits().argmax(1)));
  put(net.tensors("bn1").weight, {0, 0});
  CHECK(same_function(before, net.float_logits()));
  CHECK(net.run("fold_batchnorm").empty());
}

TEST_CASE("a folded network trains its new biases and keeps its sites", "[quant]") {
  torch::manual_seed(2);
  Corrected net(NormNet::make(4), {}, torch::randn({3, 2, 4, 4}));
  net.run("fold_batchnorm");
  net.model->train(true);
  struct Counting : SiteHook {
    int sites = 0;
    Tensor apply(int /*site*/, Tensor x) override {
      ++sites;
      return x;
    }
  } hook;
  net.model->forward(net.images, &hook).square().sum().backward();
  CHECK(hook.sites == static_cast<int>(sites_of(net.model->layers()).size()));
  CHECK(net.tensors("conv1").bias.grad().defined());
  CHECK_FALSE(net.tensors("bn1").weight.grad().defined());
  CHECK(net.model->parameters().size() == 8);  // two weights, two biases, four of the norms
}

TEST_CASE(
    "nothing is folded across a max-pooling, from a shared convolution, or where another "
    "layer takes the same",
    "[quant]") {
  Corrected pooled(make_native_model(std::make_shared<Pooled>(), InputShape{2, 4, 4}),
                   {},
                   torch::randn({2, 2, 4, 4}));
  CHECK(pooled.run("fold_batchnorm").empty());
  Corrected shared(make_native_model(std::make_shared<Shared>(), InputShape{2, 4, 4}),
                   {},
                   torch::randn({2, 2, 4, 4}));
  CHECK(shared.run("fold_batchnorm").empty());
}
