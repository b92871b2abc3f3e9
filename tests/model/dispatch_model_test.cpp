#include "qsweep/model/dispatch/dispatch_model.hpp"

#include "qsweep/core/error.hpp"

#include <torch/nn/modules/rnn.h>

#include <map>
#include <thread>

#include "plain_networks.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

template <class Network>
struct Wrapped {
  std::shared_ptr<Network> network;
  std::unique_ptr<Model> model;
};

template <class Network>
std::shared_ptr<Network> plain() {
  torch::manual_seed(1);
  return std::make_shared<Network>();
}

template <class Network>
Wrapped<Network> wrapped(const InputShape& input) {
  Wrapped<Network> made;
  made.network = plain<Network>();
  made.model = make_dispatch_model(made.network, input);
  return made;
}

constexpr InputShape kGray{1, 6, 6};
constexpr InputShape kColor{3, 8, 8};

Tensor images(const InputShape& input, int64_t count = 5) {
  torch::manual_seed(2);
  return torch::randn({count, input.channels, input.height, input.width});
}

class Identity : public SiteHook {
 public:
  Tensor apply(int site, Tensor x) override {
    seen.push_back(site);
    return x;
  }
  std::vector<int> seen;
};

// A small change that has a gradient, another one at each site.
class Halfway : public SiteHook {
 public:
  explicit Halfway(int only = -1) : only_(only) {}
  Tensor apply(int site, Tensor x) override {
    return only_ < 0 || site == only_ ? x * (1 + 0.01 * (site + 1)) + 0.001 : x;
  }

 private:
  int only_;
};

std::vector<int> counted_to(size_t count) {
  std::vector<int> numbers(count);
  for (size_t i = 0; i < count; ++i) {
    numbers[i] = static_cast<int>(i);
  }
  return numbers;
}

std::map<std::string, Tensor> gradients_of(const nn::Module& module) {
  std::map<std::string, Tensor> gradients;
  for (const auto& item : module.named_parameters()) {
    gradients[item.key()] = item.value().grad();
  }
  return gradients;
}

void check_same(const std::map<std::string, Tensor>& got,
                const std::map<std::string, Tensor>& expected) {
  REQUIRE(got.size() == expected.size());
  for (const auto& [name, tensor] : expected) {
    INFO(name);
    REQUIRE(got.at(name).defined());
    CHECK(got.at(name).equal(tensor));
  }
}

template <class Network>
void check_float(const InputShape& input, bool training) {
  const auto made = wrapped<Network>(input);
  const auto network = plain<Network>();
  network->train(training);
  made.model->train(training);
  Identity hook;
  torch::manual_seed(3);  // of the dropout
  const Tensor expected = network->forward(images(input));
  torch::manual_seed(3);
  const Tensor got = made.model->forward(images(input), &hook);
  CHECK(got.equal(expected));
  CHECK(hook.seen == counted_to(sites_of(made.model->layers()).size()));
  expected.square().sum().backward();
  got.square().sum().backward();
  check_same(gradients_of(*made.network), gradients_of(*network));
  for (const auto& item : network->named_buffers()) {
    INFO(item.key());
    CHECK(made.network->named_buffers()[item.key()].equal(item.value()));
  }
}

struct Expected {
  const char* name;
  const char* type;
  const char* op;
  std::vector<std::vector<int>> sources;
  std::vector<int64_t> shape;
  int64_t macs;
  int64_t parameters;
};

void check_layers(const std::vector<Layer>& layers, const std::vector<Expected>& expected) {
  REQUIRE(layers.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    INFO(expected[i].name);
    CHECK(layers[i].name == expected[i].name);
    CHECK(layers[i].type == expected[i].type);
    CHECK(layers[i].op == expected[i].op);
    CHECK(layers[i].sources == expected[i].sources);
    CHECK(layers[i].output_shape == expected[i].shape);
    CHECK(layers[i].macs == expected[i].macs);
    CHECK(layers[i].parameters == expected[i].parameters);
  }
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
  return make_dispatch_model(std::make_shared<Small>(std::move(body)), kColor);
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

TEST_CASE("a plain module's layers are named by their parameters' paths", "[dispatch]") {
  const auto made = wrapped<PlainNetwork>(kGray);
  const std::vector<int64_t> plane{4, 2, 2};
  check_layers(made.model->layers(),
               {{"stem", "Conv2d", "conv2d", {{-1}}, {4, 4, 4}, 4 * 4 * 4 * 9, 40},
                {"block1.conv", "Conv2d", "conv2d", {{0}}, plane, 16 * 36, 144},
                {"block1.bn", "BatchNorm2d", "batch_norm", {{1}}, plane, 0, 8},
                {"block1.bn.relu", "ReLU", "relu", {{2}}, plane, 0, 0},
                {"block1.bn.add", "Add", "add", {{3}, {0}}, plane, 0, 0},
                {"block1.bn.relu.1", "ReLU", "relu", {{4}}, plane, 0, 0},
                {"block2.conv", "Conv2d", "conv2d", {{5}}, plane, 16 * 36, 144},
                {"block2.bn", "BatchNorm2d", "batch_norm", {{6}}, plane, 0, 8},
                {"block2.bn.relu", "ReLU", "relu", {{7}}, plane, 0, 0},
                {"block2.bn.add", "Add", "add", {{8}, {5}}, plane, 0, 0},
                {"block2.bn.relu.1", "ReLU", "relu", {{9}}, plane, 0, 0},
                {"head", "Linear", "linear", {{5, 10}}, {3}, 3 * 72, 3 * 72 + 3}});
  const auto& layers = made.model->layers();
  CHECK(layers[1].weight_shape == std::vector<int64_t>{4, 4, 3, 3});
  CHECK(layers[1].weight_name == "block1.conv.weight");
  CHECK(layers[11].weight_name == "head.weight");
  CHECK(layers[11].weight_shape == std::vector<int64_t>{3, 72});
  CHECK(layers[2].weight_shape.empty());
  CHECK(layers[4].input_shapes == std::vector<std::vector<int64_t>>{plane, plane});
  CHECK(made.network->is_training());
}

TEST_CASE("a linear layer of tokens is one layer, whatever ops it is", "[dispatch]") {
  const auto made = wrapped<PlainAttention>(kColor);
  const std::vector<int64_t> tokens{4, 12};
  check_layers(made.model->layers(),
               {{"patch", "Conv2d", "conv2d", {{-1}}, {12, 2, 2}, 48 * 48, 588},
                {"add", "Add", "add", {{0}}, tokens, 0, 0},
                {"norm", "LayerNorm", "layer_norm", {{1}}, tokens, 0, 24},
                {"qkv", "Linear", "linear", {{2}}, {4, 36}, 4 * 36 * 12, 36 * 13},
                {"qkv.matmul", "MatMul", "matmul", {{3}, {3}}, {4, 4}, 16 * 12, 0},
                {"qkv.mul", "Mul", "mul", {{4}}, {4, 4}, 0, 0},
                {"qkv.softmax", "Softmax", "softmax", {{5}}, {4, 4}, 0, 0},
                {"qkv.matmul.1", "MatMul", "matmul", {{6}, {3}}, tokens, 48 * 4, 0},
                {"out", "Linear", "linear", {{7}}, tokens, 48 * 12, 144},
                {"out.add", "Add", "add", {{1}, {8}}, tokens, 0, 0},
                {"out.sub", "Sub", "sub", {{9}}, tokens, 0, 0},
                {"out.gelu", "GELU", "gelu", {{10}}, tokens, 0, 0},
                {"out.mean", "Mean", "mean", {{11}}, {12}, 0, 0},
                {"head", "Linear", "linear", {{12}}, {3}, 36, 39}});
}

TEST_CASE("with all sites float a plain module gives its own bits", "[dispatch]") {
  for (const bool training : {false, true}) {
    INFO((training ? "in training" : "in evaluation"));
    check_float<PlainNetwork>(kGray, training);
    check_float<PlainAttention>(kColor, training);
  }
}

TEST_CASE("evaluation without gradients gives the same as with them", "[dispatch]") {
  const auto made = wrapped<PlainNetwork>(kGray);
  made.model->train(false);
  const Tensor given = images(kGray);
  const Tensor kept = given.clone();
  Halfway hook;
  const Tensor expected = made.model->forward(given, &hook);
  CHECK_FALSE(expected.equal(made.model->forward(given)));
  const torch::NoGradGuard no_grad;
  CHECK(made.model->forward(given, &hook).equal(expected));
  CHECK(given.equal(kept));
}

TEST_CASE("a module whose forward quantizes by hand has the same outputs and gradients",
          "[dispatch]") {
  struct ByHand : PlainNetwork {
    Tensor site(Tensor x) { return hook.apply(next++, std::move(x)); }
    Tensor convolved(const nn::Conv2d& conv, Tensor x, int64_t padding) {
      x = site(std::move(x));
      const Tensor weight = site(conv->weight);
      return site(torch::conv2d(x, weight, conv->bias, 1, padding));
    }
    Tensor block(PlainBlock& b, const Tensor& x) {
      Tensor y = convolved(b.conv, x, 1);
      y = site(b.bn->forward(site(y)));
      y = site(torch::relu(site(y)));
      const Tensor first = site(y);
      y = site(first + site(x));
      return site(torch::relu(site(y)));
    }
    Tensor forward(Tensor x) {
      next = 0;
      x = torch::max_pool2d(convolved(stem, x, 0), 2);
      const Tensor a = block(*block1, x);
      const Tensor b = block(*block2, a);
      x = torch::cat(
          {torch::constant_pad_nd(a, {0, 1, 0, 1}), torch::constant_pad_nd(b, {0, 1, 0, 1})}, 1);
      x = site(x.reshape({x.size(0), -1}));
      const Tensor weight = site(head->weight);
      return site(torch::linear(x, weight, head->bias));
    }
    Halfway hook;
    int next = 0;
  };
  const auto made = wrapped<PlainNetwork>(kGray);
  const auto by_hand = plain<ByHand>();
  made.model->train(true);
  made.model->freeze_batch_norms();
  made.network->drop->eval();
  by_hand->train(false);
  Halfway hook;
  const Tensor got = made.model->forward(images(kGray), &hook);
  const Tensor expected = by_hand->forward(images(kGray));
  CHECK(got.equal(expected));
  got.square().sum().backward();
  expected.square().sum().backward();
  check_same(gradients_of(*made.network), gradients_of(*by_hand));
}

TEST_CASE("each site's hook changes the logits of a plain module", "[dispatch]") {
  const auto check = [](Model& model, const Tensor& given) {
    model.train(false);
    const torch::NoGradGuard no_grad;
    const Tensor expected = model.forward(given);
    const size_t count = sites_of(model.layers()).size();
    for (size_t i = 0; i < count; ++i) {
      INFO("site " << i);
      Halfway hook(static_cast<int>(i));
      CHECK_FALSE(model.forward(given, &hook).equal(expected));
    }
    CHECK(model.forward(given).equal(expected));
  };
  check(*wrapped<PlainNetwork>(kGray).model, images(kGray));
  check(*wrapped<PlainAttention>(kColor).model, images(kColor));
}

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
    const auto a = make_dispatch_model(network_a, kColor);
    const auto b = make_dispatch_model(network_b, kColor);
    REQUIRE(a->layers().size() == b->layers().size());
    Halfway hook;
    const Tensor got = a->forward(images(kColor), &hook);
    const Tensor expected = b->forward(images(kColor), &hook);
    CHECK(got.equal(expected));
    got.square().sum().backward();
    expected.square().sum().backward();
    check_same(gradients_of(*network_a), gradients_of(*network_b));
    const torch::NoGradGuard no_grad;
    CHECK(a->forward(images(kColor), &hook).equal(expected));
  }
}

TEST_CASE("a module that is called twice has a layer for each call", "[dispatch]") {
  const auto model = small([](Small& m, Tensor x) {
    const Tensor y = m.conv(x) + m.conv(x.flip({2}));
    return m.head(y.flatten(1));
  });
  std::vector<std::string> names;
  for (const Layer& layer : model->layers()) {
    names.push_back(layer.name);
  }
  CHECK(names == std::vector<std::string>{"conv", "conv.1", "conv.add", "head"});
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
  model->forward(images(kColor), &hook);
  CHECK(model->buffers().at(0).second.item<float>() == 0.5F);
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
  model->forward(images(kColor), &hook);
  model->train(true);
  model->forward(images(kColor));
  CHECK_THROWS_WITH(
      model->forward(images(kColor), &hook),
      "the module computes 'relu' where it computed 'tanh' when its layers were listed, in "
      "evaluation on an image of zeros; its forward has to run the same ops each time, or some "
      "would stay in float");
  const auto shorter = small([](Small& m, Tensor x) {
    x = m.head(m.conv(x).flatten(1));
    return m.is_training() ? x : x * 2;
  });
  shorter->train(true);
  CHECK_THROWS_WITH(shorter->forward(images(kColor), &hook),
                    ContainsSubstring("the module ended before 'mul', which it computed when"));
  const auto longer = small([](Small& m, Tensor x) {
    x = m.head(m.conv(x).flatten(1));
    return m.is_training() ? x * 2 : x;
  });
  longer->train(true);
  CHECK_THROWS_WITH(longer->forward(images(kColor), &hook),
                    ContainsSubstring("the module computes 'mul' where it had ended when"));
  CHECK_THROWS_AS(longer->forward(images(kColor), &hook), TrialError);
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

TEST_CASE("several threads with models and hooks of their own compute what one does",
          "[dispatch]") {
  constexpr int kThreads = 4;
  std::vector<Wrapped<PlainNetwork>> alone;
  std::vector<Wrapped<PlainNetwork>> together;
  for (int i = 0; i < kThreads; ++i) {
    alone.push_back(wrapped<PlainNetwork>(kGray));
    together.push_back(wrapped<PlainNetwork>(kGray));
  }
  const Tensor given = images(kGray);
  std::vector<std::pair<Tensor, Tensor>> expected(kThreads);
  std::vector<std::pair<Tensor, Tensor>> got(kThreads);
  const auto run = [&given](int thread, const Wrapped<PlainNetwork>& made) {
    Halfway hook(thread * 5);
    made.model->train(false);
    const Tensor logits = made.model->forward(given, &hook);
    logits.square().sum().backward();
    return std::make_pair(logits.detach(), made.network->stem->weight.grad());
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    const auto at = static_cast<size_t>(i);
    expected[at] = run(i, alone[at]);
    threads.emplace_back([&, i, at] { got[at] = run(i, together[at]); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (size_t i = 0; i < kThreads; ++i) {
    CHECK(got[i].first.equal(expected[i].first));
    CHECK(got[i].second.equal(expected[i].second));
  }
  CHECK_FALSE(got[0].first.equal(got[1].first));
}

TEST_CASE("a hook that throws leaves the module as it was", "[dispatch]") {
  struct Throwing : SiteHook {
    Tensor apply(int site, Tensor x) override {
      if (site == 5) {
        throw std::runtime_error("enough");
      }
      return x * 2;
    }
  };
  const auto made = wrapped<PlainNetwork>(kGray);
  made.model->train(false);
  const Tensor expected = made.model->forward(images(kGray));
  Throwing hook;
  CHECK_THROWS_WITH(made.model->forward(images(kGray), &hook), "enough");
  CHECK(made.model->forward(images(kGray)).equal(expected));
  Identity identity;
  CHECK(made.model->forward(images(kGray), &identity).equal(expected));
}

TEST_CASE("a plain module's tensors are its own", "[dispatch]") {
  const auto made = wrapped<PlainNetwork>(kGray);
  CHECK(made.model->tensors(0).weight.is_same(made.network->stem->weight));
  CHECK(made.model->tensors(0).bias.is_same(made.network->stem->bias));
  CHECK_FALSE(made.model->tensors(1).bias.defined());
  const LayerTensors norm = made.model->tensors(2);
  CHECK(norm.weight.is_same(made.network->block1->bn->weight));
  CHECK(norm.variance.is_same(made.network->block1->bn->running_var));
  CHECK(norm.eps == 1e-5);
  CHECK_FALSE(made.model->tensors(3).weight.defined());
  CHECK(made.model->tensors(11).weight.is_same(made.network->head->weight));
  CHECK(made.model->tensors(11).bias.is_same(made.network->head->bias));
  const auto attention = wrapped<PlainAttention>(kColor);
  CHECK(attention.model->tensors(3).bias.is_same(attention.network->qkv->bias));
}

TEST_CASE("products of a plain module can get a bias", "[dispatch]") {
  const auto check = [](Model& model, nn::Module& network, int layer, const Tensor& given) {
    model.train(false);
    const Tensor before = model.forward(given);
    const size_t parameters = model.parameters().size();
    model.add_bias(layer);
    model.add_bias(layer);
    CHECK(model.parameters().size() == parameters + 1);
    CHECK(network.parameters().size() == parameters);
    CHECK(torch::allclose(model.forward(given), before, 1e-4, 1e-5));
    const Tensor bias = model.tensors(layer).bias;
    {
      const torch::NoGradGuard no_grad;
      bias.fill_(1);
    }
    const Tensor after = model.forward(given);
    CHECK_FALSE(after.equal(before));
    Identity hook;
    CHECK(model.forward(given, &hook).equal(after));
    after.sum().backward();
    CHECK(bias.grad().defined());
    return model.parameters().back().first;
  };
  const auto made = wrapped<PlainNetwork>(kGray);
  CHECK(check(*made.model, *made.network, 1, images(kGray)) == "block1.conv.bias");
  const auto attention = wrapped<PlainAttention>(kColor);
  CHECK(check(*attention.model, *attention.network, 8, images(kColor)) == "out.bias");
}

TEST_CASE("a bypassed layer of a plain module passes on what it is given", "[dispatch]") {
  const auto made = wrapped<PlainNetwork>(kGray);
  made.model->train(false);
  const torch::NoGradGuard no_grad;
  made.network->block1->bn->weight.fill_(3);
  const Tensor with = made.model->forward(images(kGray));
  made.model->bypass(2);
  const Tensor without = made.model->forward(images(kGray));
  CHECK_FALSE(with.equal(without));
  made.network->block1->bn->weight.fill_(7);
  CHECK(made.model->forward(images(kGray)).equal(without));
  Identity hook;
  CHECK(made.model->forward(images(kGray), &hook).equal(without));
  CHECK(hook.seen.size() == sites_of(made.model->layers()).size());
}

TEST_CASE("one product of a plain module computes alone, with any weight", "[dispatch]") {
  const torch::NoGradGuard no_grad;
  const auto made = wrapped<PlainNetwork>(kGray);
  const Tensor plane = torch::randn({2, 4, 2, 2});
  const Tensor kernel = torch::randn({4, 4, 3, 3});
  CHECK(
      made.model->forward_product(1, plane, kernel).equal(torch::conv2d(plane, kernel, {}, 1, 1)));
  const Tensor flat = torch::randn({2, 72});
  const Tensor weight = torch::randn({3, 72});
  CHECK(made.model->forward_product(11, flat, weight)
            .equal(torch::linear(flat, weight, made.network->head->bias)));
  const auto attention = wrapped<PlainAttention>(kColor);
  const Tensor tokens = torch::randn({2, 4, 12});
  CHECK(attention.model->forward_product(3, tokens, attention.network->qkv->weight)
            .equal(attention.network->qkv->forward(tokens)));
}

TEST_CASE("a frozen batch norm of a plain module runs as in evaluation", "[dispatch]") {
  const auto made = wrapped<PlainNetwork>(kGray);
  made.model->train(true);
  made.model->freeze_batch_norms();
  CHECK(made.model->is_training());
  CHECK_FALSE(made.network->block1->bn->is_training());
  CHECK(made.network->drop->is_training());
}

}  // namespace qsweep
