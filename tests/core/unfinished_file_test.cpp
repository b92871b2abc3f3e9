#include "qsweep/core/unfinished_file.hpp"

#include "qsweep/core/error.hpp"

#include <chrono>
#include <filesystem>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

namespace fs = std::filesystem;

// The path of a file that a process of this host left half written when it died.
std::string left_by_a_dead_process(const std::string& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    test::write_text(unfinished_path(path), "PK");
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  const std::string own = unfinished_path(path);
  return own.substr(0, own.rfind('.') + 1) + std::to_string(child);
}

void make_old(const std::string& path) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::minutes(61));
}

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& file : fs::directory_iterator(folder)) {
    names.insert(file.path().filename().string());
  }
  return names;
}

}  // namespace

TEST_CASE("what dead processes of this host left goes, what living ones write stays", "[core]") {
  const test::ScratchFolder folder;
  const std::string dead = left_by_a_dead_process(folder.path("weights.pt"));
  const std::string other = left_by_a_dead_process(folder.path("binding.pt"));
  const std::string living = unfinished_path(folder.path("weights.pt"));
  test::write_text(living, "PK");
  REQUIRE(fs::exists(dead));
  REQUIRE(fs::exists(other));
  remove_unfinished(folder.path("weights.pt"));
  CHECK_FALSE(fs::exists(dead));
  CHECK(fs::exists(other));
  CHECK(fs::exists(living));
  remove_unfinished_in(folder.path());
  CHECK_FALSE(fs::exists(other));
  CHECK(fs::exists(living));
}

TEST_CASE("what another host writes stays for an hour; other files stay for good", "[core]") {
  const test::ScratchFolder folder;
  const std::set<std::string> kept{"weights.pt",
                                   "weights.pt.unfinished.elsewhere.7",
                                   "weights.pt.unfinished.7",  // of an earlier version: no host
                                   "my.unfinished.thesis"};
  for (const std::string& name : kept) {
    test::write_text(folder.path(name), "x");
  }
  for (const char* name : {"a.pt.unfinished.elsewhere.7", "a.pt.unfinished.8"}) {
    test::write_text(folder.path(name), "x");
    make_old(folder.path(name));
  }
  make_old(folder.path("weights.pt"));
  make_old(folder.path("my.unfinished.thesis"));
  remove_unfinished_in(folder.path());
  CHECK(names_in(folder.path()) == kept);
  remove_unfinished_in(folder.path("nowhere"));
}

TEST_CASE("what is no regular file is not replaced", "[core]") {
  CHECK_THROWS_WITH(unfinished_path("/dev/null"),
                    "/dev/null: cannot be written: it is no regular file");
  CHECK_THROWS_AS(unfinished_path("/tmp"), WriteError);
}

}  // namespace qsweep
