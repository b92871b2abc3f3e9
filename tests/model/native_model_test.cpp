#include "qsweep/model/native_model.hpp"

#include <torch/serialize.h>

#include <sstream>

#include "model_checks.hpp"
#include "tiny_network.hpp"

namespace qsweep {
namespace {

using test::Doubled;
using test::Identity;
using torch::Tensor;

constexpr InputShape kInput{1, 6, 6};

struct WrappedTiny {
  std::shared_ptr<TinyNetwork> network;
  std::unique_ptr<Model> model;
};

WrappedTiny wrapped_tiny() {
  torch::manual_seed(1);
  WrappedTiny made;
  made.network = std::make_shared<TinyNetwork>();
  made.model = make_native_model(made.network, kInput);
  return made;
}

Tensor tiny_images() {
  torch::manual_seed(2);
  return torch::randn({5, 1, 6, 6});
}

// The plain network of the same weights, that nothing ever wrapped.
std::shared_ptr<TinyNetwork> plain() {
  torch::manual_seed(1);
  return std::make_shared<TinyNetwork>();
}

std::vector<std::string> names_of(const NamedTensors& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    names.push_back(name);
  }
  return names;
}

const Layer& layer_named(const Model& model, const std::string& name) {
  for (const Layer& layer : model.layers()) {
    if (layer.name == name) {
      return layer;
    }
  }
  FAIL("no layer " << name);
  return model.layers().front();
}

int site_number(const Model& model, const std::string& layer, SiteKind kind) {
  const std::vector<Site> sites = sites_of(model.layers());
  for (size_t i = 0; i < sites.size(); ++i) {
    if (model.layers()[static_cast<size_t>(sites[i].layer)].name == layer &&
        sites[i].kind == kind) {
      return static_cast<int>(i);
    }
  }
  FAIL("no such site");
  return -1;
}

}  // namespace

TEST_CASE("a network's layers are listed in the order of execution", "[model]") {
  const WrappedTiny made = wrapped_tiny();
  const auto& layers = made.model->layers();
  const std::vector<int64_t> plane{4, 2, 2};
  check_layers(layers,
               {{"stem", "Conv2d", "conv2d", {{-1}}, {4, 4, 4}, 4 * 4 * 4 * 9, 36},
                {"block1.conv", "Conv2d", "conv2d", {{0}}, plane, 16 * 36, 148},
                {"block1.bn", "BatchNorm2d", "batch_norm", {{1}}, plane, 0, 8},
                {"block1.relu", "ReLU", "relu", {{2}}, plane, 0, 0},
                {"block1.add", "Add", "add", {{3}, {0}}, plane, 0, 0},
                {"block1.relu.1", "ReLU", "relu", {{4}}, plane, 0, 0},
                {"block2.conv", "Conv2d", "conv2d", {{5}}, plane, 16 * 36, 148},
                {"block2.bn", "BatchNorm2d", "batch_norm", {{6}}, plane, 0, 8},
                {"block2.relu", "ReLU", "relu", {{7}}, plane, 0, 0},
                {"block2.add", "Add", "add", {{8}, {5}}, plane, 0, 0},
                {"block2.relu.1", "ReLU", "relu", {{9}}, plane, 0, 0},
                {"head", "Linear", "linear", {{5, 10}}, {3}, 3 * 72, 3 * 72 + 3}});
  CHECK(layers[1].weight_shape == std::vector<int64_t>{4, 4, 3, 3});
  CHECK(layers[1].weight_name == "block1.conv.weight");
  CHECK(layers[2].weight_shape.empty());
  CHECK(layers[4].input_shapes == std::vector<std::vector<int64_t>>{plane, plane});
  CHECK(layers[11].input_shapes == std::vector<std::vector<int64_t>>{{72}});
}

TEST_CASE("listing leaves the mode and the statistics of a network alone", "[model]") {
  const WrappedTiny made = wrapped_tiny();
  CHECK(made.model->is_training());
  CHECK(made.network->named_buffers()["block1.bn.num_batches_tracked"].item<int64_t>() == 0);
  check_same_bits(state_of(*made.model), [] {
    NamedTensors state;
    const auto network = plain();
    for (const auto& item : network->named_parameters()) {
      state.emplace_back(item.key(), item.value());
    }
    for (const auto& item : network->named_buffers()) {
      state.emplace_back(item.key(), item.value());
    }
    return state;
  }());
}

TEST_CASE("a hook that changes nothing gives the plain network's bits", "[model]") {
  for (const bool training : {false, true}) {
    const WrappedTiny made = wrapped_tiny();
    const auto network = plain();
    network->train(training);
    made.model->train(training);
    Identity hook;
    const Tensor expected = network->forward(tiny_images());
    const Tensor got = made.model->forward(tiny_images(), &hook);
    CHECK(torch::equal(got, expected));
    expected.square().sum().backward();
    got.square().sum().backward();
    check_same_bits(gradients_of(*made.network), gradients_of(*network));
    made.network->zero_grad();
    network->zero_grad();
  }
}

TEST_CASE("evaluation in place gives the same as out of place", "[model]") {
  const WrappedTiny made = wrapped_tiny();
  made.model->train(false);
  const Tensor given = tiny_images();
  const Tensor kept = given.clone();
  const Tensor out_of_place = made.model->forward(given);
  Identity hook;
  const torch::NoGradGuard no_grad;
  CHECK(torch::equal(made.model->forward(given), out_of_place));
  CHECK(torch::equal(made.model->forward(given, &hook), out_of_place));
  CHECK(torch::equal(given, kept));
}

TEST_CASE("a hook sees every site once, as sites_of() numbers them", "[model]") {
  const WrappedTiny made = wrapped_tiny();
  Identity hook;
  made.model->forward(tiny_images(), &hook);
  const size_t count = sites_of(made.model->layers()).size();
  CHECK(count == 12 + 2 + 4 + 12);  // inputs, the adds' second ones, weights, outputs
  std::vector<int> in_order(count);
  for (size_t i = 0; i < count; ++i) {
    in_order[i] = static_cast<int>(i);
  }
  CHECK(hook.seen == in_order);
  hook.seen.clear();
  made.model->forward(tiny_images(), &hook);
  CHECK(hook.seen == in_order);
}

TEST_CASE("each site's hook changes the logits", "[model]") {
  check_each_site_changes_the_logits(*wrapped_tiny().model, tiny_images());
}

TEST_CASE("the float weight is back after a call, and has the gradient", "[model]") {
  const WrappedTiny made = wrapped_tiny();
  const Tensor before = made.network->named_parameters()["head.weight"];
  const Tensor values = before.detach().clone();
  Doubled hook(site_number(*made.model, "head", SiteKind::Weight));
  made.model->forward(tiny_images(), &hook).sum().backward();
  const Tensor after = made.network->named_parameters()["head.weight"];
  CHECK(after.is_same(before));
  CHECK(after.is_leaf());
  CHECK(torch::equal(after.detach(), values));
  REQUIRE(after.grad().defined());
  const Tensor doubled = after.grad().clone();
  made.network->zero_grad();
  made.model->forward(tiny_images()).sum().backward();
  CHECK(torch::allclose(doubled, made.network->named_parameters()["head.weight"].grad() * 2));
}

TEST_CASE("a hook that absorbs sums is left out where a parameter is added", "[model]") {
  struct Placed : Net<Placed> {
    Placed() { reset(); }
    void reset() override {
      place = register_parameter("place", torch::ones({1, 36}));
      add = op("add", ops::add_parameter(&place));
      head = child("head", torch::nn::Linear(36, 3));
    }
    Tensor forward(const Tensor& x) { return head(add(x.flatten(1))); }
    Tensor place;
    Slot add, head;
  };
  const auto model = make_native_model(std::make_shared<Placed>(), kInput);
  const torch::NoGradGuard no_grad;
  test::Absorbing hook;
  CHECK(model->forward(tiny_images(), &hook).equal(model->forward(tiny_images())));
  CHECK(hook.seen.size() == sites_of(model->layers()).size());
}

TEST_CASE("a batch norm is left to a hook that takes it over, as long as it learns nothing",
          "[model]") {
  struct Normed : Net<Normed> {
    Normed() { reset(); }
    void reset() override {
      norm = child("norm", torch::nn::BatchNorm2d(1));
      head = child("head", torch::nn::Linear(36, 3));
    }
    Tensor forward(const Tensor& x) { return head(norm(x).flatten(1)); }
    Slot norm, head;
  };
  const auto model = make_native_model(std::make_shared<Normed>(), kInput);
  model->train(true);
  model->forward(tiny_images());  // learns statistics
  test::Absorbing training;
  model->forward(tiny_images(), &training);
  CHECK(training.norms.empty());
  model->train(false);
  test::Absorbing evaluating;
  CHECK(model->forward(tiny_images(), &evaluating).equal(model->forward(tiny_images())));
  CHECK(evaluating.norms == std::vector<int>{site_number(*model, "norm", SiteKind::Output)});
  CHECK(evaluating.seen.size() == sites_of(model->layers()).size());
  model->bypass(0);
  test::Absorbing bypassed;
  model->forward(tiny_images(), &bypassed);
  CHECK(bypassed.norms.empty());
}

TEST_CASE("a hook that throws leaves the float weights in place", "[model]") {
  check_a_throwing_hook_leaves_no_trace(*wrapped_tiny().model, tiny_images());
}

TEST_CASE("names, clones and saved files know nothing of the wrapping", "[model]") {
  const WrappedTiny made = wrapped_tiny();
  const auto network = plain();
  CHECK(made.network->named_parameters().keys() == network->named_parameters().keys());
  CHECK(made.network->named_buffers().keys() == network->named_buffers().keys());
  CHECK(made.network->named_modules().keys() == network->named_modules().keys());
  CHECK(layer_named(*made.model, "head").weight_name == "head.weight");

  std::stringstream saved;
  torch::save(made.network, saved);
  torch::manual_seed(3);
  auto fresh = std::make_shared<TinyNetwork>();
  fresh->eval();
  made.model->train(false);
  CHECK_FALSE(torch::equal(fresh->forward(tiny_images()), made.model->forward(tiny_images())));
  torch::load(fresh, saved);
  fresh->eval();
  CHECK(torch::equal(fresh->forward(tiny_images()), made.model->forward(tiny_images())));
}

TEST_CASE("a layer's tensors are the network's own", "[model]") {
  const WrappedTiny made = wrapped_tiny();
  auto parameters = made.network->named_parameters();
  auto buffers = made.network->named_buffers();
  const LayerTensors stem = made.model->tensors(0);
  CHECK(stem.weight.is_same(parameters["stem.weight"]));
  CHECK_FALSE(stem.bias.defined());
  CHECK(made.model->tensors(1).bias.is_same(parameters["block1.conv.bias"]));
  const LayerTensors norm = made.model->tensors(2);
  CHECK(norm.weight.is_same(parameters["block1.bn.weight"]));
  CHECK(norm.variance.is_same(buffers["block1.bn.running_var"]));
  CHECK(norm.eps == 1e-5);
  CHECK_FALSE(made.model->tensors(3).weight.defined());
}

TEST_CASE("a product can get a bias, which is a parameter like the others", "[model]") {
  const WrappedTiny made = wrapped_tiny();
  check_a_product_gets_a_bias(*made.model, 0, "stem.bias", tiny_images());
  CHECK(names_of(made.model->parameters()).at(1) == "stem.bias");
  const auto copy = std::dynamic_pointer_cast<TinyNetwork>(made.network->clone());
  CHECK(copy->forward(tiny_images()).equal(made.model->forward(tiny_images())));
}

TEST_CASE("a bypassed layer passes on what it is given, and its sites are still there", "[model]") {
  check_a_bypassed_norm_does_nothing(*wrapped_tiny().model, 2, tiny_images());
}

TEST_CASE("one product computes alone, with any weight", "[model]") {
  const WrappedTiny made = wrapped_tiny();
  const torch::NoGradGuard no_grad;
  const Tensor input = torch::randn({2, 72});
  const LayerTensors head = made.model->tensors(11);
  const Tensor weight = torch::randn_like(head.weight);
  CHECK(torch::equal(made.model->forward_product(11, input, weight),
                     torch::linear(input, weight, head.bias)));
  CHECK(made.model->tensors(11).weight.is_same(head.weight));
}

TEST_CASE("a clone computes with its own weights", "[model]") {
  const WrappedTiny made = wrapped_tiny();
  made.model->train(false);
  const Tensor expected = made.model->forward(tiny_images());
  const auto copy = std::dynamic_pointer_cast<TinyNetwork>(made.network->clone());
  REQUIRE(copy != nullptr);
  CHECK(torch::equal(copy->forward(tiny_images()), expected));
  {
    const torch::NoGradGuard no_grad;
    for (auto& parameter : copy->parameters()) {
      parameter.zero_();
    }
  }
  CHECK(torch::equal(copy->forward(tiny_images()), torch::zeros({5, 3})));
  CHECK(torch::equal(made.model->forward(tiny_images()), expected));
}

TEST_CASE("frozen batch norms run as in evaluation until the next call of train", "[model]") {
  const WrappedTiny made = wrapped_tiny();
  made.model->train(true);
  made.model->freeze_batch_norms();
  CHECK(made.model->is_training());
  const NamedTensors buffers = made.model->buffers();
  std::vector<Tensor> before;
  for (const auto& [name, buffer] : buffers) {
    before.push_back(buffer.clone());
  }
  const Tensor frozen = made.model->forward(tiny_images());
  for (size_t i = 0; i < buffers.size(); ++i) {
    INFO(buffers[i].first);
    CHECK(buffers[i].second.equal(before[i]));
  }
  made.model->train(false);
  CHECK(frozen.equal(made.model->forward(tiny_images())));
  made.model->train(true);
  CHECK_FALSE(frozen.equal(made.model->forward(tiny_images())));
}

}  // namespace qsweep
