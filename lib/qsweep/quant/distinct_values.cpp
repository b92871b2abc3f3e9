#include "qsweep/quant/distinct_values.hpp"

#include <cstring>

namespace qsweep {
namespace {

constexpr uint32_t kEmpty = 0xffffffff;  // the bits of a NaN that no arithmetic makes
constexpr uint32_t kFirstLog2 = 12;      // of slots: 16 KB
constexpr size_t kSlotsPerValue = 8;     // at least: so most values are where their hash says

uint32_t hash(uint32_t bits) {
  return bits * 0x9e3779b1U;  // 2^32 over the golden ratio: the high bits depend on all
}

}  // namespace

DistinctValues::DistinctValues()
    : slots_(size_t{1} << kFirstLog2, kEmpty), shift_(32 - kFirstLog2) {}

void DistinctValues::add(const float* values, int64_t count) {
  const uint32_t* slots = slots_.data();  // in registers, which growing ends
  uint32_t shift = shift_;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t bits = 0;
    std::memcpy(&bits, values + i, sizeof bits);
    if (slots[hash(bits) >> shift] != bits) {
      insert(bits);
      slots = slots_.data();
      shift = shift_;
    }
  }
}

void DistinctValues::insert(uint32_t bits) {
  size_t slot = hash(bits) >> shift_;
  while (slots_[slot] != kEmpty) {
    if (slots_[slot] == bits) {
      return;
    }
    slot = (slot + 1) & (slots_.size() - 1);
  }
  slots_[slot] = bits;
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  found_.push_back(value);
  if (found_.size() * kSlotsPerValue > slots_.size()) {
    grow();
  }
}

void DistinctValues::grow() {
  slots_.assign(2 * slots_.size(), kEmpty);
  --shift_;
  for (const float value : found_) {
    uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    size_t slot = hash(bits) >> shift_;
    while (slots_[slot] != kEmpty) {
      slot = (slot + 1) & (slots_.size() - 1);
    }
    slots_[slot] = bits;
  }
}

}  // namespace qsweep
