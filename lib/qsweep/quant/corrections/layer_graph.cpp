#include "qsweep/quant/corrections/layer_graph.hpp"

#include <algorithm>
#include <utility>

namespace qsweep {
namespace {

// Is this the name of a later call of the module of that name: "relu.1" of "relu"?
bool is_later_call(const std::string& name, const std::string& first) {
  return name.size() > first.size() + 1 && name.compare(0, first.size(), first) == 0 &&
         name[first.size()] == '.' &&
         name.find_first_not_of("0123456789", first.size() + 1) == std::string::npos;
}

}  // namespace

LayerGraph::LayerGraph(std::vector<Layer> layers, const std::vector<std::string>& quantizers)
    : layers_(std::move(layers)),
      quantizers_(quantizers),
      sites_(layers_.size()),
      consumers_(layers_.size()),
      bypassed_(layers_.size()),
      disturbed_(layers_.size()) {
  const std::vector<Site> sites = sites_of(layers_);
  for (size_t i = 0; i < sites.size(); ++i) {
    LayerSites& own = sites_[static_cast<size_t>(sites[i].layer)];
    int& number = sites[i].kind == SiteKind::Input    ? own.input
                  : sites[i].kind == SiteKind::Weight ? own.weight
                                                      : own.output;
    number = number < 0 ? static_cast<int>(i) : number;
  }
  for (int i = 0; i < size(); ++i) {
    for (const std::vector<int>& operand : (*this)[i].sources) {
      for (const int source : operand) {
        if (source >= 0) {
          consumers_[static_cast<size_t>(source)].push_back(i);
        }
      }
    }
  }
  find_disturbed();
}

void LayerGraph::find_disturbed() {
  for (int i = 0; i < size(); ++i) {
    const LayerSites& own = sites_[static_cast<size_t>(i)];
    const auto& sources = (*this)[i].sources;
    bool disturbed = own.weight >= 0 && is_quantized(own.weight);
    for (size_t operand = 0; operand < sources.size(); ++operand) {
      disturbed = disturbed || is_quantized(own.input + static_cast<int>(operand)) ||
                  std::any_of(sources[operand].begin(), sources[operand].end(), [&](int source) {
                    return source >= 0 && gives_disturbed(source);
                  });
    }
    disturbed_[static_cast<size_t>(i)] = static_cast<char>(disturbed);
  }
}

bool LayerGraph::gives_disturbed(int layer) const {
  return is_disturbed(layer) || is_quantized(site(layer, SiteKind::Output));
}

bool LayerGraph::is_product(int layer) const {
  const std::string& type = (*this)[layer].type;
  const bool takes_activation = !(*this)[layer].sources.empty();
  return takes_activation &&
         (type == "Conv1d" || type == "Conv2d" || type == "Conv3d" || type == "Linear");
}

bool LayerGraph::is_batch_norm(int layer) const {
  return (*this)[layer].type.rfind("BatchNorm", 0) == 0;
}

bool LayerGraph::is_called_once(int layer) const {
  const std::string& name = (*this)[layer].name;
  return std::none_of(layers_.begin(), layers_.end(), [&](const Layer& other) {
    return other.type == (*this)[layer].type &&
           (is_later_call(other.name, name) || is_later_call(name, other.name));
  });
}

std::optional<int> LayerGraph::only_consumer(int layer) const {
  const std::vector<int>& consumers = consumers_[static_cast<size_t>(layer)];
  if (consumers.size() != 1) {
    return std::nullopt;
  }
  const auto& sources = (*this)[consumers[0]].sources;
  const bool takes_nothing_else = sources.size() == 1 && sources[0].size() == 1;
  return takes_nothing_else ? std::make_optional(consumers[0]) : std::nullopt;
}

int LayerGraph::site(int layer, SiteKind kind) const {
  const LayerSites& own = sites_[static_cast<size_t>(layer)];
  switch (kind) {
    case SiteKind::Input:
      return own.input;
    case SiteKind::Weight:
      return own.weight;
    case SiteKind::Output:
      break;
  }
  return own.output;
}

const std::string& LayerGraph::weight_quantizer(int layer) const {
  return quantizers_[static_cast<size_t>(site(layer, SiteKind::Weight))];
}

bool LayerGraph::is_quantized(int site) const {
  return !quantizers_[static_cast<size_t>(site)].empty();
}

}  // namespace qsweep
