#include <set>

#include "model_zoo/small_models.hpp"
#include "support/catch.hpp"

namespace qsweep::zoo {
namespace {

using torch::Tensor;

// Replaces the tensor of one site by its sign.
class SignOfOne : public SiteHook {
 public:
  explicit SignOfOne(int site) : site_(site) {}
  Tensor apply(int site, Tensor x) override { return site == site_ ? x.sign() : x; }

 private:
  int site_;
};

std::string site_text(const Model& model, const Site& site) {
  const std::string name = model.layers()[static_cast<size_t>(site.layer)].name;
  switch (site.kind) {
    case SiteKind::Input:
      return name + " input " + std::to_string(site.operand);
    case SiteKind::Weight:
      return name + " weight";
    case SiteKind::Output:
      break;
  }
  return name + " output";
}

}  // namespace

TEST_CASE("one bit at any one site changes the logits", "[model_zoo]") {
  const torch::NoGradGuard no_grad;
  std::set<std::string> done;
  for (const SmallModel& small : small_models()) {
    if (!done.insert(small.name).second) {
      continue;  // another stem has the same sites
    }
    INFO(title_of(small));
    const auto model = make_random(small);
    model->train(false);
    const Tensor images = images_for(small.input);
    const Tensor plain = model->forward(images);
    REQUIRE(plain.isfinite().all().item<bool>());

    const std::vector<Site> sites = sites_of(model->layers());
    for (size_t i = 0; i < sites.size(); ++i) {
      INFO(site_text(*model, sites[i]));
      SignOfOne hook(static_cast<int>(i));
      const Tensor logits = model->forward(images, &hook);
      CHECK(logits.isfinite().all().item<bool>());
      CHECK_FALSE(torch::equal(logits, plain));
    }
  }
}

}  // namespace qsweep::zoo
