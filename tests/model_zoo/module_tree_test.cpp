#include "qsweep/model/native_model.hpp"

#include <torch/serialize.h>

#include <sstream>

#include "model_zoo/small_models.hpp"
#include "support/catch.hpp"

namespace qsweep::zoo {
namespace {

using torch::Tensor;

NativeModel& native(Model& model) {
  return dynamic_cast<NativeModel&>(model);
}

class SignEverywhere : public SiteHook {
 public:
  Tensor apply(int /*site*/, Tensor x) override { return x.sign(); }
};

std::vector<std::string> names_in(const torch::nn::Module& module) {
  std::vector<std::string> names = module.named_parameters().keys();
  for (const std::string& name : module.named_buffers().keys()) {
    names.push_back(name);
  }
  return names;
}

std::vector<std::string> names_in(const Model& model) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : state_of(model)) {
    names.push_back(name);
  }
  return names;
}

void zero(torch::nn::Module& module) {
  const torch::NoGradGuard no_grad;
  for (Tensor& parameter : module.parameters()) {
    parameter.zero_();
  }
  for (Tensor& buffer : module.buffers()) {
    buffer.zero_();
  }
}

void check_same_state(const torch::nn::Module& a, const torch::nn::Module& b) {
  for (const auto& item : a.named_parameters()) {
    INFO(item.key());
    CHECK(torch::equal(item.value(), b.named_parameters()[item.key()]));
  }
  for (const auto& item : a.named_buffers()) {
    INFO(item.key());
    CHECK(torch::equal(item.value(), b.named_buffers()[item.key()]));
  }
}

}  // namespace

TEST_CASE("wrapping leaves names, parameters, clone, save and load alone", "[model_zoo]") {
  for (const SmallModel& small : small_models()) {
    INFO(title_of(small));
    const auto model = make_random(small);
    const std::shared_ptr<torch::nn::Module>& module = native(*model).module();
    CHECK(names_in(*module) == names_in(*model));
    {
      const torch::NoGradGuard no_grad;
      SignEverywhere hook;
      model->forward(images_for(small.input), &hook);
    }
    for (const auto& [name, parameter] : model->parameters()) {
      INFO(name);
      CHECK(parameter.is_leaf());
      CHECK(parameter.requires_grad());
    }

    const std::shared_ptr<torch::nn::Module> copy = module->clone();
    CHECK(names_in(*copy) == names_in(*module));
    check_same_state(*copy, *module);
    zero(*copy);  // a copy of its own: the original does not follow
    CHECK(model->parameters().front().second.abs().sum().item<float>() > 0);

    std::stringstream file;
    torch::save(module, file);
    std::shared_ptr<torch::nn::Module> loaded = copy;
    torch::load(loaded, file);
    check_same_state(*loaded, *module);
  }
}

TEST_CASE("a clone is the plain network: it computes the same without any wrapper", "[model_zoo]") {
  const torch::NoGradGuard no_grad;
  for (const SmallModel& small : small_models()) {
    INFO(title_of(small));
    const auto model = make_random(small);
    model->train(false);
    const Tensor images = images_for(small.input);
    const Tensor before = model->forward(images);
    const auto copy = native(*model).module()->clone();
    zero(*copy);
    // The copy's slots are its own: were they shared, the model would now compute with zeros.
    CHECK(torch::equal(model->forward(images), before));
  }
}

}  // namespace qsweep::zoo
