#include <algorithm>
#include <map>

#include "model_zoo/small_models.hpp"
#include "support/catch.hpp"

namespace qsweep::zoo {
namespace {

std::string listing(const Model& model) {
  std::string text = "\n";
  for (const Layer& layer : model.layers()) {
    text += layer.name + ' ' + layer.type + ' ' + layer.op + '\n';
  }
  return text;
}

std::vector<std::string> names_where(const std::vector<Layer>& layers,
                                     const std::vector<char>& marked) {
  std::vector<std::string> names;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (marked[i] != 0) {
      names.push_back(layers[i].name);
    }
  }
  return names;
}

// Per operand of a layer, the names of what made it: "bn2 | relu, image".
std::string sources_text(const Model& model, const std::string& name) {
  const std::vector<Layer>& layers = model.layers();
  const auto layer = std::find_if(
      layers.begin(), layers.end(), [&](const Layer& candidate) { return candidate.name == name; });
  REQUIRE(layer != layers.end());
  std::string text;
  for (size_t i = 0; i < layer->sources.size(); ++i) {
    text += i == 0 ? "" : " | ";
    for (size_t k = 0; k < layer->sources[i].size(); ++k) {
      const int source = layer->sources[i][k];
      text += k == 0 ? "" : ", ";
      text += source < 0 ? "image" : layers[static_cast<size_t>(source)].name;
    }
  }
  return text;
}

}  // namespace

TEST_CASE("the layers of resnet20 stand in the order of execution", "[model_zoo]") {
  CHECK(listing(*make("resnet20", {3, 32, 32})) == R"(
conv1 Conv2d conv2d
bn1 BatchNorm2d batch_norm
relu ReLU relu
layer1.0.conv1 Conv2d conv2d
layer1.0.bn1 BatchNorm2d batch_norm
layer1.0.relu ReLU relu
layer1.0.conv2 Conv2d conv2d
layer1.0.bn2 BatchNorm2d batch_norm
layer1.0.add Add add
layer1.0.relu.1 ReLU relu
layer1.1.conv1 Conv2d conv2d
layer1.1.bn1 BatchNorm2d batch_norm
layer1.1.relu ReLU relu
layer1.1.conv2 Conv2d conv2d
layer1.1.bn2 BatchNorm2d batch_norm
layer1.1.add Add add
layer1.1.relu.1 ReLU relu
layer1.2.conv1 Conv2d conv2d
layer1.2.bn1 BatchNorm2d batch_norm
layer1.2.relu ReLU relu
layer1.2.conv2 Conv2d conv2d
layer1.2.bn2 BatchNorm2d batch_norm
layer1.2.add Add add
layer1.2.relu.1 ReLU relu
layer2.0.conv1 Conv2d conv2d
layer2.0.bn1 BatchNorm2d batch_norm
layer2.0.relu ReLU relu
layer2.0.conv2 Conv2d conv2d
layer2.0.bn2 BatchNorm2d batch_norm
layer2.0.add Add add
layer2.0.relu.1 ReLU relu
layer2.1.conv1 Conv2d conv2d
layer2.1.bn1 BatchNorm2d batch_norm
layer2.1.relu ReLU relu
layer2.1.conv2 Conv2d conv2d
layer2.1.bn2 BatchNorm2d batch_norm
layer2.1.add Add add
layer2.1.relu.1 ReLU relu
layer2.2.conv1 Conv2d conv2d
layer2.2.bn1 BatchNorm2d batch_norm
layer2.2.relu ReLU relu
layer2.2.conv2 Conv2d conv2d
layer2.2.bn2 BatchNorm2d batch_norm
layer2.2.add Add add
layer2.2.relu.1 ReLU relu
layer3.0.conv1 Conv2d conv2d
layer3.0.bn1 BatchNorm2d batch_norm
layer3.0.relu ReLU relu
layer3.0.conv2 Conv2d conv2d
layer3.0.bn2 BatchNorm2d batch_norm
layer3.0.add Add add
layer3.0.relu.1 ReLU relu
layer3.1.conv1 Conv2d conv2d
layer3.1.bn1 BatchNorm2d batch_norm
layer3.1.relu ReLU relu
layer3.1.conv2 Conv2d conv2d
layer3.1.bn2 BatchNorm2d batch_norm
layer3.1.add Add add
layer3.1.relu.1 ReLU relu
layer3.2.conv1 Conv2d conv2d
layer3.2.bn1 BatchNorm2d batch_norm
layer3.2.relu ReLU relu
layer3.2.conv2 Conv2d conv2d
layer3.2.bn2 BatchNorm2d batch_norm
layer3.2.add Add add
layer3.2.relu.1 ReLU relu
avg_pool2d AvgPool2d avg_pool2d
linear Linear linear
)");
}

TEST_CASE("the layers of a vit_tiny of one block stand in the order of execution", "[model_zoo]") {
  CHECK(listing(*make("vit_tiny", {3, 32, 32}, 10, {{"depth", 1}})) == R"(
patch_embed.proj Conv2d conv2d
add Add add
blocks.0.norm1 LayerNorm layer_norm
blocks.0.attn.qkv Linear linear
blocks.0.attn.mul Mul mul
blocks.0.attn.matmul MatMul matmul
blocks.0.attn.softmax Softmax softmax
blocks.0.attn.matmul.1 MatMul matmul
blocks.0.attn.proj Linear linear
blocks.0.add Add add
blocks.0.norm2 LayerNorm layer_norm
blocks.0.mlp.fc1 Linear linear
blocks.0.mlp.act GELU gelu
blocks.0.mlp.fc2 Linear linear
blocks.0.add.1 Add add
norm LayerNorm layer_norm
head Linear linear
)");
}

TEST_CASE("lenet5 pools by the maximum, which is no layer", "[model_zoo]") {
  CHECK(listing(*make("lenet5", {1, 28, 28})) == R"(
conv1 Conv2d conv2d
relu ReLU relu
conv2 Conv2d conv2d
relu.1 ReLU relu
fc1 Linear linear
relu.2 ReLU relu
fc2 Linear linear
relu.3 ReLU relu
fc3 Linear linear
)");
}

TEST_CASE("torchvision's networks have the names of its modules", "[model_zoo]") {
  const std::string resnet = listing(*make("resnet18", {3, 32, 32}));
  CHECK_THAT(resnet, ContainsSubstring(R"(
layer2.0.conv1 Conv2d conv2d
layer2.0.bn1 BatchNorm2d batch_norm
layer2.0.relu ReLU relu
layer2.0.conv2 Conv2d conv2d
layer2.0.bn2 BatchNorm2d batch_norm
layer2.0.downsample.0 Conv2d conv2d
layer2.0.downsample.1 BatchNorm2d batch_norm
layer2.0.add Add add
layer2.0.relu.1 ReLU relu
)"));
  CHECK_THAT(resnet, ContainsSubstring("\navgpool AdaptiveAvgPool2d adaptive_avg_pool2d\nfc "));
  const std::string mobilenet = listing(*make("mobilenet_v2", {3, 32, 32}));
  CHECK_THAT(mobilenet, ContainsSubstring(R"(
features.3.conv.0.0 Conv2d conv2d
features.3.conv.0.1 BatchNorm2d batch_norm
features.3.conv.0.2 ReLU6 hardtanh
features.3.conv.1.0 Conv2d conv2d
features.3.conv.1.1 BatchNorm2d batch_norm
features.3.conv.1.2 ReLU6 hardtanh
features.3.conv.2 Conv2d conv2d
features.3.conv.3 BatchNorm2d batch_norm
features.3.add Add add
)"));
  CHECK_THAT(mobilenet,
             ContainsSubstring(
                 "\nadaptive_avg_pool2d AdaptiveAvgPool2d adaptive_avg_pool2d\nclassifier.1 "));
}

TEST_CASE("what makes a layer's input is seen through everything that only moves data",
          "[model_zoo]") {
  const auto resnet = make("resnet20", {3, 32, 32});
  CHECK(sources_text(*resnet, "conv1") == "image");
  CHECK(sources_text(*resnet, "layer1.0.add") == "layer1.0.bn2 | relu");
  CHECK(sources_text(*resnet, "layer2.0.add") == "layer2.0.bn2 | layer1.2.relu.1");
  CHECK(sources_text(*resnet, "linear") == "avg_pool2d");

  const auto vit = make("vit_tiny", {3, 32, 32}, 10, {{"depth", 1}});
  CHECK(sources_text(*vit, "add") == "patch_embed.proj");  // the class token is a parameter
  CHECK(sources_text(*vit, "blocks.0.attn.mul") == "blocks.0.attn.qkv");
  CHECK(sources_text(*vit, "blocks.0.attn.matmul") == "blocks.0.attn.mul | blocks.0.attn.qkv");
  CHECK(sources_text(*vit, "blocks.0.attn.matmul.1") ==
        "blocks.0.attn.softmax | blocks.0.attn.qkv");
  CHECK(sources_text(*vit, "blocks.0.add.1") == "blocks.0.add | blocks.0.mlp.fc2");
}

TEST_CASE("the first and the last layer of every network are found", "[model_zoo]") {
  struct Ends {
    std::string first, last;
  };
  const std::map<std::string, Ends> ends = {{"mlp", {"fc1", "fc4"}},
                                            {"lenet5", {"conv1", "fc3"}},
                                            {"resnet20", {"conv1", "linear"}},
                                            {"resnet32", {"conv1", "linear"}},
                                            {"resnet44", {"conv1", "linear"}},
                                            {"resnet56", {"conv1", "linear"}},
                                            {"resnet18", {"conv1", "fc"}},
                                            {"vgg_small", {"conv0", "fc"}},
                                            {"mobilenet_v2", {"features.0.0", "classifier.1"}},
                                            {"vit_tiny", {"patch_embed.proj", "head"}}};
  for (const SmallModel& small : small_models()) {
    INFO(title_of(small));
    const auto model = make_random(small);
    const Positions positions = positions_of(model->layers());
    const Ends& expected = ends.at(small.name);
    CHECK(names_where(model->layers(), positions.first) ==
          std::vector<std::string>{expected.first});
    CHECK(names_where(model->layers(), positions.last) == std::vector<std::string>{expected.last});
    CHECK(names_where(model->layers(), positions.logits) ==
          std::vector<std::string>{expected.last});
  }
}

}  // namespace qsweep::zoo
