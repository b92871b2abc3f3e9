#pragma once

#include <string_view>

namespace qsweep {

/// The globals that a pickle of torch.save may name.
bool allowed_in_state(std::string_view name);

/// Those of a TorchScript archive's data: its own classes too.
bool allowed_in_script(std::string_view name);

}  // namespace qsweep
