#include "qsweep/engine/line_buffer.hpp"

#include <array>
#include <cerrno>
#include <unistd.h>

namespace qsweep {

bool LineBuffer::read_from(int file) {
  std::array<char, 1U << 16U> piece;
  ssize_t count = 0;
  do {
    count = ::read(file, piece.data(), piece.size());
  } while (count < 0 && errno == EINTR);
  if (count <= 0) {
    return false;
  }
  text_.erase(0, start_);
  start_ = 0;
  text_.append(piece.data(), static_cast<size_t>(count));
  return true;
}

std::optional<std::string> LineBuffer::next() {
  const size_t end = text_.find('\n', start_);
  if (end == std::string::npos) {
    return std::nullopt;
  }
  std::string line = text_.substr(start_, end - start_);
  start_ = end + 1;
  return line;
}

std::string LineBuffer::rest() {
  std::string rest = text_.substr(start_);
  text_.clear();
  start_ = 0;
  return rest;
}

}  // namespace qsweep
