#include "qsweep/journal/correct_bits.hpp"

#include "qsweep/core/read_bytes.hpp"

#include <bitset>
#include <filesystem>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

constexpr int kBits = 8;  // of a byte

int64_t ones(char byte) {
  return static_cast<int64_t>(std::bitset<kBits>(static_cast<unsigned char>(byte)).count());
}

}  // namespace

bool CorrectBits::fits(int64_t images) const {
  return static_cast<int64_t>(bytes.size()) == (images + kBits - 1) / kBits;
}

int64_t CorrectBits::correct() const {
  int64_t sum = 0;
  for (const char byte : bytes) {
    sum += ones(byte);
  }
  return sum;
}

std::string correct_bits_path(const std::string& run_directory, const std::string& trial) {
  return (fs::path(run_directory) / "trials" / trial / "correct.bits").string();
}

std::optional<CorrectBits> read_correct_bits(const std::string& run_directory,
                                             const std::string& trial) {
  const std::string path = correct_bits_path(run_directory, trial);
  auto bytes = read_bytes_if_there(path);
  return bytes ? std::make_optional(CorrectBits{std::move(*bytes)}) : std::nullopt;
}

int64_t count_only_in(const CorrectBits& a, const CorrectBits& b) {
  int64_t sum = 0;
  for (size_t i = 0; i < a.bytes.size(); ++i) {
    sum += ones(static_cast<char>(a.bytes[i] & ~b.bytes.at(i)));
  }
  return sum;
}

}  // namespace qsweep
