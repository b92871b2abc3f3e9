#include "event_file.hpp"

#include "qsweep/core/milliseconds_now.hpp"
#include "qsweep/core/write_bytes.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "log.hpp"

namespace qsweep {
namespace {

constexpr size_t kMostPending = size_t{1} << 22U;
constexpr int kLastPatience = 1000;  // milliseconds, at the end

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
  // It may be a pipe, whose reader may stop reading.
  ::fcntl(file_, F_SETFL, ::fcntl(file_, F_GETFL) | O_NONBLOCK);
}

EventFile::~EventFile() {
  pollfd writing{file_, POLLOUT, 0};
  while (!pending_.empty() && !is_left_ && ::poll(&writing, 1, kLastPatience) == 1) {
    const size_t before = pending_.size();
    try {
      flush();
    } catch (const WriteError&) {
      break;
    }
    if (pending_.size() == before) {
      break;
    }
  }
  ::close(file_);
}

void EventFile::tell(Json event) {
  if (is_left_) {
    return;
  }
  event["at"] = milliseconds_now();
  pending_ += event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  flush();
  if (has_no_reader(file_) || pending_.size() > kMostPending) {
    is_left_ = true;
    log_warning(path_ + ": nobody reads the events any more; the sweep goes on without them");
  }
}

// As much as the pipe takes; a file takes all.
void EventFile::flush() {
  while (!pending_.empty()) {
    const ssize_t written = ::write(file_, pending_.data(), pending_.size());
    if (written < 0 && (errno == EAGAIN || errno == EPIPE)) {
      return;
    }
    if (written < 0 && errno != EINTR) {
      throw_write_error(path_);
    }
    pending_.erase(0, written < 0 ? 0 : static_cast<size_t>(written));
  }
}

}  // namespace qsweep
