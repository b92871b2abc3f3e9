#include "qsweep/model/ops.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <utility>

namespace qsweep::ops {
namespace {

Call call(const char* type, const char* op, std::function<torch::Tensor(Operands&)> forward) {
  Call made;
  made.type = type;
  made.op = op;
  made.forward = std::move(forward);
  return made;
}

// In evaluation a tensor that only this call holds can be overwritten: one pass over memory less.
bool may_overwrite(const torch::Tensor& x) {
  return !torch::GradMode::is_enabled() && x.use_count() == 1 && x.storage().use_count() == 1;
}

}  // namespace

Call relu() {
  return call("ReLU", "relu", [](Operands& x) {
    if (may_overwrite(x[0])) {
      x[0].relu_();
      return std::move(x[0]);
    }
    return torch::relu(x[0]);
  });
}

Call relu6() {
  return call("ReLU6", "hardtanh", [](Operands& x) {
    if (may_overwrite(x[0])) {
      torch::hardtanh_(x[0], 0, 6);
      return std::move(x[0]);
    }
    return torch::hardtanh(x[0], 0, 6);
  });
}

Call gelu() {
  return call("GELU", "gelu", [](Operands& x) { return torch::gelu(x[0]); });
}

Call add() {
  return call("Add", "add", [](Operands& x) {
    if (may_overwrite(x[0]) && x[0].sizes() == x[1].sizes()) {
      x[0].add_(x[1]);
      return std::move(x[0]);
    }
    return x[0] + x[1];
  });
}

Call add_parameter(const torch::Tensor* parameter) {
  return call("Add", "add", [parameter](Operands& x) {
    if (may_overwrite(x[0])) {
      x[0].add_(*parameter);
      return std::move(x[0]);
    }
    return x[0] + *parameter;
  });
}

Call mul() {
  return call("Mul", "mul", [](Operands& x) { return x[0] * x[1]; });
}

Call scale(double factor) {
  return call("Mul", "mul", [factor](Operands& x) { return x[0] * factor; });
}

Call matmul() {
  return call("MatMul", "matmul", [](Operands& x) { return torch::matmul(x[0], x[1]); });
}

Call softmax(int64_t dim) {
  return call("Softmax", "softmax", [dim](Operands& x) { return torch::softmax(x[0], dim); });
}

Call avg_pool2d_of_plane() {
  return call("AvgPool2d", "avg_pool2d", [](Operands& x) {
    return torch::avg_pool2d(x[0], {x[0].size(2), x[0].size(3)});
  });
}

Call adaptive_avg_pool2d() {
  return call("AdaptiveAvgPool2d", "adaptive_avg_pool2d", [](Operands& x) {
    return torch::adaptive_avg_pool2d(x[0], {1, 1});
  });
}

Call mean(std::vector<int64_t> dims) {
  return call("Mean", "mean", [dims = std::move(dims)](Operands& x) { return x[0].mean(dims); });
}

}  // namespace qsweep::ops
