#pragma once

// All that a plugin needs: find_package(qsweep), target qsweep::plugin. docs/plugins.md has an
// example.

#include "qsweep/core/error.hpp"
#include "qsweep/core/random_stream.hpp"
#include "qsweep/model/dispatch/dispatch_model.hpp"
#include "qsweep/model/input_check.hpp"
#include "qsweep/model/native_model.hpp"
#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"
#include "qsweep/quant/with_slope.hpp"
#include "qsweep/tables/plugin.hpp"
