#include "qsweep/journal/correct_bits.hpp"

#include <filesystem>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {

TEST_CASE("correct.bits is read from the trial's folder, or is not there", "[journal]") {
  const test::ScratchFolder run;
  CHECK_FALSE(read_correct_bits(run.path(), "abc"));
  std::filesystem::create_directories(run.path("trials/abc"));
  test::write_text(run.path("trials/abc/correct.bits"), "\x0f\x01");
  const auto bits = read_correct_bits(run.path(), "abc");
  REQUIRE(bits);
  CHECK(bits->correct() == 5);
  CHECK(bits->fits(9));
  CHECK(bits->fits(16));
  CHECK_FALSE(bits->fits(8));
  CHECK_FALSE(bits->fits(17));
}

TEST_CASE("the images that only one has right are counted bit by bit", "[journal]") {
  const CorrectBits a{"\x0f\x81"};  // 1111 0000  1000 0001
  const CorrectBits b{"\x05\xc0"};  // 1010 0000  0000 0011
  CHECK(count_only_in(a, b) == 3);
  CHECK(count_only_in(b, a) == 1);
  CHECK(count_only_in(a, a) == 0);
}

}  // namespace qsweep
