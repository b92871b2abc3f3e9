#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qsweep {

/// Text out of a file, fit for a message: clipped, and without what a terminal would act on.
std::string shown(std::string_view text);

/// Reads forward through bytes of a file, and never past their end: that is an IoError which names
/// the file. The bytes must outlive the reader and what it returns.
class ByteReader {
 public:
  ByteReader(std::string file, std::string_view bytes) : file_(std::move(file)), bytes_(bytes) {}

  size_t position() const { return position_; }
  size_t left() const { return bytes_.size() - position_; }

  std::string_view take(uint64_t count);
  /// Up to the next newline, which is skipped.
  std::string_view take_line();
  /// A little-endian number of 1, 2, 4 or 8 bytes.
  uint64_t take_unsigned(int bytes);
  /// The same in two's complement.
  int64_t take_signed(int bytes);

  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::string file_;
  std::string_view bytes_;
  size_t position_ = 0;
};

}  // namespace qsweep
