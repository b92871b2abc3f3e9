#include "qsweep/data/cache_file.hpp"
#include "qsweep/data/dataset.hpp"

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.hpp"

namespace qsweep {
namespace fs = std::filesystem;

namespace {

void write_mnist(const Sandbox& sandbox, const std::vector<int>& test_labels) {
  for (const std::string prefix : {"train", "t10k"}) {
    sandbox.write(prefix + "-images-idx3-ubyte", idx_images(3, 2, 2));
    sandbox.write(prefix + "-labels-idx1-ubyte", idx_labels({2, 0, 1}));
  }
  sandbox.write("t10k-labels-idx1-ubyte", idx_labels(test_labels));
}

Dataset open_mnist_at(const Sandbox& sandbox) {
  return open_dataset(settings_for("mnist", sandbox.path("")), sandbox.cache(), 1);
}

std::vector<fs::path> cache_files(const Sandbox& sandbox) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(sandbox.path("cache/data"))) {
    if (entry.path().extension() == ".images") {
      files.push_back(entry.path());
    }
  }
  return files;
}

void flip_byte(const fs::path& path, int64_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  const char byte = static_cast<char>(file.get() ^ 1);
  file.seekp(at);
  file.put(byte);
}

CacheFacts facts_of_two() {
  CacheFacts facts;
  facts.classes = {"a", "b"};
  facts.channels = 3;
  facts.height = 4;
  facts.width = 4;
  facts.labels = {1, 0};
  return facts;
}

}  // namespace

TEST_CASE("a cache file gives back what was written", "[data]") {
  const Sandbox sandbox;
  const std::string path = sandbox.path("x.images");
  std::vector<uint8_t> pixels(96);
  for (size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<uint8_t>(i);
  }
  CHECK(open_cache_file(path) == nullptr);
  {
    CacheWriter writer(path);
    writer.add(pixels.data(), pixels.size());
    CHECK(!fs::exists(path));
    writer.finish(facts_of_two());
  }
  const auto images = open_cache_file(path);
  REQUIRE(images);
  CHECK(images->count() == 2);
  CHECK(images->label(0) == 1);
  CHECK(images->pixels(1)[5] == 53);
  CHECK(images->facts().classes == std::vector<std::string>{"a", "b"});
  CHECK(images->facts().content.size() == 64);
  const fs::directory_iterator files(sandbox.path(""));
  CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("an unfinished cache file leaves nothing behind", "[data]") {
  const Sandbox sandbox;
  { const CacheWriter writer(sandbox.path("x.images")); }
  CHECK(fs::is_empty(sandbox.path("")));
}

TEST_CASE("decoded images are kept, and decoded again when their source changes", "[data]") {
  const Sandbox sandbox;
  write_mnist(sandbox, {2, 0, 1});
  const std::string fingerprint = open_mnist_at(sandbox).fingerprint;
  CHECK(cache_files(sandbox).size() == 2);
  const auto made = fs::last_write_time(cache_files(sandbox)[0]);
  CHECK(open_mnist_at(sandbox).fingerprint == fingerprint);
  CHECK(fs::last_write_time(cache_files(sandbox)[0]) == made);
  write_mnist(sandbox, {2, 0, 2});
  fs::last_write_time(sandbox.path("t10k-labels-idx1-ubyte"),
                      fs::file_time_type::clock::now() + std::chrono::seconds(5));
  const Dataset changed = open_mnist_at(sandbox);
  CHECK(changed.fingerprint != fingerprint);
  CHECK(changed.test->label(2) == 2);
}

TEST_CASE("a damaged cache file is made again", "[data]") {
  const Sandbox sandbox;
  write_mnist(sandbox, {2, 0, 1});
  const std::string fingerprint = open_mnist_at(sandbox).fingerprint;
  const fs::path file = cache_files(sandbox).front();
  const auto size = static_cast<int64_t>(fs::file_size(file));
  SECTION("cut off") {
    fs::resize_file(file, static_cast<uintmax_t>(size - 1));
  }
  SECTION("emptied") {
    fs::resize_file(file, 0);
  }
  SECTION("a bit of the magic number") {
    flip_byte(file, 0);
  }
  SECTION("a bit of the sizes") {
    flip_byte(file, 15);
  }
  SECTION("a bit of a pixel") {
    flip_byte(file, 4096 + 7);
  }
  SECTION("a bit of the labels") {
    flip_byte(file, size - 5);
  }
  CHECK(open_cache_file(file) == nullptr);
  CHECK(open_mnist_at(sandbox).fingerprint == fingerprint);
  CHECK(open_cache_file(file) != nullptr);
}

TEST_CASE("a folder that cannot be written is named", "[data]") {
  const Sandbox sandbox;
  write_mnist(sandbox, {2, 0, 1});
  sandbox.write("cache", "a file where the folder should be");
  CHECK(message_of<WriteError>([&] { open_mnist_at(sandbox); }) ==
        sandbox.path("cache/data") + ": cannot keep the decoded images: Not a directory");
}

TEST_CASE("a full disk is an error that names the cache file", "[data]") {
  const Sandbox sandbox;
  // A limit on the size of files stands in for the disk; the signal would end the process.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  CacheWriter writer(sandbox.path("x.images"));
  const std::vector<uint8_t> pixels(size_t{1} << 17U);
  const std::string message =
      message_of<WriteError>([&] { writer.add(pixels.data(), pixels.size()); });
  setrlimit(RLIMIT_FSIZE, &before);
  CHECK(message == sandbox.path("x.images") + ": cannot be written: File too large");
}

TEST_CASE("of processes that open at once one decodes, and all see the same", "[data]") {
  const Sandbox sandbox;
  write_mnist(sandbox, {2, 0, 1});
  const std::string source = sandbox.path("t10k-images-idx3-ubyte");
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      bool right = false;
      try {
        right = open_mnist_at(sandbox).test->pixels(2)[3] == 23;
      } catch (const Error&) {
        right = false;
      }
      _exit(right ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  CHECK(cache_files(sandbox).size() == 2);
  const fs::directory_iterator files(sandbox.path("cache/data"));
  CHECK(std::distance(begin(files), end(files)) == 4);  // each with its lock
}

}  // namespace qsweep
