#include "qsweep/core/nearest_name.hpp"

#include "support/catch.hpp"

namespace qsweep {
namespace {

const std::vector<std::string> kNames{"uniform", "sign", "quantizer", "bits"};

TEST_CASE("the nearest name has the fewest edits", "[core]") {
  CHECK(nearest_name("unifrom", kNames) == "uniform");  // a swap is one edit
  CHECK(nearest_name("quantiser", kNames) == "quantizer");
  CHECK(nearest_name("bit", kNames) == "bits");
  CHECK(nearest_name("SIGN", kNames) == "sign");
}

TEST_CASE("a name that is cut short meant one that begins with it", "[core]") {
  const std::vector<std::string> formats{"mxfp4", "mxfp6_e2m3", "mxfp8_e4m3"};
  CHECK(nearest_name("mxfp8", formats) == "mxfp8_e4m3");
  CHECK(nearest_name("MXFP6", formats) == "mxfp6_e2m3");
}

TEST_CASE("a name that is far from all has no nearest one", "[core]") {
  CHECK_FALSE(nearest_name("lsq", kNames));
  CHECK_FALSE(nearest_name("", kNames));
  CHECK_FALSE(nearest_name("b", {"a", "c"}));
  CHECK(nearest_name("A", {"a", "c"}) == "a");
  CHECK_FALSE(nearest_name("uxixoxm", kNames));  // three edits of seven
  CHECK_FALSE(nearest_name(std::string(101, 'u'), kNames));
}

TEST_CASE("of two names equally near the first counts", "[core]") {
  CHECK(nearest_name("bat", {"cat", "hat"}) == "cat");
}

TEST_CASE("an unknown name is told with the nearest or with all", "[core]") {
  CHECK(unknown_name("quantizer", "unifrom", kNames) ==
        "unknown quantizer 'unifrom'; did you mean 'uniform'?");
  CHECK(unknown_name("quantizer", "lsq", {"sign", "uniform"}) ==
        "unknown quantizer 'lsq'; known are sign, uniform");
  CHECK(unknown_name("model", "x", {}) == "unknown model 'x'; none are known");
  CHECK(unknown_name("model", std::string(200, 'x'), {"a"}) ==
        "unknown model '" + std::string(100, 'x') + "...'; known are a");
}

}  // namespace
}  // namespace qsweep
