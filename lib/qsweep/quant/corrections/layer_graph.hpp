#pragma once

#include "qsweep/plan/layer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// A network as corrections look for what they act on: its layers, who takes what from whom, and
/// what is quantized. Layers are positions in the list.
class LayerGraph {
 public:
  /// `quantizers` is that of quantizers_by_site().
  LayerGraph(std::vector<Layer> layers, const std::vector<std::string>& quantizers);

  const std::vector<Layer>& layers() const { return layers_; }
  int size() const { return static_cast<int>(layers_.size()); }
  const Layer& operator[](int layer) const { return layers_[static_cast<size_t>(layer)]; }

  /// Is it a convolution or a linear layer?
  bool is_product(int layer) const;
  bool is_batch_norm(int layer) const;
  /// Is its module, and with it its parameters, this layer's alone?
  bool is_called_once(int layer) const;
  /// The layer that takes this one's output, if it is one, and takes nothing else.
  std::optional<int> only_consumer(int layer) const;

  /// A bypassed layer passes on what it is given; see Model::bypass.
  bool is_bypassed(int layer) const { return bypassed_[static_cast<size_t>(layer)] != 0; }
  void bypass(int layer) { bypassed_[static_cast<size_t>(layer)] = 1; }

  /// A site's number; of inputs that of the first.
  int site(int layer, SiteKind kind) const;
  /// The name of the weight's quantizer; empty in float.
  const std::string& weight_quantizer(int layer) const;
  /// Does what the layer computes, before its output is quantized, depend on anything quantized?
  bool is_disturbed(int layer) const { return disturbed_[static_cast<size_t>(layer)] != 0; }

 private:
  struct LayerSites {
    int input = -1;
    int weight = -1;
    int output = -1;
  };
  bool is_quantized(int site) const;
  bool gives_disturbed(int layer) const;
  void find_disturbed();

  std::vector<Layer> layers_;
  std::vector<std::string> quantizers_;      // by site
  std::vector<LayerSites> sites_;            // by layer
  std::vector<std::vector<int>> consumers_;  // by layer; once for each operand
  std::vector<char> bypassed_;
  std::vector<char> disturbed_;
};

}  // namespace qsweep
