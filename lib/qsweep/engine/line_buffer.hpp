#pragma once

#include <optional>
#include <string>

namespace qsweep {

/// Lines out of what a pipe gives, piece by piece.
class LineBuffer {
 public:
  /// Reads what is there, waiting for the first byte. False at the end of the stream.
  bool read_from(int file);
  /// The next complete line, without its newline.
  std::optional<std::string> next();
  /// What came without a newline; empties the buffer.
  std::string rest();

 private:
  std::string text_;
  size_t start_ = 0;
};

}  // namespace qsweep
