#include "qsweep/core/atomic_file.hpp"
#include "qsweep/model/state/state_pickle.hpp"
#include "qsweep/model/state_file.hpp"

#include <torch/types.h>

#include <caffe2/serialize/inline_container.h>

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

}  // namespace

void write_state_file(const std::string& path, const NamedTensors& state) {
  write_atomically(path, archive_of(plain(state)));
}

}  // namespace qsweep
