// How single ops of a plain module are reached, or refused.

#include "qsweep/core/error.hpp"
#include "qsweep/model/dispatch/dispatch_model.hpp"

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>

#include <functional>

#include "model_checks.hpp"

namespace qsweep {
namespace {

namespace nn = torch::nn;
using test::Identity;
using test::Scaled;
using torch::Tensor;

constexpr InputShape kSmallInput{3, 8, 8};

Tensor images() {
  torch::manual_seed(2);
  return torch::randn({5, 3, 8, 8});
}

// A module of one convolution and a forward of its own.
struct Small : nn::Module {
  explicit Small(std::function<Tensor(Small&, Tensor)> body) : forward_(std::move(body)) {
    torch::manual_seed(1);
    conv = register_module("conv", nn::Conv2d(nn::Conv2dOptions(3, 4, 3).padding(1)));
    head = register_module("head", nn::Linear(4 * 8 * 8, 3));
    running = register_buffer("running", torch::ones({1}));
  }
  Tensor forward(Tensor x) { return forward_(*this, std::move(x)); }

  nn::Conv2d conv{nullptr};
  nn::Linear head{nullptr};
  Tensor running;

 private:
  std::function<Tensor(Small&, Tensor)> forward_;
};

std::unique_ptr<Model> small(std::function<Tensor(Small&, Tensor)> body) {
  return make_dispatch_model(std::make_shared<Small>(std::move(body)), kSmallInput);
}

std::string complaint(std::function<Tensor(Small&, Tensor)> body) {
  try {
    small(std::move(body));
  } catch (const IoError& error) {
    return error.reason();
  }
  return "";
}

}  // namespace

TEST_CASE("ops that write in place give what ops that do not give", "[dispatch]") {
  using Body = std::function<Tensor(Small&, Tensor)>;
  const std::vector<std::pair<Body, Body>> pairs = {
      {[](Small& m, Tensor x) {
         x = m.conv(x);
         torch::hardswish_(x);
         x.clamp_(-1, 2).mul_(3).sub_(x.mean({2, 3}, true));
         return m.head(x.flatten(1));
       },
       [](Small& m, Tensor x) {
         x = torch::hardswish(m.conv(x)).clamp(-1, 2).mul(3);
         return m.head(x.sub(x.mean({2, 3}, true)).flatten(1));
       }},
      {[](Small& m, Tensor x) {  // into a part
         x = m.conv(x).clone();
         x.slice(1, 0, 2).sigmoid_();
         return m.head(x.flatten(1));
       },
       [](Small& m, Tensor x) {
         x = m.conv(x);
         x = torch::cat({x.slice(1, 0, 2).sigmoid(), x.slice(1, 2, 4)}, 1);
         return m.head(x.flatten(1));
       }}};
  for (const auto& [writing, pure] : pairs) {
    auto network_a = std::make_shared<Small>(writing);
    auto network_b = std::make_shared<Small>(pure);
    const auto a = make_dispatch_model(network_a, kSmallInput);
    const auto b = make_dispatch_model(network_b, kSmallInput);
    REQUIRE(a->layers().size() == b->layers().size());
    Scaled hook;
    const Tensor got = a->forward(images(), &hook);
    const Tensor expected = b->forward(images(), &hook);
    CHECK(got.equal(expected));
    got.square().sum().backward();
    expected.square().sum().backward();
    check_same_bits(gradients_of(*network_a), gradients_of(*network_b));
    const torch::NoGradGuard no_grad;
    CHECK(a->forward(images(), &hook).equal(expected));
  }
}

TEST_CASE("a module that is called twice has a layer for each call", "[dispatch]") {
  const auto model = small([](Small& m, Tensor x) {
    const Tensor y = m.conv(x) + m.conv(x.flip({2}));
    return m.head(y.flatten(1));
  });
  CHECK(names_of(model->layers()) ==
        std::vector<std::string>{"conv", "conv.1", "conv.add", "head"});
  CHECK(model->layers()[0].parameters == 4 * 27 + 4);
  CHECK(model->layers()[1].parameters == 0);
}

TEST_CASE("what writes into the module's own tensors is no layer", "[dispatch]") {
  const auto model = small([](Small& m, Tensor x) {
    if (m.is_training()) {
      const torch::NoGradGuard no_grad;
      m.running.mul_(0.5);
    }
    return m.head(m.conv(x).flatten(1));
  });
  CHECK(model->layers().size() == 2);
  Identity hook;
  model->train(true);
  model->forward(images(), &hook);
  CHECK(model->buffers().at(0).second.item<float>() == 0.5F);
}

TEST_CASE("listing leaves what a plain module counts as it was", "[dispatch]") {
  const auto model = small([](Small& m, Tensor x) {
    m.running.add_(1);
    return m.head((m.conv(x) * m.running).flatten(1));
  });
  CHECK(model->buffers().at(0).second.item<float>() == 1);
  model->forward(images());
  CHECK(model->buffers().at(0).second.item<float>() == 2);
}

TEST_CASE("the hook may not be lost on the way: other ops than the listed ones fail",
          "[dispatch]") {
  const auto model = small([](Small& m, Tensor x) {
    x = m.conv(x);
    x = m.is_training() ? x.relu() : x.tanh();
    return m.head(x.flatten(1));
  });
  Identity hook;
  model->train(false);
  model->forward(images(), &hook);
  model->train(true);
  model->forward(images());
  CHECK_THROWS_WITH(
      model->forward(images(), &hook),
      "the module computes 'relu' where it computed 'tanh' when its layers were listed, in "
      "evaluation on an image of zeros; its forward has to run the same ops each time, or some "
      "would stay in float");
  const auto shorter = small([](Small& m, Tensor x) {
    x = m.head(m.conv(x).flatten(1));
    return m.is_training() ? x : x * 2;
  });
  shorter->train(true);
  CHECK_THROWS_WITH(shorter->forward(images(), &hook),
                    ContainsSubstring("the module ended before 'mul', which it computed when"));
  const auto longer = small([](Small& m, Tensor x) {
    x = m.head(m.conv(x).flatten(1));
    return m.is_training() ? x * 2 : x;
  });
  longer->train(true);
  CHECK_THROWS_WITH(longer->forward(images(), &hook),
                    ContainsSubstring("the module computes 'mul' where it had ended when"));
  CHECK_THROWS_AS(longer->forward(images(), &hook), TrialError);
}

TEST_CASE("what hides the images of a plain module from gradients makes no constants",
          "[dispatch]") {
  const std::string hidden =
      " with what is made of the images by a way that cannot be followed, behind a detach, an "
      "integer or a number: it would stay in float";
  CHECK(complaint([](Small& m, Tensor x) {
          return m.head(torch::tanh(m.conv(x).detach()).flatten(1));
        }) == "computes 'tanh'" + hidden);
  CHECK(complaint([](Small& m, Tensor x) { return m.head(m.conv(x.detach()).flatten(1)); }) ==
        "computes 'conv2d'" + hidden);
  CHECK(complaint([](Small& m, Tensor x) {
          return m.head(m.conv((x * 255).to(torch::kByte).to(torch::kFloat) / 255).flatten(1));
        }) == "computes 'div'" + hidden);
  CHECK(complaint([](Small& m, Tensor x) {
          const Tensor index = x.clamp(0, 2).to(torch::kLong).sum({1, 2}).clamp(0, 2);
          return m.head(torch::embedding(m.head->weight, index).mean(1));
        }) == "computes 'embedding'" + hidden);
  CHECK(complaint([](Small& m, Tensor x) {
          x = m.conv(x);
          return m.head((x * x.detach()).flatten(1));
        }) == "computes 'mul'" + hidden);
  CHECK(complaint([](Small& m, Tensor x) { return m.head(m.conv(x).flatten(1)).detach(); }) ==
        "returns logits to which no gradient leads: what they are made of cannot be followed");
  CHECK(complaint([](Small& m, Tensor x) {
          const Tensor noise = torch::randn({1, 3, 8, 8}) * 0.1;
          return m.head(m.conv(x * (torch::ones_like(x) * 2) + noise).flatten(1));
        }).empty());
}

TEST_CASE("a plain module's product of a parameter and a constant is a layer", "[dispatch]") {
  const auto model = small([](Small& m, Tensor x) {
    const Tensor place = m.head(torch::ones({1, 256}));
    x = m.head(m.conv(x).flatten(1));
    return x + torch::relu(place);
  });
  CHECK(names_of(model->layers()) ==
        std::vector<std::string>{"head", "conv", "head.1", "head.relu", "head.add"});
  CHECK(model->layers()[0].sources.empty());
  CHECK(model->layers()[3].sources == std::vector<std::vector<int>>{{0}});
  check_each_site_changes_the_logits(*model, images());
}

TEST_CASE("what cannot be reached is refused with its reason", "[dispatch]") {
  CHECK(complaint([](Small& m, Tensor x) { return m.head(torch::erf(m.conv(x)).flatten(1)); }) ==
        "computes 'erf', an operator that qsweep does not know and would leave in float");
  CHECK(complaint([](Small& m, Tensor x) {
          return m.head(torch::conv2d(x, m.conv->weight * 2, m.conv->bias, 1, 1).flatten(1));
        }) ==
        "computes 'conv2d' with a weight that is no parameter of the module, and so cannot be "
        "quantized");
  CHECK(complaint([](Small& m, Tensor x) {
          return m.head(torch::matmul(m.conv(x).flatten(1), torch::ones({256, 256})));
        }) ==
        "computes 'matmul' with a parameter, which would stay in float: only convolutions and "
        "linear layers have weights here");
  CHECK(complaint([](Small& m, Tensor x) {
          const Tensor kernels = m.conv(x).reshape({1, 4, 8, 8});
          return torch::conv2d(torch::ones({1, 4, 8, 8}), kernels).flatten(1);
        }) ==
        "computes 'conv2d' with a weight that is no parameter of the module, and so cannot be "
        "quantized");
  CHECK(complaint([](Small& m, Tensor x) {
          const Tensor slope = m.conv(x).mean({0, 2, 3});
          return m.head(torch::prelu(m.conv(x), slope).flatten(1));
        }) ==
        "computes 'prelu' with an activation in place of a parameter, which would stay in float");
  CHECK(complaint([](Small& m, Tensor x) {
          return m.head(torch::fft_fft2(m.conv(x)).abs().flatten(1));
        }) == "computes 'fft_fft2', which gives complex numbers: they would stay in float");
  CHECK(complaint([](Small& m, Tensor x) { return m.conv(x); }) ==
        "returns a tensor of 1x4x8x8 for one image, not logits, 1xclasses");
  CHECK(complaint([](Small& m, Tensor x) {
          const torch::NoGradGuard no_grad;
          return m.head(m.conv(x).flatten(1));
        }) == "computes 'conv2d', which has no gradient: what it is made of cannot be followed");
  CHECK(complaint([](Small& m, Tensor x) {
          nn::LSTM lstm(8, 3);
          x = std::get<0>(lstm(m.conv(x).mean({1})));
          return x.flatten(1);
        }) == "computes 'lstm', an operator that qsweep does not know and would leave in float");
}

}  // namespace qsweep
