#pragma once

#include "qsweep/core/json.hpp"

#include <string>

namespace qsweep {

/// The events of a sweep as JSON lines, for scripts that follow it. They are added to the file,
/// each with one write, so that a sweep that goes on goes on there; a pipe will do.
class EventFile {
 public:
  /// Throws WriteError.
  explicit EventFile(std::string path);
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;
  ~EventFile();

  /// Adds "at", milliseconds since 1970. Never waits: what a pipe does not take is written later.
  /// One that nobody reads any more is warned of, once. Throws WriteError.
  void tell(Json event);

 private:
  void flush();

  std::string path_;
  std::string pending_;  // whole lines, the first perhaps begun
  int file_ = -1;
  bool is_left_ = false;  // by the reader of the pipe
};

}  // namespace qsweep
