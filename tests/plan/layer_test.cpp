#include "plan/small_world.hpp"
#include "support/catch.hpp"

using namespace qsweep;

TEST_CASE("a network's sites are numbered layer by layer: inputs, weight, output", "[plan]") {
  std::string text;
  for (const Site& site : sites_of(residual_layers())) {
    text += std::to_string(site.layer) + to_string(site.kind)[0] + " ";
  }
  CHECK(text == "0i 0w 0o 1i 1o 2i 2w 2o 3i 3i 3o 4i 4o 5i 5w 5o ");
}

TEST_CASE("first and last layers follow from the data flow", "[plan]") {
  const Positions positions = positions_of(residual_layers());
  CHECK(positions.first == std::vector<char>{1, 0, 0, 0, 0, 0});
  CHECK(positions.last == std::vector<char>{0, 0, 0, 0, 0, 1});
  CHECK(positions.logits == std::vector<char>{0, 0, 0, 0, 0, 1});
}

TEST_CASE("two stems are both first, two heads both last, and what follows them gives logits",
          "[plan]") {
  std::vector<Layer> layers = residual_layers();
  layers[2].sources = {{-1}};  // conv2 takes the image as well
  Layer head = layers[5];
  head.name = "fc2";
  layers.push_back(head);
  Layer sum;
  sum.name = "add";
  sum.sources = {{5}, {6}};
  layers.push_back(sum);
  const Positions positions = positions_of(layers);
  CHECK(positions.first == std::vector<char>{1, 0, 1, 0, 0, 0, 0, 0});
  CHECK(positions.last == std::vector<char>{0, 0, 0, 0, 0, 1, 1, 0});
  CHECK(positions.logits == std::vector<char>{0, 0, 0, 0, 0, 1, 1, 1});
}

TEST_CASE("a layer of parameters alone is not first, and leaves the one behind it first",
          "[plan]") {
  std::vector<Layer> layers(4);
  layers[0].weight_shape = {8, 4};  // takes a constant
  layers[1].sources = {{0}};
  layers[2].weight_shape = {8, 4};
  layers[2].sources = {{-1, 1}};
  layers[3].weight_shape = {5, 8};
  layers[3].sources = {{2}};
  CHECK(positions_of(layers).first == std::vector<char>{0, 0, 1, 0});
}

TEST_CASE("facts survive the way through JSON", "[plan]") {
  SmallFacts source;
  ModelChoice choice;
  choice.zoo = "residual";
  const ModelFacts model = source.model(choice, {});
  const Json model_json = model;
  CHECK(Json(model_json.get<ModelFacts>()) == model_json);
  CHECK(model_json.at("parameters") == 302);
  CHECK(model_json.at("layers").at(3).at("sources") == Json{{2}, {1}});

  DataFacts data = source.data({}, {});
  data.warnings = {"few images"};
  const Json data_json = data;
  CHECK(Json(data_json.get<DataFacts>()) == data_json);
  CHECK(data_json.at("fingerprint") == "da7a");
}
