#include "qsweep/core/error.hpp"

#include "model_zoo/small_models.hpp"
#include "support/catch.hpp"

namespace qsweep::zoo {
namespace {

struct Unfit {
  std::string model;
  Json parameters;
  InputShape input;
  std::string message;
};

std::string message_of(const Unfit& unfit) {
  try {
    make(unfit.model, unfit.input, 10, unfit.parameters);
  } catch (const IoError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("images that cannot fit are an error that says what is needed", "[model_zoo]") {
  const Json none = Json::object();
  const std::vector<Unfit> table = {
      {"lenet5", none, {1, 11, 28}, "lenet5 needs images of at least 12x12, got 11x28"},
      {"resnet20", none, {3, 3, 3}, "resnet20 needs images of at least 4x4, got 3x3"},
      {"resnet56", none, {3, 8, 2}, "resnet56 needs images of at least 4x4, got 8x2"},
      {"resnet18", none, {3, 28, 28}, "resnet18 needs images of at least 32x32, got 28x28"},
      {"resnet18",
       {{"stem", "small"}},
       {3, 7, 7},
       "resnet18 needs images of at least 8x8, got 7x7"},
      {"vgg_small", none, {3, 4, 4}, "vgg_small needs images of at least 8x8, got 4x4"},
      {"mobilenet_v2", none, {1, 28, 28}, "mobilenet_v2 needs images of at least 32x32, got 28x28"},
      {"mobilenet_v2",
       {{"stem", "small"}},
       {1, 4, 4},
       "mobilenet_v2 needs images of at least 8x8, got 4x4"},
      {"vit_tiny",
       none,
       {3, 30, 32},
       "vit_tiny needs images whose sides are multiples of the patch size 4, got 30x32"},
      {"vit_tiny", {{"patch", 16}}, {3, 8, 8}, "vit_tiny needs images of at least 16x16, got 8x8"},
  };
  for (const Unfit& unfit : table) {
    CHECK(message_of(unfit) == unfit.message);
  }
}

TEST_CASE("classes and channels follow the data", "[model_zoo]") {
  const torch::NoGradGuard no_grad;
  for (const SmallModel& small : small_models()) {
    INFO(title_of(small));
    const InputShape input{2, small.input.height, small.input.width};
    const auto model =
        make(small.name, input, 7, small.parameters.is_null() ? Json::object() : small.parameters);
    model->train(false);
    CHECK(model->forward(images_for(input)).sizes() == torch::IntArrayRef({2, 7}));
  }
}

TEST_CASE("images need not be square", "[model_zoo]") {
  const torch::NoGradGuard no_grad;
  for (const std::string name : {"mlp", "lenet5", "resnet20", "vgg_small", "vit_tiny"}) {
    INFO(name);
    const InputShape input{1, 28, 20};
    const auto model = make(name, input);
    model->train(false);
    CHECK(model->forward(images_for(input)).sizes() == torch::IntArrayRef({2, 10}));
  }
}

}  // namespace qsweep::zoo
