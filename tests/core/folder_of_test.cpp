#include "qsweep/core/folder_of.hpp"

#include <filesystem>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a file's folder has no links and no dots, and need not be there", "[core]") {
  const test::ScratchFolder scratch;
  const fs::path root = fs::canonical(scratch.path());
  fs::create_directories(scratch.path("a/b"));
  fs::create_directory_symlink(scratch.path("a/b"), scratch.path("link"));
  CHECK(folder_of(scratch.path("link/x.yaml")) == root / "a/b");
  CHECK(folder_of(scratch.path("link/../x.yaml")) == root / "a");
  CHECK(folder_of(scratch.path("new/y/../x.yaml")) == root / "new");
  CHECK(folder_of("x.yaml") == fs::current_path());
}

TEST_CASE("a link to a file is not followed: what is beside the link counts", "[core]") {
  const test::ScratchFolder scratch;
  fs::create_directories(scratch.path("a"));
  test::write_text(scratch.path("a/x.yaml"), "");
  fs::create_symlink(scratch.path("a/x.yaml"), scratch.path("x.yaml"));
  CHECK(folder_of(scratch.path("x.yaml")) == fs::canonical(scratch.path()));
}

}  // namespace
}  // namespace qsweep
