#include "qsweep/quant/corrections/site_tap.hpp"

#include <utility>

namespace qsweep {
namespace {

torch::Tensor look_at(const std::map<int, SiteTap::Look>& looks, int site, torch::Tensor x) {
  const auto found = looks.find(site);
  return found == looks.end() ? std::move(x) : found->second(std::move(x));
}

}  // namespace

torch::Tensor SiteTap::apply(int site, torch::Tensor x) {
  x = look_at(before_, site, std::move(x));
  if (inner_ != nullptr) {
    x = inner_->apply(site, std::move(x));
  }
  return look_at(after_, site, std::move(x));
}

}  // namespace qsweep
