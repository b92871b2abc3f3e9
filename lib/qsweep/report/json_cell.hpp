#pragma once

#include "qsweep/core/json.hpp"
#include "qsweep/plan/row_value.hpp"

#include <string>

namespace qsweep {

/// A cell of a table as JSON has it: nothing for an empty one, a number where its column has them
/// and it is one ("inf" is none), else the text.
inline Json json_cell(const std::string& text, bool is_number) {
  if (text.empty()) {
    return nullptr;
  }
  return is_number && as_number(text) ? Json::parse(text) : Json(text);
}

}  // namespace qsweep
