#include "qsweep/model/script/load_script.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/sha256.hpp"
#include "qsweep/model/script/script_model.hpp"
#include "qsweep/model/state/file_bytes.hpp"
#include "qsweep/model/state/state_formats.hpp"

#include <torch/csrc/jit/serialization/import.h>
#include <torch/version.h>

#include <algorithm>
#include <caffe2/serialize/inline_container.h>
#include <caffe2/serialize/versions.h>
#include <cstdlib>
#include <sstream>
#include <vector>

namespace qsweep {
namespace {

// Checked before LibTorch sees it, whose messages do not say what the file is.
void check_archive(const std::string& path, const std::string& bytes) {
  if (bytes.compare(0, 4, "PK\3\4") != 0) {
    throw IoError(path, "is no TorchScript archive");
  }
  const ZipArchive archive(path, bytes);
  archive.check_records();
  if (!archive.has("constants.pkl")) {
    throw IoError(path,
                  "holds weights without a program; "
                  "give them as {model: NAME, weights: PATH}, or save with torch.jit.save");
  }
  const std::string record = archive.has("version") ? "version" : ".data/version";
  const uint64_t version = std::strtoull(std::string(archive.record(record)).c_str(), nullptr, 10);
  constexpr uint64_t kNewest = caffe2::serialize::kMaxSupportedFileFormatVersion;
  if (version > kNewest) {
    throw IoError(path,
                  "has version " + std::to_string(version) +
                      " of the format; LibTorch " TORCH_VERSION " reads versions up to " +
                      std::to_string(kNewest));
  }
  check_script_storages(path, archive);
}

// The word behind `intro`, without the full stop of the sentence.
std::string word_behind(const std::string& text, const std::string& intro) {
  const size_t at = text.find(intro);
  if (at == std::string::npos) {
    return "";
  }
  std::istringstream words(text.substr(at + intro.size()));
  std::string word;
  words >> word;
  return !word.empty() && word.back() == '.' ? word.substr(0, word.size() - 1) : word;
}

// "aten::linear", of the schema behind `intro`.
std::string name_behind(const std::string& text, const std::string& intro) {
  const std::string word = word_behind(text, intro);
  return word.substr(0, word.find_first_of("(."));
}

std::string first_line(const std::string& text) {
  const size_t begin = text.find_first_not_of('\n');
  return begin == std::string::npos ? text : text.substr(begin, text.find('\n', begin) - begin);
}

std::string loading_reason(const std::string& text) {
  const std::string op = word_behind(text, "Unknown builtin op: ");
  if (!op.empty()) {
    return "needs the operator '" + op + "', which LibTorch " TORCH_VERSION " lacks";
  }
  const std::string called = name_behind(text, "The following variants are available:");
  if (!called.empty()) {
    return "calls the operator '" + called +
           "' with arguments that LibTorch " TORCH_VERSION " does not know";
  }
  return "cannot be loaded by LibTorch " TORCH_VERSION ": " + first_line(text);
}

}  // namespace

torch::jit::Module load_script(const std::string& path) {
  const std::string bytes = read_file_bytes(path);
  check_archive(path, bytes);
  std::istringstream stream(bytes);
  try {
    return torch::jit::load(stream, torch::kCPU);
  } catch (const c10::Error& error) {
    throw IoError(path, loading_reason(error.what_without_backtrace()));
  } catch (const std::exception& error) {  // the compiler's are no c10::Error
    throw IoError(path, loading_reason(error.what()));
  }
}

std::string script_fingerprint(const std::string& path) {
  const std::string bytes = read_file_bytes(path);
  check_archive(path, bytes);
  std::istringstream stream(bytes);
  caffe2::serialize::PyTorchStreamReader reader(&stream);
  std::vector<std::string> names = reader.getAllRecords();
  std::sort(names.begin(), names.end());
  Sha256 hash;
  for (const std::string& name : names) {
    if (name.find(".debug_pkl") == std::string::npos) {
      const auto [content, size] = reader.getRecord(name);
      hash.add(name + '\n' + std::to_string(size) + '\n');
      hash.add(content.get(), size);
    }
  }
  return hash.hex();
}

}  // namespace qsweep
