#include "event_file.hpp"

#include "qsweep/journal/write_bytes.hpp"

#include <chrono>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace qsweep {

EventFile::EventFile(std::string path) : path_(std::move(path)) {
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) {
    throw_write_error(path_);
  }
}

EventFile::~EventFile() {
  ::close(file_);
}

void EventFile::tell(Json event) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  event["at"] = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  write_bytes(file_, event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n", path_);
}

}  // namespace qsweep
