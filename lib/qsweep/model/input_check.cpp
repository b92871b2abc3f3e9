#include "qsweep/model/input_check.hpp"

#include "qsweep/core/error.hpp"

namespace qsweep {
namespace {

std::string by(int64_t height, int64_t width) {
  return std::to_string(height) + 'x' + std::to_string(width);
}

}  // namespace

void require_side(const std::string& network, const InputShape& input, int64_t side) {
  if (input.height < side || input.width < side) {
    throw IoError(network + " needs images of at least " + by(side, side) + ", got " +
                  by(input.height, input.width));
  }
}

void require_multiple(const std::string& network,
                      const InputShape& input,
                      int64_t step,
                      const std::string& what) {
  if (input.height % step != 0 || input.width % step != 0) {
    throw IoError(network + " needs images whose sides are multiples of " + what + ' ' +
                  std::to_string(step) + ", got " + by(input.height, input.width));
  }
}

}  // namespace qsweep
