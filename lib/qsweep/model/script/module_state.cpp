#include "qsweep/model/script/module_state.hpp"

#include <torch/types.h>
#include <torch/utils.h>

namespace qsweep {

ModuleState::ModuleState(const torch::jit::Module& module) {
  for (const torch::jit::Module& owner : module.modules()) {
    const auto type = owner.type();
    for (size_t slot = 0; slot < type->numAttributes(); ++slot) {
      if (type->is_parameter(slot) || type->getAttribute(slot)->is_module()) {
        continue;
      }
      const c10::IValue value = owner._ivalue()->getSlot(slot);
      attributes_.push_back({owner._ivalue(), slot, value, {}});
      if (value.isTensor() && value.toTensor().defined()) {
        attributes_.back().copy = value.toTensor().detach().clone();
      }
    }
  }
}

void ModuleState::restore() const {
  const torch::NoGradGuard no_grad;
  for (const Attribute& attribute : attributes_) {
    if (attribute.copy.defined()) {
      attribute.value.toTensor().detach_().copy_(attribute.copy);
    }
    attribute.owner->setSlot(attribute.slot, attribute.value);
  }
}

}  // namespace qsweep
