#include "qsweep/core/read_bytes.hpp"

#include "qsweep/core/error.hpp"

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

using namespace qsweep;

TEST_CASE("a file is read from a place on, however large", "[core]") {
  const test::ScratchFolder folder;
  const std::string text(3'000'000, 'x');
  test::write_text(folder.path("x"), text + "end");
  CHECK(read_bytes(folder.path("x")) == text + "end");
  CHECK(read_bytes(folder.path("x"), text.size()) == "end");
  CHECK(read_bytes(folder.path("x"), text.size() + 10).empty());
}

TEST_CASE("a file may be missing, but not unreadable", "[core]") {
  const test::ScratchFolder folder;
  test::write_text(folder.path("x"), "text");
  CHECK(read_bytes_if_there(folder.path("x"), 2) == "xt");
  CHECK(read_bytes_if_there(folder.path("gone")) == std::nullopt);
  CHECK_THROWS_WITH(read_bytes_if_there(folder.path("x/y")),
                    folder.path("x/y") + ": cannot be read: Not a directory");
}

TEST_CASE("what cannot be read is named with the reason", "[core]") {
  const test::ScratchFolder folder;
  CHECK_THROWS_WITH(read_bytes(folder.path("gone")),
                    folder.path("gone") + ": cannot be read: No such file or directory");
  CHECK_THROWS_WITH(read_bytes(folder.path()), folder.path() + ": cannot be read: Is a directory");
}
