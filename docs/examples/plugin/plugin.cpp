// A network, a quantizer and a data set of one's own, for the command.

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <array>
#include <cmath>
#include <qsweep/plugin.hpp>
#include <sstream>

namespace {

using torch::Tensor;

// A network as anybody writes it: it knows nothing of qsweep.
struct SmallNet : torch::nn::Module {
  SmallNet(int64_t channels, int64_t width, int64_t classes)
      : conv1(torch::nn::Conv2dOptions(channels, width, 3).stride(2)),
        conv2(torch::nn::Conv2dOptions(width, 2 * width, 3).stride(2)),
        head(2 * width, classes) {
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_module("head", head);
  }
  Tensor forward(Tensor x) {
    x = torch::relu(conv1(x));
    x = conv2(x).relu_();
    return head(x.mean({2, 3}));
  }
  torch::nn::Conv2d conv1, conv2;
  torch::nn::Linear head;
};

std::unique_ptr<qsweep::Model> make_small_net(const qsweep::ModelOptions& options) {
  const auto width = options.parameters.at("width").get<int64_t>();
  return qsweep::make_dispatch_model(
      std::make_shared<SmallNet>(options.input.channels, width, options.classes), options.input);
}

qsweep::ModelEntry small_net() {
  using Type = qsweep::Parameter::Type;
  return {{"small_net",
           "two convolutions and a mean",
           {{"width", Type::Integer, 8, 1, 1024, {}, "channels of the first convolution"}}},
          make_small_net};
}

// Fixed point: round(x 2^f) as a signed integer of b bits, times 2^-f. The gradient passes where
// that integer needs no more bits.
class FixedPoint : public qsweep::Quantizer {
 public:
  FixedPoint(int bits, int fraction)
      : step_(std::ldexp(1.0F, -fraction)),
        lowest_(-(int64_t{1} << (bits - 1))),
        highest_(-lowest_ - 1) {}

  qsweep::Quantized quantize(Tensor x) override {
    const Tensor wanted = (x.detach() / step_).round();
    const Tensor values = wanted.clamp(lowest_, highest_) * step_;
    const Tensor inside = wanted.ge(lowest_).logical_and(wanted.le(highest_));
    return {qsweep::with_slope(x, values, inside.to(x.scalar_type())),
            x.isfinite().all().item<bool>()};
  }

  int64_t most_levels() const override { return highest_ - lowest_ + 1; }

  Tensor codes(const Tensor& values) const override {
    const Tensor integers = (values / step_).round().clamp(lowest_, highest_);
    const Tensor codes = (integers - lowest_).to(torch::kLong);
    return torch::where(integers * step_ == values, codes, torch::full_like(codes, -1));
  }

  std::optional<qsweep::IntegerLevels> integer_levels(const Tensor& /*values*/) const override {
    return qsweep::IntegerLevels{torch::tensor(step_), torch::tensor(lowest_), 1, {}};
  }

  std::string range_text() const override {
    std::ostringstream text;
    text << "[" << step_ * static_cast<float>(lowest_) << ", "
         << step_ * static_cast<float>(highest_) << "]";
    return text.str();
  }

 private:
  float step_;
  int64_t lowest_;
  int64_t highest_;
};

std::unique_ptr<qsweep::Quantizer> make_fixed_point(const qsweep::Json& spec,
                                                    const qsweep::SiteShape& /*shape*/) {
  return std::make_unique<FixedPoint>(spec.at("bits").get<int>(), spec.at("fraction").get<int>());
}

qsweep::QuantizerEntry fixed_point() {
  using Type = qsweep::Parameter::Type;
  qsweep::Catalog::Quantizer info;
  info.name = "fixed_point";
  info.about = "signed integers times 2^-fraction";
  info.min_bits = 2;
  info.max_bits = 16;
  info.range_when = nullptr;                                                     // it needs none,
  info.scales = {{qsweep::Json::object(), qsweep::ScaleSpread::Per::None, ""}};  // and no scale
  info.parameters = {{"fraction", Type::Integer, 3, 0, 15, {}, "bits behind the point"}};
  return {info, make_fixed_point};
}

// Stripes of 16x16 gray pixels in four directions, of random width and place.
class StripesReader : public qsweep::SplitReader {
 public:
  StripesReader(std::string split, int64_t count) : split_(std::move(split)), count_(count) {}
  int64_t count() const override { return count_; }
  int64_t label(int64_t i) const override { return i % 4; }
  std::string place(int64_t i) const override { return split_ + " image " + std::to_string(i); }

  qsweep::Image image(int64_t i) const override {
    qsweep::RandomStream stream(0, "stripes " + split_, static_cast<uint64_t>(i));
    const auto width = static_cast<int64_t>(2 + stream.below(3));
    const auto start = static_cast<int64_t>(16 + stream.below(16));
    qsweep::Image image(16, 16, 1);
    for (int64_t y = 0; y < 16; ++y) {
      for (int64_t x = 0; x < 16; ++x) {
        const std::array<int64_t, 4> along{y, x, x + y, x - y};
        const int64_t stripe = (start + along[static_cast<size_t>(label(i))]) / width;
        *image.at(y, x) = static_cast<uint8_t>((stripe % 2 == 0 ? 60 : 150) + stream.below(40));
      }
    }
    return image;
  }

 private:
  std::string split_;
  int64_t count_;
};

class Stripes : public qsweep::ImageSource {
 public:
  const std::vector<std::string>& classes() const override { return classes_; }
  std::vector<std::string> splits() const override { return {"train", "test"}; }
  // It reads no file; another build of the plugin is looked at anew by itself.
  qsweep::SplitFacts facts(const std::string& /*split*/) const override { return {"drawn", {}}; }
  std::unique_ptr<qsweep::SplitReader> open(const std::string& split) const override {
    return std::make_unique<StripesReader>(split, split == "train" ? 2000 : 400);
  }

 private:
  std::vector<std::string> classes_{"across", "upright", "rising", "falling"};
};

std::unique_ptr<qsweep::ImageSource> open_stripes(const qsweep::SourceRequest& /*request*/) {
  return std::make_unique<Stripes>();
}

qsweep::DatasetEntry stripes() {
  return {{"stripes", "stripes in four directions; 16x16 gray", false, false, {.5}, {.25}},
          open_stripes};
}

}  // namespace

QSWEEP_PLUGIN(tables) {
  tables.models.push_back(small_net());
  tables.quantizers.push_back(fixed_point());
  tables.datasets.push_back(stripes());
}
