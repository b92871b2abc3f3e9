#include "command.hpp"

#include <cstdlib>
#include <sys/wait.h>

namespace qsweep::test {

const std::string kBitsFile = R"(qsweep: 1
name: bits
policies:
  all:
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: $w}
matrix:
  model: [residual]
  policy: [all]
  w: [8, 4, 2]
)";

const std::string kManyFile = R"(qsweep: 1
name: many
policies:
  all:
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: $w}
  outputs:
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: $w}
      output: {quantizer: uniform, bits: 8}
matrix:
  model: [residual]
  policy: [all, outputs]
  w: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
)";

Workplace::Workplace() {
  write("bits.yaml", kBitsFile);
}

std::string Workplace::shell_line(const std::string& arguments, const std::string& fake) const {
  return "cd '" + folder_.path() +
         "' && exec env QSWEEP_WORKER='" QSWEEP_FAKE_WORKER "' QSWEEP_CACHE='" + path("cache") +
         "' QSWEEP_FAKE_LOG='" + path("fake.log") + "' QSWEEP_FAKE='" + fake +
         "' '" QSWEEP_COMMAND "' " + arguments;
}

Outcome Workplace::run(const std::string& arguments, const std::string& fake) const {
  const std::string line = "(" + shell_line(arguments, fake) + ") >'" + path("out") + "' 2>'" +
                           path("err") + "' </dev/null";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text("out"), text("err")};
}

int Workplace::trials_started() const {
  const std::string log = text("fake.log");
  int count = 0;
  for (size_t at = log.find("trial "); at != std::string::npos; at = log.find("trial ", at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace qsweep::test
