#include "qsweep/core/error.hpp"
#include "qsweep/model/state_file.hpp"

#include <random>

#include "state_fixture.hpp"

namespace qsweep {
namespace {

using namespace std::string_literals;

std::string zip_file(const TestFolder& folder) {
  write_state_file(folder.file("zip.pt"),
                   {{"layer.weight", torch::randn({8, 4})},
                    {"layer.bias", torch::randn({8})},
                    {"steps", torch::full({}, 3, torch::kLong)}});
  return bytes_of(folder.file("zip.pt"));
}

// The old format by hand: {'w': four floats}.
std::string legacy_file() {
  const std::string magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s;
  const std::string protocol = "\x80\x02M\xe9\x03."s;
  const std::string system = "\x80\x02}" + text("little_endian") + "\x88s.";
  const std::string one = "K\1\x85"s;
  const std::string object = "\x80\x02}" + text("w") + tensor("K\0"s, "K\4\x85", one) + "s.";
  const std::string keys = "\x80\x02]" + text("0") + "a.";
  const std::string count = "\4\0\0\0\0\0\0\0"s;
  const std::string numbers = "\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40"s;
  return magic + protocol + system + object + keys + count + numbers;
}

void check_every_cut(const std::string& whole) {
  const TestFolder folder;
  for (size_t part = 0; part < 20; ++part) {
    INFO(part);
    const std::string path = folder.write("cut.pt", whole.substr(0, whole.size() * part / 20));
    CHECK_FALSE(complaint_about(path).empty());
  }
  CHECK_FALSE(complaint_about(folder.write("cut.pt", whole.substr(0, whole.size() - 1))).empty());
}

// Nothing but a result or an IoError may come of it; what else is thrown fails the test.
void flip_bytes(const std::string& whole, int times) {
  const TestFolder folder;
  std::mt19937 random(20);
  int refused = 0;
  for (int i = 0; i < times; ++i) {
    std::string bytes = whole;
    const size_t flips = 1 + random() % 4;
    for (size_t k = 0; k < flips; ++k) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    refused += complaint_about(folder.write("flipped.pt", bytes)).empty() ? 0 : 1;
  }
  CHECK(refused > times / 10);
}

}  // namespace

TEST_CASE("the hand-made old file is good before it is damaged", "[model]") {
  const TestFolder folder;
  check_equal(read_state_file(folder.write("old.th", legacy_file())),
              {{"w", torch::tensor({1.F, 2.F, 3.F, 4.F})}});
}

TEST_CASE("a file that is cut off anywhere is an error that says so", "[model]") {
  const TestFolder folder;
  check_every_cut(zip_file(folder));
  check_every_cut(legacy_file());
  const std::string whole = zip_file(folder);
  CHECK(complaint_about(folder.write("half.pt", whole.substr(0, whole.size() / 2))) ==
        "is cut off: the directory at the end of the zip file is missing");
  const std::string old = legacy_file();
  CHECK(complaint_about(folder.write("half.th", old.substr(0, old.size() - 3))) ==
        "is cut off or damaged: 16 bytes should follow at byte " + std::to_string(old.size() - 16) +
            ", there are 13");
}

TEST_CASE("a changed number is noticed by the archive's checksum", "[model]") {
  const TestFolder folder;
  write_state_file(folder.file("state.pt"), {{"w", torch::full({2}, 1.25F)}});
  std::string bytes = bytes_of(folder.file("state.pt"));
  const size_t at = bytes.find("\x00\x00\xa0\x3f"s);
  REQUIRE(at != std::string::npos);
  bytes[at] = '\1';
  CHECK(complaint_about(folder.write("changed.pt", bytes)) ==
        "is damaged: the checksum of the record 'data/0' is wrong");
}

TEST_CASE("an old file's storages must be those that its tensors name", "[model]") {
  const TestFolder folder;
  std::string bytes = legacy_file();
  bytes[bytes.size() - 24] = '\5';
  CHECK(complaint_about(folder.write("count.th", bytes)) ==
        "is damaged: the storage '0' has 5 numbers, not 4");
  bytes = legacy_file();
  const size_t key = bytes.size() - 27;
  REQUIRE(bytes[key] == '0');
  bytes[key] = '7';
  CHECK(complaint_about(folder.write("key.th", bytes)) ==
        "is damaged: no tensor uses the storage '7'");
  bytes = legacy_file();
  const size_t endian = bytes.find("\x88s.");
  bytes[endian] = '\x89';
  CHECK(complaint_about(folder.write("endian.th", bytes)) ==
        "was written on a big-endian machine, which is not read");
}

TEST_CASE("random damage gives an error or a result, and never a crash", "[model]") {
  const TestFolder folder;
  flip_bytes(zip_file(folder), 1000);
  flip_bytes(legacy_file(), 2000);
}

}  // namespace qsweep
