#pragma once

#include "qsweep/model/model.hpp"

#include <filesystem>
#include <string>

#include "support/catch.hpp"

namespace qsweep {

/// A folder of its own for one test; it goes with it.
class TestFolder {
 public:
  TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder();

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  /// Writes the file and returns its path.
  std::string write(const std::string& name, const std::string& bytes) const;

 private:
  std::filesystem::path path_;
};

std::string bytes_of(const std::string& path);

/// The message of the IoError that reading throws, from behind the path; empty if it throws none.
std::string complaint_about(const std::string& path);

/// An archive as torch.save makes it with that data.pkl, and one storage "0" of four floats.
std::string archive_with(const std::string& pickle);
/// A TorchScript archive likewise.
std::string script_archive_with(const std::string& pickle);

/// BINUNICODE of a text.
std::string text(const std::string& content);

/// A four-number float tensor in that storage; arguments are opcodes.
std::string tensor(const std::string& offset, const std::string& sizes, const std::string& strides);

/// Same names in the same order, same types, shapes and bits.
void check_equal(const NamedTensors& got, const NamedTensors& expected);

}  // namespace qsweep
