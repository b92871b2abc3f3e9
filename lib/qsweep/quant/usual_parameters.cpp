#include "qsweep/quant/usual_parameters.hpp"

namespace qsweep {

Parameter granularity_parameter(const std::string& about) {
  return {"granularity",
          Parameter::Type::Choice,
          "per_tensor",
          0,
          0,
          {"per_tensor", "per_channel"},
          about};
}

Parameter ties_parameter() {
  return {"ties",
          Parameter::Type::Choice,
          "even",
          0,
          0,
          {"even", "away"},
          "what the middle between two values becomes: the even one, or that away from zero"};
}

Parameter gradient_scale_parameter(const std::string& about) {
  return {"gradient_scale", Parameter::Type::Boolean, true, 0, 0, {}, "multiply " + about};
}

Parameter power_sign_parameter() {
  return {"signed",
          Parameter::Type::Boolean,
          true,
          0,
          0,
          {},
          "one of the bits is the sign; else for activations: negative values become zero"};
}

}  // namespace qsweep
