#include "qsweep/train/optimizer.hpp"

#include <torch/types.h>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

Tensor leaf(std::vector<float> values) {
  return torch::tensor(values).requires_grad_();
}

void set_gradient(const Tensor& parameter, std::vector<float> values) {
  parameter.mutable_grad() = torch::tensor(values);
}

Training plain_sgd(double lr) {
  Training training;
  training.lr = lr;
  training.momentum = 0;
  return training;
}

void check_close(const Tensor& got, std::vector<float> expected) {
  INFO(got);
  CHECK(torch::allclose(got, torch::tensor(expected), 1e-5, 1e-6));
}

}  // namespace

TEST_CASE("what quantizers learn has a rate and a decay of its own", "[train]") {
  Training training = plain_sgd(0.1);
  training.weight_decay = 0.5;
  training.quantizer_lr = 0.01;
  training.quantizer_weight_decay = 2;
  const Tensor weight = leaf({1});
  const Tensor step = leaf({1});
  Optimizer optimizer(training, {weight});
  optimizer.set_quantizer_parameters({step});
  set_gradient(weight, {3});
  set_gradient(step, {3});
  optimizer.step();
  check_close(weight, {1 - 0.1F * (3 + 0.5F)});
  check_close(step, {1 - 0.01F * (3 + 2.0F)});
}

TEST_CASE("without them it has those of the weights", "[train]") {
  Training training = plain_sgd(0.1);
  training.weight_decay = 0.5;
  const Tensor step = leaf({1});
  Optimizer optimizer(training, {leaf({1})});
  optimizer.set_quantizer_parameters({step});
  set_gradient(step, {3});
  optimizer.step();
  check_close(step, {1 - 0.1F * (3 + 0.5F)});
}

TEST_CASE("the schedule scales both rates", "[train]") {
  Training training = plain_sgd(0.1);
  training.quantizer_lr = 0.01;
  const Tensor weight = leaf({1});
  const Tensor step = leaf({1});
  Optimizer optimizer(training, {weight});
  optimizer.set_quantizer_parameters({step});
  optimizer.set_rate_factor(0.5);
  set_gradient(weight, {2});
  set_gradient(step, {2});
  optimizer.step();
  check_close(weight, {1 - 0.1F});
  check_close(step, {1 - 0.01F});
}

TEST_CASE("momentum of what quantizers learn lasts while it is the same tensors", "[train]") {
  Training training = plain_sgd(1);
  training.momentum = 0.5;
  const Tensor step = leaf({0});
  Optimizer optimizer(training, {leaf({0})});
  optimizer.set_quantizer_parameters({step});
  set_gradient(step, {1});
  optimizer.step();  // -1
  optimizer.set_quantizer_parameters({step});
  optimizer.step();  // -1 - (1 + 0.5)
  check_close(step, {-2.5});
  const Tensor other = leaf({0});
  optimizer.set_quantizer_parameters({other});
  set_gradient(other, {1});
  optimizer.step();
  check_close(other, {-1});
  check_close(step, {-2.5});
}

TEST_CASE("a gradient is clipped to the norm of all parameters together", "[train]") {
  Training training = plain_sgd(1);
  training.clip_gradient = 1;
  const Tensor weight = leaf({0, 0});
  const Tensor step = leaf({0});
  Optimizer optimizer(training, {weight, leaf({7})});  // one was not reached: no gradient
  optimizer.set_quantizer_parameters({step});
  set_gradient(weight, {3, 4});
  set_gradient(step, {12});
  optimizer.step();  // the norm is 13
  check_close(weight, {-3.0F / 13, -4.0F / 13});
  check_close(step, {-12.0F / 13});
}

TEST_CASE("a gradient below the norm stays as it is", "[train]") {
  Training training = plain_sgd(1);
  training.clip_gradient = 13.5;
  const Tensor weight = leaf({0, 0, 0});
  Optimizer optimizer(training, {weight});
  set_gradient(weight, {3, 4, 12});
  optimizer.step();
  CHECK(weight.equal(torch::tensor({-3.0F, -4.0F, -12.0F})));
}

TEST_CASE("gradients are cleared of both", "[train]") {
  const Tensor weight = leaf({0});
  const Tensor step = leaf({0});
  Optimizer optimizer(plain_sgd(1), {weight});
  optimizer.set_quantizer_parameters({step});
  set_gradient(weight, {3});
  set_gradient(step, {3});
  optimizer.zero_grad();
  for (const Tensor& parameter : {weight, step}) {
    CHECK((!parameter.grad().defined() || parameter.grad().item<float>() == 0));
  }
}
