#include "qsweep/model/dispatch/dispatch_model.hpp"

#include <thread>

#include "model_checks.hpp"
#include "plain_networks.hpp"

namespace qsweep {
namespace {

namespace nn = torch::nn;
using test::Identity;
using test::Scaled;
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

std::vector<int> counted_to(size_t count) {
  std::vector<int> numbers(count);
  for (size_t i = 0; i < count; ++i) {
    numbers[i] = static_cast<int>(i);
  }
  return numbers;
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
  check_same_bits(gradients_of(*made.network), gradients_of(*network));
  for (const auto& item : network->named_buffers()) {
    INFO(item.key());
    CHECK(made.network->named_buffers()[item.key()].equal(item.value()));
  }
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
  Scaled hook;
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
    Scaled hook;
    int next = 0;
  };
  const auto made = wrapped<PlainNetwork>(kGray);
  const auto by_hand = plain<ByHand>();
  made.model->train(true);
  made.model->freeze_batch_norms();
  made.network->drop->eval();
  by_hand->train(false);
  Scaled hook;
  const Tensor got = made.model->forward(images(kGray), &hook);
  const Tensor expected = by_hand->forward(images(kGray));
  CHECK(got.equal(expected));
  got.square().sum().backward();
  expected.square().sum().backward();
  check_same_bits(gradients_of(*made.network), gradients_of(*by_hand));
}

TEST_CASE("each site's hook changes the logits of a plain module", "[dispatch]") {
  check_each_site_changes_the_logits(*wrapped<PlainNetwork>(kGray).model, images(kGray));
  check_each_site_changes_the_logits(*wrapped<PlainAttention>(kColor).model, images(kColor));
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
    test::Doubled hook(thread * 5);
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
  check_a_throwing_hook_leaves_no_trace(*wrapped<PlainNetwork>(kGray).model, images(kGray));
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

TEST_CASE("products of a plain module can get a bias, which the module knows nothing of",
          "[dispatch]") {
  const auto made = wrapped<PlainNetwork>(kGray);
  check_a_product_gets_a_bias(*made.model, 1, "block1.conv.bias", images(kGray));
  CHECK(made.network->parameters().size() + 1 == made.model->parameters().size());
  check_a_product_gets_a_bias(
      *wrapped<PlainAttention>(kColor).model, 8, "out.bias", images(kColor));
}

TEST_CASE("a bypassed layer of a plain module passes on what it is given", "[dispatch]") {
  check_a_bypassed_norm_does_nothing(*wrapped<PlainNetwork>(kGray).model, 2, images(kGray));
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
