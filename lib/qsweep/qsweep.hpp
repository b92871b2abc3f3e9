#pragma once

// All that a program of one's own needs: find_package(qsweep), target qsweep::qsweep.
// docs/your-own-model.md has an example.

#include "qsweep/core/error.hpp"
#include "qsweep/model/dispatch/dispatch_model.hpp"
#include "qsweep/model/native_model.hpp"
#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"
#include "qsweep/study/study.hpp"
