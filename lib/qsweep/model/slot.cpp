#include "qsweep/model/slot.hpp"

namespace qsweep {

Slot Slots::add_slot(const std::string& key, Slot slot) {
  for (auto& [known, place] : slots_) {
    if (known == key) {
      place = slot;
      return slot;
    }
  }
  slots_.emplace_back(key, slot);
  return slot;
}

}  // namespace qsweep
