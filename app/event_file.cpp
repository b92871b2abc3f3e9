#include "event_file.hpp"

#include "qsweep/core/milliseconds_now.hpp"
#include "qsweep/core/write_bytes.hpp"

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "log.hpp"

namespace qsweep {
namespace {

bool has_no_reader(int file) {
  pollfd writing{file, POLLOUT, 0};
  return ::poll(&writing, 1, 0) == 1 && (writing.revents & POLLERR) != 0;
}

}  // namespace

EventFile::EventFile(std::string path) : path_(std::move(path)) {
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) {
    throw_write_error(path_);
  }
  ::signal(SIGPIPE, SIG_IGN);  // it may be a pipe, whose reader may go
}

EventFile::~EventFile() {
  ::close(file_);
}

void EventFile::tell(Json event) {
  if (is_left_) {
    return;
  }
  if (has_no_reader(file_)) {
    is_left_ = true;
    log_warning(path_ + ": nobody reads the events any more; the sweep goes on without them");
    return;
  }
  event["at"] = milliseconds_now();
  write_bytes(file_, event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n", path_);
}

}  // namespace qsweep
