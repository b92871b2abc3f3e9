#include <iostream>

#include "worker.hpp"

namespace qsweep {

// Messages may show bytes of files that are no text.
void tell(const Json& line) {
  std::cout << '\n' << line.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
}

}  // namespace qsweep
