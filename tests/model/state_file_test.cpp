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
    CHECK(error.what() == path + ": No such file or directory");
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
  CHECK(message == folder.file("state.pt") + ": File too large");
  check_equal(read_state_file(folder.file("state.pt")), old);
  const auto files = std::filesystem::directory_iterator(folder.file(""));
  CHECK(std::distance(begin(files), end(files)) == 1);
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
