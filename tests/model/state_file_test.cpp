#include "qsweep/model/state_file.hpp"

#include "qsweep/core/error.hpp"

#include <algorithm>
#include <csignal>
#include <map>
#include <sys/resource.h>

#include "state_fixture.hpp"

namespace qsweep {
namespace {

std::string shipped(const std::string& name) {
  return QSWEEP_TEST_SOURCE_DIR "/../shared/models/resnet20_cifar10jpeg." + name;
}

std::map<std::string, torch::Tensor> by_name(const std::string& path) {
  const NamedTensors state = read_state_file(path);
  return {state.begin(), state.end()};
}

uint64_t number_at(const std::string& bytes, size_t at, size_t length) {
  uint64_t number = 0;
  for (size_t i = length; i-- > 0;) {
    number = number << 8U | static_cast<unsigned char>(bytes[at + i]);
  }
  return number;
}

std::string number(uint64_t value, size_t length) {
  std::string bytes;
  for (size_t i = 0; i < length; ++i) {
    bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
  }
  return bytes;
}

// Of a zip archive the same with a zip64 directory, in which no field has its number itself.
std::string with_large_directory(const std::string& zip) {
  const size_t end = zip.size() - 22;
  const size_t begin = number_at(zip, end + 16, 4);
  const uint64_t entries = number_at(zip, end + 10, 2);
  std::string large = zip.substr(0, begin);
  size_t at = begin;
  for (uint64_t i = 0; i < entries; ++i) {
    const size_t names = number_at(zip, at + 28, 2);
    const size_t more = number_at(zip, at + 30, 2) + number_at(zip, at + 32, 2);
    large += zip.substr(at, 20) + std::string(8, '\xff') + zip.substr(at + 28, 2) +
             number(5 + 28, 2) + number(0, 2) + zip.substr(at + 34, 8) + std::string(4, '\xff') +
             zip.substr(at + 46, names);
    large += number(9, 2) + number(1, 2) + "x";  // another's extra data
    large += number(1, 2) + number(24, 2) + number(number_at(zip, at + 24, 4), 8) +
             number(number_at(zip, at + 20, 4), 8) + number(number_at(zip, at + 42, 4), 8);
    at += 46 + names + more;
  }
  const size_t large_end = large.size();
  large += "PK\6\6" + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8) +
           number(entries, 8) + number(entries, 8) + number(large_end - begin, 8) +
           number(begin, 8);
  large += "PK\6\7" + number(0, 4) + number(large_end, 8) + number(1, 4);
  return large + "PK\5\6" + number(0, 4) + std::string(12, '\xff') + number(0, 2);
}

}  // namespace

TEST_CASE("three files of one trained network hold the same tensors", "[model]") {
  if (!std::filesystem::exists(shipped("state.pt"))) {
    WARN("the trained networks are not here: nothing was compared");
    return;
  }
  const auto zip = by_name(shipped("state.pt"));
  CHECK(zip.size() == 116);
  CHECK(zip.at("conv1.weight").sizes() == torch::IntArrayRef({16, 3, 3, 3}));
  CHECK(zip.at("bn1.num_batches_tracked").scalar_type() == torch::kLong);
  for (const char* name : {"legacy.th", "ts.pt"}) {
    INFO(name);
    const auto other = by_name(shipped(name));
    for (const auto& [key, tensor] : other) {
      INFO(key);
      REQUIRE(zip.count(key) == 1);
      CHECK(torch::equal(tensor, zip.at(key)));
    }
  }
  CHECK(by_name(shipped("ts.pt")).size() == zip.size());
}

TEST_CASE("what was written is read back bit for bit", "[model]") {
  const TestFolder folder;
  const NamedTensors state = {{"a.weight", torch::randn({4, 3, 2}).transpose(0, 2)},
                              {"a.bias", torch::zeros({0})},
                              {"steps", torch::full({}, 1L << 40, torch::kLong)},
                              {"mask", torch::tensor({1, 0, 1}).to(torch::kBool)},
                              {"half", torch::randn({5}).to(torch::kHalf).requires_grad_()}};
  write_state_file(folder.file("state.pt"), state);
  const NamedTensors read = read_state_file(folder.file("state.pt"));
  check_equal(read, state);
  CHECK_FALSE(read[4].second.requires_grad());
  write_state_file(folder.file("state.pt"), {{"other", torch::ones({1})}});  // replaces
  check_equal(read_state_file(folder.file("state.pt")), {{"other", torch::ones({1})}});
  const auto files = std::filesystem::directory_iterator(folder.file(""));
  CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("a prefix that only some names have stays", "[model]") {
  const TestFolder folder;
  write_state_file(folder.file("all.pt"),
                   {{"module.a", torch::ones({1})}, {"module.b", torch::ones({1})}});
  CHECK(read_state_file(folder.file("all.pt"))[1].first == "b");
  write_state_file(folder.file("some.pt"),
                   {{"module.a", torch::ones({1})}, {"b", torch::ones({1})}});
  CHECK(read_state_file(folder.file("some.pt"))[0].first == "module.a");
}

TEST_CASE("a place that cannot be written is named with the reason", "[model]") {
  const TestFolder folder;
  const std::string path = folder.file("no/state.pt");
  CHECK_THROWS_AS(write_state_file(path, {{"a", torch::ones({1})}}), WriteError);
  try {
    write_state_file(path, {{"a", torch::ones({1})}});
  } catch (const WriteError& error) {
    CHECK(error.what() == path + ": cannot be written: No such file or directory");
  }
}

TEST_CASE("a file that does not fit the disk leaves the old one and no remains", "[model]") {
  const TestFolder folder;
  const NamedTensors old = {{"a", torch::ones({1})}};
  write_state_file(folder.file("state.pt"), old);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small{10000, limit.rlim_max};
  std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  std::string message;
  try {
    write_state_file(folder.file("state.pt"), {{"a", torch::ones({100000})}});
  } catch (const WriteError& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &limit);
  CHECK(message == folder.file("state.pt") + ": cannot be written: File too large");
  check_equal(read_state_file(folder.file("state.pt")), old);
  const auto files = std::filesystem::directory_iterator(folder.file(""));
  CHECK(std::distance(begin(files), end(files)) == 1);
}

// The archive with its directory as a file of 4 GiB and more has it: numbers that have no place in
// their fields stand behind the names, and the directory's own behind it.
TEST_CASE("the directory of a large archive is read", "[model]") {
  const TestFolder folder;
  write_state_file(folder.file("small.pt"), {{"x", torch::arange(6, torch::kFloat)}});
  const std::string small = bytes_of(folder.file("small.pt"));
  const std::string large = with_large_directory(small);
  CHECK(read_state_file(folder.write("large.pt", large))
            .at(0)
            .second.equal(torch::arange(6, torch::kFloat)));
  const size_t locator = large.size() - 22 - 20;
  const std::string lost = "is damaged: the directory of the zip file is not where its end says";
  for (const size_t at : {locator, locator + 15, locator - 56}) {  // marks and the place
    std::string damaged = large;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    CHECK(complaint_about(folder.write("damaged.pt", damaged)) == lost);
  }
}

// Takes 15 GB of memory and 5 of the disk.
TEST_CASE("what was written is read back beyond 4 GiB", "[.large]") {
  const TestFolder folder;
  const int64_t elements = (int64_t{1} << 32) + 5;
  write_state_file(folder.file("x.pt"),
                   {{"big", torch::full({elements}, 7, torch::kByte)}, {"x", torch::ones({2})}});
  const NamedTensors read = read_state_file(folder.file("x.pt"));
  CHECK(read.at(0).second.size(0) == elements);
  CHECK(read.at(0).second[elements - 1].item<int>() == 7);
  CHECK(read.at(1).second.equal(torch::ones({2})));
}

TEST_CASE("what is no file of weights is said to be none", "[model]") {
  const TestFolder folder;
  CHECK(complaint_about(folder.file("missing.pt")) == "No such file or directory");
  CHECK(complaint_about(folder.file("")) == "is no regular file");
  CHECK(complaint_about("/dev/zero") == "is no regular file");
  CHECK(complaint_about(folder.write("empty", "")) ==
        "is no file of torch.save or torch.jit.save: it is empty");
  CHECK(complaint_about(folder.write("text", "hello, world")) ==
        "is no file of torch.save or torch.jit.save");
  CHECK(complaint_about(folder.write("pickle", "\x80\x02K\x01.")) ==
        "is a pickle, but not of torch.save: it does not begin with its magic number");
}

}  // namespace qsweep
