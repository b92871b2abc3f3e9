#include "qsweep/core/atomic_file.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/unfinished_file.hpp"

#include <filesystem>
#include <iterator>
#include <sys/wait.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

auto files_in(const std::string& folder) {
  const std::filesystem::directory_iterator files(folder);
  return std::distance(begin(files), end(files));
}

}  // namespace

TEST_CASE("a file that is not committed leaves the old one and nothing else", "[core]") {
  const test::ScratchFolder folder;
  const std::string path = folder.path("x.csv");
  write_atomically(path, "old");
  {
    AtomicFile file(path);
    file.add("new");
  }
  CHECK(test::read_text(path) == "old");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a committed file replaces the old one, however large", "[core]") {
  const test::ScratchFolder folder;
  const std::string path = folder.path("x.csv");
  write_atomically(path, "old");
  AtomicFile file(path);
  const std::string piece(50000, 'x');
  for (int i = 0; i < 5; ++i) {
    file.add(piece);
  }
  file.commit();
  CHECK(test::read_text(path) == std::string(250000, 'x'));
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("bytes can be put anywhere, and are added at the end", "[core]") {
  const test::ScratchFolder folder;
  AtomicFile file(folder.path("x"));
  file.add(std::string(3, 'a'));
  file.add(std::string(100000, 'b'));  // more than is held back
  file.add("c");
  file.put(1, "PP");
  file.add("d");
  file.put(100007, "Z");
  file.add("e");
  file.commit();
  CHECK(test::read_text(folder.path("x")) ==
        "aPP" + std::string(100000, 'b') + "cd" + std::string(2, '\0') + "Ze");
}

TEST_CASE("a folder that is not there is a WriteError that names the file", "[core]") {
  CHECK_THROWS_WITH(write_atomically("/nowhere/x.csv", ""),
                    "/nowhere/x.csv: cannot be written: No such file or directory");
}

TEST_CASE("what a killed process left half written is told from what is whole", "[core]") {
  const test::ScratchFolder folder;
  const pid_t writer = ::fork();
  if (writer == 0) {
    AtomicFile file(folder.path("x.csv"));
    ::_exit(0);
  }
  ::waitpid(writer, nullptr, 0);
  REQUIRE(files_in(folder.path()) == 1);
  write_atomically(folder.path("y.csv"), "y");
  remove_unfinished_in(folder.path());
  CHECK(files_in(folder.path()) == 1);
  CHECK(test::read_text(folder.path("y.csv")) == "y");
}

}  // namespace qsweep
