#include "qsweep/core/error.hpp"
#include "qsweep/core/unfinished_file.hpp"
#include "qsweep/model/state/state_pickle.hpp"
#include "qsweep/model/state_file.hpp"

#include <torch/types.h>

#include <caffe2/serialize/inline_container.h>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace qsweep {
namespace {

NamedTensors plain(const NamedTensors& state) {
  NamedTensors copies;
  for (const auto& [name, tensor] : state) {
    copies.emplace_back(name, tensor.detach().cpu().contiguous());
  }
  return copies;
}

// In memory, so that what fails is the writing of a file, which says why.
std::string archive_of(const NamedTensors& state) {
  std::string bytes;
  caffe2::serialize::PyTorchStreamWriter writer([&bytes](const void* data, size_t size) {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  });
  const std::string pickle = state_pickle(state);
  writer.writeRecord("data.pkl", pickle.data(), pickle.size());
  const std::string order = "little";
  writer.writeRecord("byteorder", order.data(), order.size());
  for (size_t i = 0; i < state.size(); ++i) {
    const torch::Tensor& tensor = state[i].second;
    writer.writeRecord("data/" + std::to_string(i), tensor.data_ptr(), tensor.nbytes());
  }
  writer.writeEndOfFile();
  return bytes;
}

// A file that becomes visible under its name when it is complete, or never.
class NewFile {
 public:
  explicit NewFile(std::string path) : path_(std::move(path)), unfinished_(unfinished_path(path_)) {
    descriptor_ = ::open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    check(descriptor_ >= 0);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
      ::unlink(unfinished_.c_str());
    }
  }

  void write(const std::string& bytes) {
    size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t written = ::write(descriptor_, bytes.data() + done, bytes.size() - done);
      check(written >= 0 || errno == EINTR);
      done += static_cast<size_t>(written > 0 ? written : 0);
    }
  }

  void finish() {
    check(::fsync(descriptor_) == 0);
    check(std::rename(unfinished_.c_str(), path_.c_str()) == 0);
    ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  void check(bool worked) const {
    if (!worked) {
      throw WriteError(path_, system_reason());
    }
  }

  std::string path_;
  std::string unfinished_;
  int descriptor_ = -1;
};

}  // namespace

void write_state_file(const std::string& path, const NamedTensors& state) {
  const std::string bytes = archive_of(plain(state));
  NewFile file(path);
  file.write(bytes);
  file.finish();
}

}  // namespace qsweep
