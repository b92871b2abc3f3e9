#include "qsweep/engine/file_stamp.hpp"

#include <filesystem>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {

TEST_CASE("a stamp changes with any file below a folder", "[engine]") {
  const test::ScratchFolder folder;
  std::filesystem::create_directories(folder.path("train/cat"));
  test::write_text(folder.path("train/cat/1.png"), "one");
  const std::string before = file_stamp(folder.path());
  CHECK(before.rfind("1 files, 3 bytes, ", 0) == 0);
  CHECK(file_stamp(folder.path()) == before);

  std::filesystem::rename(folder.path("train/cat/1.png"), folder.path("train/cat/2.png"));
  const std::string renamed = file_stamp(folder.path());
  CHECK(renamed != before);
  const auto time = std::filesystem::last_write_time(folder.path("train/cat/2.png"));
  std::filesystem::last_write_time(folder.path("train/cat/2.png"), time - std::chrono::hours(1));
  CHECK(file_stamp(folder.path()) != renamed);
}

TEST_CASE("a stamp ends where links lead round in circles", "[engine]") {
  const test::ScratchFolder folder;
  test::write_text(folder.path("1.png"), "one");
  std::filesystem::create_directory_symlink(".", folder.path("again"));
  CHECK(file_stamp(folder.path()).rfind("17 files, 51 bytes, ", 0) == 0);  // 16 folders deep
}

TEST_CASE("what is not there has a stamp too", "[engine]") {
  CHECK(file_stamp("/nowhere/data") == "missing");
}

}  // namespace qsweep
