#include "qsweep/model/one_dnn.hpp"

#include "qsweep/model/native_model.hpp"
#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"

#include <functional>
#include <memory>
#include <utility>

#include "support/catch.hpp"

namespace qsweep {
namespace {

using torch::Tensor;

constexpr InputShape kSmall{3, 8, 8};

// A linear layer behind a product, whose output `defect` changes where oneDNN is in use.
struct DefectiveNet : Net<DefectiveNet> {
  using Defect = std::function<Tensor(const Tensor&)>;
  explicit DefectiveNet(Defect defect_of = nullptr, int64_t outputs_of = 5)
      : defect(std::move(defect_of)), outputs(outputs_of) {
    reset();
  }
  void reset() override {
    conv = child("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 16, 3)));
    linear = child("linear", torch::nn::Linear(16 * 6 * 6, outputs));
  }
  Tensor forward(const Tensor& images) {
    const Tensor x = conv(images).flatten(1);
    return linear(defect && uses_one_dnn() ? defect(x) : x);
  }
  Slot conv, linear;
  Defect defect;
  int64_t outputs;
};

std::unique_ptr<Model> defective(DefectiveNet::Defect defect, int64_t outputs = 5) {
  torch::manual_seed(1);
  return make_native_model(std::make_shared<DefectiveNet>(std::move(defect), outputs), kSmall);
}

bool shows(DefectiveNet::Defect defect) {
  return !is_same_without_one_dnn(*defective(std::move(defect)), kSmall);
}

// Channel counts of which Debian 13's oneDNN gets outputs and gradients wrong.
struct OddChannelsNet : Net<OddChannelsNet> {
  OddChannelsNet() { reset(); }
  void reset() override {
    namespace nn = torch::nn;
    wide = child("wide", nn::Conv2d(nn::Conv2dOptions(3, 24, 3).padding(1).bias(false)));
    narrow = child("narrow", nn::Conv2d(nn::Conv2dOptions(24, 4, 3).padding(1).bias(false)));
    mean = op("mean", ops::mean({2, 3}));
  }
  Tensor forward(const Tensor& images) { return mean(narrow(wide(images))); }
  Slot wide, narrow, mean;
};

class OneDnnKept {
 public:
  OneDnnKept() = default;
  ~OneDnnKept() { torch::globalContext().setUserEnabledMkldnn(before_); }
  OneDnnKept(const OneDnnKept&) = delete;
  OneDnnKept& operator=(const OneDnnKept&) = delete;

 private:
  bool before_ = uses_one_dnn();
};

double relative_error(const Tensor& value, const Tensor& exact) {
  return ((value - exact).norm() / exact.norm()).item<double>();
}

}  // namespace

TEST_CASE("what oneDNN changes of outputs or of gradients is seen, rounding is not", "[model]") {
  CHECK(!shows(nullptr));
  CHECK(!shows([](const Tensor& x) { return x * (1 + 1e-6); }));
  CHECK(shows([](const Tensor& x) { return x * 1.1; }));
  CHECK(shows([](const Tensor& x) { return x / torch::zeros_like(x); }));
  const auto gradient_only = [](const Tensor& x) { return x + (x - x.detach()) * 0.5; };
  CHECK(shows(gradient_only));
}

TEST_CASE("looking for oneDNN's defects changes nothing of a network, nor what is drawn next",
          "[model]") {
  const auto model = defective([](const Tensor& x) { return x * 2; });
  model->train(true);
  const std::string before = fingerprint_of(state_of(*model));
  const bool one_dnn = uses_one_dnn();
  torch::manual_seed(5);
  CHECK(!is_same_without_one_dnn(*model, kSmall));
  const Tensor drawn = torch::rand({4});
  torch::manual_seed(5);
  CHECK(drawn.equal(torch::rand({4})));
  CHECK(model->is_training());
  CHECK(uses_one_dnn() == one_dnn);
  CHECK(fingerprint_of(state_of(*model)) == before);
  for (const auto& [name, parameter] : model->parameters()) {
    CHECK(!parameter.grad().defined());
  }
}

TEST_CASE("only a network that a defective oneDNN computes wrong does without it", "[model]") {
  const OneDnnKept kept;
  const auto doubled = [](const Tensor& x) { return x * 2; };
  for (int time = 0; time < 2; ++time) {
    settle_one_dnn(*defective(doubled), kSmall);
    CHECK(uses_one_dnn() == is_one_dnn_sound());
    settle_one_dnn(*defective(nullptr, /*outputs=*/6), kSmall);
    CHECK(uses_one_dnn());
  }
}

TEST_CASE("a network is computed right, whatever oneDNN makes of its channels", "[model]") {
  const OneDnnKept kept;
  torch::manual_seed(1);
  const auto network = std::make_shared<OddChannelsNet>();
  const auto model = make_native_model(network, kSmall);
  settle_one_dnn(*model, kSmall);
  const Tensor images = torch::randn({4, 3, 8, 8});
  const auto parameters = model->parameters();
  const Tensor first = parameters.at(0).second;
  const Tensor second = parameters.at(1).second;
  const Tensor output = model->forward(images);
  output.square().sum().backward();

  const Tensor exact_first = first.detach().to(torch::kDouble).requires_grad_();
  const Tensor exact_second = second.detach().to(torch::kDouble).requires_grad_();
  const Tensor between =
      torch::conv2d(images.to(torch::kDouble), exact_first, {}, /*stride=*/1, /*padding=*/1);
  const Tensor exact =
      torch::conv2d(between, exact_second, {}, /*stride=*/1, /*padding=*/1).mean({2, 3});
  exact.square().sum().backward();
  CHECK(relative_error(output, exact) < 1e-5);
  CHECK(relative_error(first.grad(), exact_first.grad()) < 1e-5);
  CHECK(relative_error(second.grad(), exact_second.grad()) < 1e-5);
}

}  // namespace qsweep
