#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace qsweep {

/// SHA-256 of what is added, piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void add(const void* bytes, size_t count);
  void add(std::string_view text) { add(text.data(), text.size()); }

  /// Lower-case hex, 64 digits. Nothing can be added afterwards.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// SHA-256 of a text as 64 hex digits.
std::string sha256_hex(std::string_view text);

}  // namespace qsweep
