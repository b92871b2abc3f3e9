#pragma once

#include "qsweep/model/model.hpp"

#include <memory>
#include <string>
#include <vector>

namespace qsweep::zoo {

/// A network in a size that a test can run hundreds of times.
struct SmallModel {
  std::string name;
  Json parameters;
  InputShape input;
};
const std::vector<SmallModel>& small_models();
std::string title_of(const SmallModel& small);

const ModelEntry& entry_of(const std::string& name);

/// Makes a network; parameters that are not given have their defaults.
std::unique_ptr<Model> make(const std::string& name,
                            const InputShape& input,
                            int64_t classes = 10,
                            const Json& parameters = Json::object());

/// Made from a seed, with parameters and running statistics that are neither zeros nor ones.
std::unique_ptr<Model> make_random(const SmallModel& small);

/// Two images, channels_last.
torch::Tensor images_for(const InputShape& input);

}  // namespace qsweep::zoo
