#pragma once

#include "qsweep/data/dataset.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace qsweep {

/// Some images of others, by their numbers.
class ImageSubset final : public Images {
 public:
  ImageSubset(std::shared_ptr<const Images> whole, std::vector<int64_t> numbers)
      : whole_(std::move(whole)), numbers_(std::move(numbers)) {}

  int64_t count() const override { return static_cast<int64_t>(numbers_.size()); }
  const uint8_t* pixels(int64_t i) const override { return whole_->pixels(number(i)); }
  int64_t label(int64_t i) const override { return whole_->label(number(i)); }

 private:
  int64_t number(int64_t i) const { return numbers_[static_cast<size_t>(i)]; }

  std::shared_ptr<const Images> whole_;
  std::vector<int64_t> numbers_;
};

}  // namespace qsweep
