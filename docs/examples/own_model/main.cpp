#include <torch/torch.h>

#include <iostream>
#include <qsweep/qsweep.hpp>

// A network as anybody writes it: it knows nothing of qsweep.
struct SmallNet : torch::nn::Module {
  explicit SmallNet(int64_t classes)
      : conv1(torch::nn::Conv2dOptions(3, 8, 3).stride(2)),
        conv2(torch::nn::Conv2dOptions(8, 16, 3).stride(2)),
        head(16, classes) {
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_module("head", head);
  }
  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(conv1(x));
    x = conv2(x).relu_();
    return head(x.mean({2, 3}));
  }
  torch::nn::Conv2d conv1, conv2;
  torch::nn::Linear head;
};

std::unique_ptr<qsweep::Model> make(const qsweep::ModelOptions& options) {
  return qsweep::make_dispatch_model(std::make_shared<SmallNet>(options.classes), options.input);
}

int main(int argc, char** argv) try {
  qsweep::Study study(argc > 1 ? argv[1] : "bits.yaml", {{{"small_net", "my own", {}}, make}});
  for (const qsweep::Row& row : study.rows()) {
    const qsweep::Record& record = study.run(row);
    std::cout << row.policy << ' ' << (row.values[0].empty() ? "-" : row.values[0]) << ' '
              << (record.failed ? record.error : std::to_string(record.final->top1)) << '\n';
  }
} catch (const qsweep::Error& error) {
  std::cerr << error.what() << '\n';
  return 2;
}
