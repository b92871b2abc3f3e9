#include "qsweep/plan/channel_axes.hpp"

#include <utility>

#include "support/catch.hpp"

using namespace qsweep;

namespace {

using Shape = std::vector<int64_t>;

struct Step {
  std::string type;
  std::vector<std::vector<int>> sources;
  std::vector<Shape> takes;
  Shape gives;
};

// Per step: the axes of what it takes, then that of what it gives.
std::vector<std::vector<int>> axes_of(const std::vector<Step>& steps) {
  std::vector<Layer> layers;
  for (const Step& step : steps) {
    Layer layer;
    layer.type = step.type;
    layer.sources = step.sources;
    layer.input_shapes = step.takes;
    layer.output_shape = step.gives;
    layers.push_back(std::move(layer));
  }
  find_channel_axes(layers, {3, 32, 32});
  std::vector<std::vector<int>> axes;
  for (const Layer& layer : layers) {
    axes.push_back(layer.input_channel_axes);
    axes.back().push_back(layer.channel_axis);
  }
  return axes;
}

using Axes = std::vector<std::vector<int>>;

}  // namespace

TEST_CASE("convolutions have channels first, whatever the rank, and what follows keeps them",
          "[plan]") {
  CHECK(axes_of({{"Conv1d", {{-1}}, {{3, 20}}, {8, 20}},
                 {"ReLU", {{0}}, {{8, 20}}, {8, 20}},
                 {"Add", {{1}, {0}}, {{8, 10}, {8, 10}}, {8, 10}},  // behind a max pool
                 {"Mean", {{2}}, {{8, 10}}, {8}},
                 {"Linear", {{3}}, {{8}}, {4}}}) ==
        Axes{{0, 0}, {0, 0}, {0, 0, 0}, {0, 0}, {0, 0}});
  CHECK(axes_of({{"Conv2d", {{-1}}, {{3, 16, 16}}, {16, 16, 16}},
                 {"ReLU", {{0}}, {{16, 8, 8}}, {16, 8, 8}},
                 {"AdaptiveAvgPool2d", {{1}}, {{16, 8, 8}}, {16, 1, 1}}}) ==
        Axes{{0, 0}, {0, 0}, {0, 0}});
}

TEST_CASE("linear layers have channels last, of three axes too", "[plan]") {
  // A block of ConvNeXt: permuted, two linear layers, permuted back.
  CHECK(axes_of({{"Conv2d", {{-1}}, {{3, 4, 4}}, {8, 4, 4}},
                 {"LayerNorm", {{0}}, {{4, 4, 8}}, {4, 4, 8}},
                 {"Linear", {{1}}, {{4, 4, 8}}, {4, 4, 32}},
                 {"GELU", {{2}}, {{4, 4, 32}}, {4, 4, 32}},
                 {"Linear", {{3}}, {{4, 4, 32}}, {4, 4, 8}},
                 {"Mul", {{4}}, {{8, 4, 4}}, {8, 4, 4}},
                 {"Add", {{5}, {0}}, {{8, 4, 4}, {8, 4, 4}}, {8, 4, 4}}}) ==
        Axes{{0, 0}, {2, 2}, {2, 2}, {2, 2}, {2, 2}, {0, 0}, {0, 0, 0}});
}

TEST_CASE("patches become tokens, whose channels are last", "[plan]") {
  CHECK(axes_of({{"Conv2d", {{-1}}, {{3, 12, 12}}, {16, 3, 3}},
                 {"Add", {{0}}, {{9, 16}}, {9, 16}},
                 {"LayerNorm", {{1}}, {{9, 16}}, {9, 16}},
                 {"Linear", {{2}}, {{9, 16}}, {9, 48}},
                 {"Mul", {{3}}, {{4, 9, 4}}, {4, 9, 4}}}) ==  // heads: each has its own
        Axes{{0, 0}, {1, 1}, {1, 1}, {1, 1}, {2, 2}});
}

TEST_CASE("extents that two axes have tell nothing: tokens stay tokens", "[plan]") {
  CHECK(axes_of({{"Linear", {{-1}}, {{64, 64}}, {64, 64}},
                 {"Mul", {{0}}, {{4, 64, 16}}, {4, 64, 16}}}) == Axes{{1, 1}, {2, 2}});
  CHECK(axes_of({{"Linear", {{-1}}, {{64, 64}}, {64, 192}},
                 {"MatMul", {{0}, {0}}, {{3, 64, 64}, {3, 64, 64}}, {3, 64, 64}},
                 {"Add", {{1}}, {{64, 192}}, {64, 192}}}) == Axes{{1, 1}, {2, 1, 2}, {1, 1}});
}

TEST_CASE("of a matrix product that axis counts over which it sums", "[plan]") {
  CHECK(axes_of({{"Linear", {{-1}}, {{5, 7}}, {5, 7}},
                 {"MatMul", {{0}, {0}}, {{2, 5, 7}, {2, 7, 5}}, {2, 5, 5}},
                 {"Softmax", {{1}}, {{2, 5, 5}}, {2, 5, 5}}}) == Axes{{1, 1}, {2, 1, 2}, {2, 2}});
}

TEST_CASE("an image that is permuted takes its channels along", "[plan]") {
  CHECK(axes_of({{"Mul", {{-1}}, {{32, 32, 3}}, {32, 32, 3}},
                 {"ReLU", {{0}}, {{32, 32, 3}}, {32, 32, 3}}}) == Axes{{2, 2}, {2, 2}});
}

TEST_CASE("a concatenation that is permuted is found by all its channels", "[plan]") {
  CHECK(axes_of({{"Conv2d", {{-1}}, {{3, 8, 8}}, {8, 8, 8}},
                 {"Conv2d", {{-1}}, {{3, 8, 8}}, {8, 8, 8}},
                 {"ReLU", {{0, 1}}, {{8, 8, 16}}, {8, 8, 16}}}) == Axes{{0, 0}, {0, 0}, {2, 2}});
}

TEST_CASE("a concatenation keeps the axis of its sources", "[plan]") {
  CHECK(axes_of({{"Conv2d", {{-1}}, {{3, 8, 8}}, {8, 8, 8}},
                 {"Conv2d", {{-1}}, {{3, 8, 8}}, {24, 8, 8}},
                 {"ReLU", {{0, 1}}, {{32, 8, 8}}, {32, 8, 8}}}) == Axes{{0, 0}, {0, 0}, {0, 0}});
}

TEST_CASE("one number per image is its own channel", "[plan]") {
  CHECK(axes_of({{"Sum", {{-1}}, {{3, 8, 8}}, {}}, {"Neg", {{0}}, {{}}, {}}}) ==
        Axes{{0, 0}, {0, 0}});
}
