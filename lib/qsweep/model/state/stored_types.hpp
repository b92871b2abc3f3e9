#pragma once

#include <torch/types.h>

#include <string>
#include <string_view>

namespace qsweep {

/// "torch.FloatStorage" and its like: how torch.save tells the type of a storage.
bool is_storage_class(std::string_view name);

/// "torch.float32" and its like.
bool is_dtype(std::string_view name);

/// The type of the numbers in a storage of that class; is_storage_class() must hold.
torch::ScalarType type_of_storage(std::string_view storage_class);

/// "FloatStorage". A type that has none is a std::invalid_argument.
std::string storage_class_of(torch::ScalarType type);

}  // namespace qsweep
