#include "qsweep/plan/match.hpp"

#include "plan/small_world.hpp"
#include "support/catch.hpp"

using namespace qsweep;

namespace {

// The selected layers as a string of 0 and 1.
std::string selected(const Selector& selector) {
  const std::vector<Layer> layers = residual_layers();
  const Positions positions = positions_of(layers);
  std::string text;
  for (size_t i = 0; i < layers.size(); ++i) {
    text += selects(selector, layers, positions, i) ? '1' : '0';
  }
  return text;
}

Selector negation(const Selector& selector) {
  Selector negated;
  negated.negated = std::make_shared<const Selector>(selector);
  return negated;
}

}  // namespace

TEST_CASE("a glob covers the whole name, and its star crosses dots", "[plan]") {
  CHECK(glob_matches("layer1.*.conv1", "layer1.0.conv1"));
  CHECK(glob_matches("layer1.*.conv1", "layer1.0.block.conv1"));
  CHECK(glob_matches("*conv1", "layer1.0.conv1"));
  CHECK(glob_matches("*", ""));
  CHECK(glob_matches("**", "x"));
  CHECK(glob_matches("conv?", "conv1"));
  CHECK(glob_matches("*a*b*c", "xaybzbc"));
  CHECK_FALSE(glob_matches("conv1", "layer1.0.conv1"));
  CHECK_FALSE(glob_matches("layer1", "layer1.0"));
  CHECK_FALSE(glob_matches("conv?", "conv"));
  CHECK_FALSE(glob_matches("*a", "ab"));
  CHECK_FALSE(glob_matches("", "x"));
}

TEST_CASE("all conditions of a rule must hold, any value of a list fulfils one", "[plan]") {
  CHECK(selected({}) == "111111");
  CHECK(selected({{"Conv2d"}, {}, {}, nullptr}) == "101000");
  CHECK(selected({{"Conv2d", "Linear"}, {}, {}, nullptr}) == "101001");
  CHECK(selected({{"*"}, {}, {}, nullptr}) == "111111");
  CHECK(selected({{}, {"block.*"}, {}, nullptr}) == "001100");
  CHECK(selected({{"Conv2d"}, {"block.*", "relu"}, {}, nullptr}) == "001000");
  CHECK(selected({{}, {}, {"first", "last"}, nullptr}) == "100001");
  CHECK(selected({{"Linear"}, {}, {"first"}, nullptr}) == "000000");
}

TEST_CASE("'not' negates the whole of its map", "[plan]") {
  CHECK(selected(negation({{"Conv2d"}, {"block.*"}, {}, nullptr})) == "110111");
  CHECK(selected(negation(negation({{"Conv2d"}, {}, {}, nullptr}))) == "101000");
  Selector conv_inside = negation({{}, {}, {"first", "last"}, nullptr});
  conv_inside.types = {"Conv2d", "Linear"};
  CHECK(selected(conv_inside) == "001000");
}

TEST_CASE("only the star of types stops at the logits", "[plan]") {
  const std::vector<Layer> layers = residual_layers();
  const Positions positions = positions_of(layers);
  const size_t fc = 5;
  CHECK_FALSE(reaches_output({{"*"}, {}, {}, nullptr}, layers, positions, fc));
  CHECK(reaches_output({{"*", "Linear"}, {}, {}, nullptr}, layers, positions, fc));
  CHECK(reaches_output({{}, {}, {"last"}, nullptr}, layers, positions, fc));
  CHECK(reaches_output({{"*"}, {}, {}, nullptr}, layers, positions, 4));
}
