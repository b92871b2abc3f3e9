#include "qsweep/model/script/image_shapes.hpp"

#include "qsweep/core/error.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <string>
#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

// The sizes of what each op was first given and gave, by op and place.
class SizeCalls : public OpCalls {
 public:
  Tensor at(int op, int place, Tensor x) override {
    sizes.try_emplace({op, place}, x.sizes().vec());
    return x;
  }
  Tensor added_bias(int /*op*/) override { return Tensor(); }

  std::map<std::pair<int, int>, std::vector<int64_t>> sizes;
};

std::string shown_sizes(const std::vector<int64_t>& sizes) {
  std::string text;
  for (const int64_t size : sizes) {
    text += (text.empty() ? "" : "x") + std::to_string(size);
  }
  return text.empty() ? "1" : text;
}

// Brings the shapes of a layer from those of whole tensors to those of one image.
class ImageShapes {
 public:
  ImageShapes(const SizeCalls& two, const ScriptOp& op, ScriptLayer& listed)
      : two_(two), op_(op), listed_(listed) {}

  void find() {
    for (size_t i = 0; i < listed_.operands.size(); ++i) {
      find_at(listed_.operands[i], "takes", listed_.layer.input_shapes[i]);
    }
    find_at(OpCalls::kOutput, "gives", listed_.layer.output_shape);
  }

 private:
  void find_at(int place, const std::string& verb, std::vector<int64_t>& shape) {
    const auto two = two_.sizes.find({listed_.op, place});
    if (two == two_.sizes.end()) {
      throw IoError("computes " + shown(op_) + " for one image, but not for two");
    }
    auto batch = batch_axis(shape, two->second);
    if (listed_.fixed.count(place) > 0 && shape == two->second) {
      if (shape.empty()) {
        return;
      }
      batch = BatchAxis{0, shape[0]};  // all of it counts as one image
    }
    if (!batch) {
      throw IoError("computes " + shown(op_) + ", which " + verb + " " + shown_sizes(shape) +
                    " numbers for one image and " + shown_sizes(two->second) +
                    " for two: it mixes images, or has them nowhere one after another");
    }
    if (!is_plain(*batch, static_cast<int64_t>(shape.size()))) {
      listed_.batches[place] = *batch;
    }
    shape = shape_of_image(shape, *batch);
  }

  const SizeCalls& two_;
  const ScriptOp& op_;
  ScriptLayer& listed_;
};

c10::intrusive_ptr<SizeCalls> sizes_for_two(const InputShape& input, const ScriptRun& run) {
  const torch::NoGradGuard no_grad;
  auto calls = c10::make_intrusive<SizeCalls>();
  try {
    run(zero_images(input, 2), calls);
  } catch (const c10::Error& error) {
    throw IoError(std::string("takes one image, but fails on two: ") +
                  error.what_without_backtrace());
  }
  return calls;
}

}  // namespace

torch::Tensor zero_images(const InputShape& input, int64_t images) {
  return torch::zeros({images, input.channels, input.height, input.width});
}

void find_image_shapes(std::vector<ScriptLayer>& layers,
                       const std::vector<ScriptOp>& ops,
                       const InputShape& input,
                       const ScriptRun& run) {
  const auto two = sizes_for_two(input, run);
  for (ScriptLayer& listed : layers) {
    ImageShapes(*two, ops[static_cast<size_t>(listed.op)], listed).find();
  }
}

}  // namespace qsweep
