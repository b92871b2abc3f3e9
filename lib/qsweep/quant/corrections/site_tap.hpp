#pragma once

#include "qsweep/model/site_hook.hpp"

#include <functional>
#include <map>

namespace qsweep {

/// Looks at, or changes, what passes some sites of a network that another hook quantizes.
class SiteTap : public SiteHook {
 public:
  using Look = std::function<torch::Tensor(torch::Tensor)>;

  /// `inner` may be null: then nothing is quantized.
  explicit SiteTap(SiteHook* inner) : inner_(inner) {}

  /// What the site gives on to its quantizer; `look` returns what is to be there.
  void before(int site, Look look) { before_[site] = std::move(look); }
  /// The same of what its quantizer gives on.
  void after(int site, Look look) { after_[site] = std::move(look); }

  torch::Tensor apply(int site, torch::Tensor x) override;

 private:
  SiteHook* inner_;
  std::map<int, Look> before_;
  std::map<int, Look> after_;
};

}  // namespace qsweep
