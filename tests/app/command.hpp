#pragma once

#include <array>
#include <string>

#include "support/scratch_folder.hpp"

namespace qsweep::test {

/// What `qsweep --help` has to list.
inline constexpr std::array kSubcommands{"run",
                                         "plan",
                                         "inspect",
                                         "list",
                                         "status",
                                         "show",
                                         "export",
                                         "report",
                                         "compare",
                                         "worker",
                                         "completion",
                                         "man"};

/// What a command left: its exit code and its two streams.
struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

/// A folder in which qsweep is run, with the worker that computes nothing and a cache of its own.
class Workplace {
 public:
  /// Holds bits.yaml: the model `residual` at 8, 4 and 2 bits.
  Workplace();

  /// `fake` says how the worker misbehaves: R"({"4": "fail"})".
  Outcome run(const std::string& arguments, const std::string& fake = "{}") const;
  /// The same as a line for a shell.
  std::string shell_line(const std::string& arguments, const std::string& fake) const;

  std::string path(const std::string& name) const { return folder_.path(name); }
  std::string text(const std::string& name) const { return read_text(path(name)); }
  void write(const std::string& name, const std::string& text) const {
    write_text(path(name), text);
  }
  /// How many trials workers have started here.
  int trials_started() const;

 private:
  ScratchFolder folder_;
};

extern const std::string kBitsFile;
/// Named `many`: 31 trials, of two policies with 2 to 16 bits.
extern const std::string kManyFile;

}  // namespace qsweep::test
