#include "state_fixture.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/state_file.hpp"

#include <array>
#include <caffe2/serialize/inline_container.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace qsweep {
namespace {

std::string archive(const std::string& pickle, bool script) {
  std::string bytes;
  caffe2::serialize::PyTorchStreamWriter writer([&bytes](const void* data, size_t size) {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  });
  const std::array<float, 4> numbers{1, 2, 3, 4};
  writer.writeRecord("data.pkl", pickle.data(), pickle.size());
  writer.writeRecord("data/0", numbers.data(), sizeof(numbers));
  if (script) {
    writer.writeRecord("constants.pkl", "\x80\x02).", 4);
  }
  writer.writeEndOfFile();
  return bytes;
}

}  // namespace

TestFolder::TestFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "qsweep_model_XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TestFolder::write(const std::string& name, const std::string& bytes) const {
  std::ofstream(file(name), std::ios::binary) << bytes;
  return file(name);
}

std::string bytes_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  REQUIRE(stream.good());
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

std::string complaint_about(const std::string& path) {
  try {
    read_state_file(path);
  } catch (const IoError& error) {
    const std::string message = error.what();
    REQUIRE(message.substr(0, path.size() + 2) == path + ": ");
    return message.substr(path.size() + 2);
  }
  return "";
}

std::string archive_with(const std::string& pickle) {
  return archive(pickle, false);
}
std::string script_archive_with(const std::string& pickle) {
  return archive(pickle, true);
}

std::string text(const std::string& content) {
  return "X" + std::string(1, static_cast<char>(content.size())) + std::string(3, '\0') + content;
}

std::string tensor(const std::string& offset,
                   const std::string& sizes,
                   const std::string& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" +
         text("0") + text("cpu") + "K\x04tQ" + offset + sizes + strides + "\x89}tR";
}

void check_equal(const NamedTensors& got, const NamedTensors& expected) {
  REQUIRE(got.size() == expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    INFO(expected[i].first);
    CHECK(got[i].first == expected[i].first);
    REQUIRE(got[i].second.scalar_type() == expected[i].second.scalar_type());
    REQUIRE(got[i].second.sizes() == expected[i].second.sizes());
    CHECK(torch::equal(got[i].second, expected[i].second));
  }
}

}  // namespace qsweep
