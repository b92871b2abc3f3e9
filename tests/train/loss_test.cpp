#include "qsweep/train/loss.hpp"

#include <torch/types.h>

#include <cmath>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

Tensor two_images() {
  return torch::tensor({{0.5F, -2.0F}, {3.0F, 0.25F}});
}

Tensor two_labels() {
  return torch::tensor({0, 1}, torch::kLong);
}

double loss_of(const Training& training, const Targets& targets) {
  return training_loss(training, two_images(), targets).item<double>();
}

// ln(1 + e^-2.5) and ln(1 + e^2.75), by hand from the differences of the logits.
double cross_entropy() {
  return (std::log1p(std::exp(-2.5)) + std::log1p(std::exp(2.75))) / 2;
}

}  // namespace

TEST_CASE("hinge losses are means over classes and images, their targets +1 and -1", "[train]") {
  // 1 - t y: 0.5, -1; 4, 0.75.
  CHECK(hinge_loss(two_images(), two_labels(), 1).item<double>() == 5.25 / 4);
  CHECK(hinge_loss(two_images(), two_labels(), 2).item<double>() == 16.8125 / 4);
}

TEST_CASE("a hinge passes gradients only where the margin is missing", "[train]") {
  const Tensor logits = two_images().requires_grad_();
  hinge_loss(logits, two_labels(), 1).backward();
  CHECK(logits.grad().equal(torch::tensor({{-0.25F, 0.0F}, {0.25F, -0.25F}})));
  logits.mutable_grad().zero_();
  hinge_loss(logits, two_labels(), 2).backward();
  CHECK(logits.grad().equal(torch::tensor({{-0.25F, 0.0F}, {2.0F, -0.375F}})));
}

TEST_CASE("distillation is T^2 times the divergence from the teacher, the mean over images",
          "[train]") {
  // At T = 2 the teacher says 3/4 and 1/4, the student 1/2 and 1/2; the second image agrees.
  const Tensor teacher = torch::tensor({{2 * std::log(3.0F), 0.0F}, {1.0F, -1.0F}});
  const Tensor student = torch::tensor({{0.0F, 0.0F}, {3.0F, 1.0F}});
  const double divergence = 0.75 * std::log(1.5) + 0.25 * std::log(0.5);
  CHECK(distillation_loss(student, teacher, 2).item<double>() ==
        Approx(4 * divergence / 2).epsilon(1e-5));
  CHECK(distillation_loss(teacher, teacher, 2).item<double>() == Approx(0.0).margin(1e-7));
}

TEST_CASE("the settings choose the loss of the labels", "[train]") {
  Training training;
  CHECK(loss_of(training, {two_labels(), {}}) == Approx(cross_entropy()).epsilon(1e-6));
  training.loss = "hinge";
  CHECK(loss_of(training, {two_labels(), {}}) == 5.25 / 4);
  training.loss = "squared_hinge";
  CHECK(loss_of(training, {two_labels(), {}}) == 16.8125 / 4);
  training.loss = "hing";
  CHECK_THROWS_WITH(loss_of(training, {two_labels(), {}}),
                    "unknown loss 'hing'; known are cross_entropy, squared_hinge, hinge");
}

TEST_CASE("label smoothing moves the cross-entropy towards that of equal answers", "[train]") {
  Training training;
  training.label_smoothing = 0.2;
  // -(0.9 log p + 0.1 log (1 - p)), where p is the label's part.
  const auto smoothed = [](double margin) {
    return 0.9 * std::log1p(std::exp(-margin)) + 0.1 * std::log1p(std::exp(margin));
  };
  CHECK(loss_of(training, {two_labels(), {}}) ==
        Approx((smoothed(2.5) + smoothed(-2.75)) / 2).epsilon(1e-6));
}

TEST_CASE("distillation mixes with the loss of the labels by its weight", "[train]") {
  const Tensor teacher = torch::tensor({{1.0F, 0.0F}, {0.0F, 1.0F}});
  const double distilled = distillation_loss(two_images(), teacher, 3).item<double>();
  Training training;
  training.distill = Distillation{3, 0.25};
  CHECK(loss_of(training, {two_labels(), teacher}) ==
        Approx(0.75 * cross_entropy() + 0.25 * distilled).epsilon(1e-6));
  training.loss = "hinge";
  CHECK(loss_of(training, {two_labels(), teacher}) ==
        Approx(0.75 * 5.25 / 4 + 0.25 * distilled).epsilon(1e-6));
  training.distill->weight = 1;
  CHECK(loss_of(training, {two_labels(), teacher}) == Approx(distilled).epsilon(1e-6));
}
