#pragma once

#include "qsweep/model/model.hpp"

namespace qsweep::zoo {

/// The networks that come with qsweep.
const ModelTable& models();

}  // namespace qsweep::zoo
