#include "qsweep/model/state_file.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/state/file_bytes.hpp"
#include "qsweep/model/state/state_formats.hpp"

#include <string_view>

namespace qsweep {
namespace {

// All of them begin with a record; an archive that is cut off still does.
bool is_zip(std::string_view bytes) {
  return bytes.substr(0, 4) == "PK\3\4";
}

// Of every protocol since 2: PROTO.
bool is_pickle(std::string_view bytes) {
  return bytes.substr(0, 1) == "\x80";
}

// Python's torch.load tells TorchScript archives by the same record.
bool is_script(const ZipArchive& archive) {
  return archive.has("constants.pkl");
}

NamedTensors read_archive(const std::string& path, std::string_view bytes) {
  const ZipArchive archive(path, bytes);
  if (archive.has("byteorder") && archive.record("byteorder") != "little") {
    throw IoError(path, "was written on a big-endian machine, which is not read");
  }
  return is_script(archive) ? read_script_state(path, archive) : read_zip_state(path, archive);
}

}  // namespace

NamedTensors read_state_file(const std::string& path) {
  const std::string bytes = read_file_bytes(path);
  if (is_zip(bytes)) {
    return read_archive(path, bytes);
  }
  if (is_pickle(bytes)) {
    return read_legacy_state(path, bytes);
  }
  throw IoError(path,
                std::string("is no file of torch.save or torch.jit.save") +
                    (bytes.empty() ? ": it is empty" : ""));
}

}  // namespace qsweep
