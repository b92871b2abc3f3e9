#include "qsweep/plan/channel_axes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace qsweep {
namespace {

using Shape = std::vector<int64_t>;

// A tensor of one image, and where its channels lie.
struct Placed {
  Shape shape;
  int axis;
};

int last_of(const Shape& shape) {
  return std::max(0, static_cast<int>(shape.size()) - 1);
}

int guessed(const Shape& shape) {
  return shape.size() == 3 ? 0 : last_of(shape);
}

bool starts_with(const std::string& text, std::string_view start) {
  return text.compare(0, start.size(), start) == 0;
}

// Of one image, whose batch is apart.
bool has_channels_first(const std::string& type) {
  constexpr std::array<std::string_view, 8> kFamilies{"Conv",
                                                      "BatchNorm",
                                                      "InstanceNorm",
                                                      "GroupNorm",
                                                      "AvgPool",
                                                      "AdaptiveAvgPool",
                                                      "Upsample",
                                                      "PReLU"};
  return std::any_of(
      kFamilies.begin(), kFamilies.end(), [&](auto family) { return starts_with(type, family); });
}

bool is_permuted(const Shape& from, const Shape& to) {
  return from != to && std::is_permutation(from.begin(), from.end(), to.begin(), to.end());
}

// The only axis of that extent.
std::optional<int> only_axis_of(int64_t extent, const Shape& shape) {
  const auto found = std::find(shape.begin(), shape.end(), extent);
  if (found == shape.end() || std::find(found + 1, shape.end(), extent) != shape.end()) {
    return std::nullopt;
  }
  return static_cast<int>(found - shape.begin());
}

// Where the channels come to lie when data of one shape are moved into another.
int moved(const Placed& from, const Shape& to) {
  if (from.shape.size() == to.size() && !is_permuted(from.shape, to)) {
    return from.axis;
  }
  const int64_t channels = from.shape[static_cast<size_t>(from.axis)];
  const auto found = only_axis_of(channels, to);
  if (found && only_axis_of(channels, from.shape)) {
    return *found;
  }
  return from.shape.size() > 1 && from.axis == last_of(from.shape) ? last_of(to) : guessed(to);
}

class Finder {
 public:
  Finder(std::vector<Layer>& layers, const Shape& image) : layers_(layers), image_(image) {}

  // Sources stand before the layers that use them.
  void find() {
    for (Layer& layer : layers_) {
      layer.input_channel_axes.clear();
      for (size_t operand = 0; operand < layer.sources.size(); ++operand) {
        layer.input_channel_axes.push_back(of_input(layer, operand));
      }
      layer.channel_axis = of_output(layer);
    }
  }

 private:
  static std::optional<int> by_type(const Layer& layer, const Shape& shape) {
    if (has_channels_first(layer.type)) {
      return 0;
    }
    return layer.type == "Linear" || layer.type == "MatMul" ? std::make_optional(last_of(shape))
                                                            : std::nullopt;
  }

  int of_input(const Layer& layer, size_t operand) const {
    const Shape& shape = layer.input_shapes[operand];
    if (layer.type == "MatMul" && operand == 1) {
      return std::max(0, last_of(shape) - 1);
    }
    if (const auto axis = by_type(layer, shape)) {
      return *axis;
    }
    const std::vector<int>& sources = layer.sources[operand];
    if (sources.empty() || made_by(sources[0]).shape.empty()) {
      return guessed(shape);
    }
    return moved(joined(sources), shape);
  }

  // -1 is the image.
  Placed made_by(int source) const {
    if (source < 0) {
      return {image_, 0};
    }
    const Layer& maker = layers_[static_cast<size_t>(source)];
    return {maker.output_shape, maker.channel_axis};
  }

  // What several layers made, one behind the other along the channels; the first where they cannot
  // lie so.
  Placed joined(const std::vector<int>& sources) const {
    const Placed first = made_by(sources[0]);
    const auto axis = static_cast<size_t>(first.axis);
    Placed whole = first;
    for (size_t i = 1; i < sources.size(); ++i) {
      const Placed next = made_by(sources[i]);
      if (next.axis != first.axis || next.shape.size() != first.shape.size()) {
        return first;
      }
      whole.shape[axis] += next.shape[axis];
    }
    return whole;
  }

  static int of_output(const Layer& layer) {
    const Shape& shape = layer.output_shape;
    if (const auto axis = by_type(layer, shape)) {
      return *axis;
    }
    std::optional<int> axis;
    for (size_t i = 0; i < layer.input_shapes.size(); ++i) {
      const Placed input{layer.input_shapes[i], layer.input_channel_axes[i]};
      if (input.shape == shape) {
        return input.axis;
      }
      if (!axis && !input.shape.empty()) {
        axis = moved(input, shape);
      }
    }
    return axis.value_or(guessed(shape));
  }

  std::vector<Layer>& layers_;
  const Shape& image_;
};

}  // namespace

void find_channel_axes(std::vector<Layer>& layers, const std::vector<int64_t>& image) {
  Finder(layers, image).find();
}

}  // namespace qsweep
