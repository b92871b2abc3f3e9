#include "qsweep/core/nearest_path.hpp"

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

TEST_CASE("a missing path is told with the nearest name of its folder", "[core]") {
  const test::ScratchFolder folder;
  test::write_text(folder.path("bits.yaml"), "");
  test::write_text(folder.path("other.yaml"), "");
  const std::string hint = "; did you mean '" + folder.path("bits.yaml") + "'?";
  CHECK(nearest_path_hint(folder.path("bits.yml")) == hint);
  CHECK(nearest_path_hint(folder.path("bist.yaml/")) == hint);
  CHECK(nearest_path_hint(folder.path("sweep.txt")).empty());
}

TEST_CASE("a path that is there, or whose folder is not, has no hint", "[core]") {
  const test::ScratchFolder folder;
  test::write_text(folder.path("bits.yaml"), "");
  CHECK(nearest_path_hint(folder.path("bits.yaml")).empty());
  CHECK(nearest_path_hint(folder.path("none/bits.yaml")).empty());
  CHECK(nearest_path_hint("").empty());
}

}  // namespace
}  // namespace qsweep
