#include "qsweep/data/download.hpp"

#include "qsweep/data/cifar_binary.hpp"
#include "qsweep/data/dataset.hpp"
#include "qsweep/data/idx_folder.hpp"
#include "qsweep/data/unpack_archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <signal.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "sandbox.hpp"

namespace qsweep {
namespace fs = std::filesystem;

namespace {

constexpr const char* kServer = R"(
import functools, http.server, sys
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=sys.argv[1]))
open(sys.argv[2] + ".new", "w").write(str(server.server_port))
import os; os.rename(sys.argv[2] + ".new", sys.argv[2])
server.serve_forever()
)";

/// A folder that can be fetched from over HTTP on loopback, and the environment that says so.
class Mirror {
 public:
  Mirror() {
    fs::create_directories(sandbox_.path("files"));
    const std::string files = sandbox_.path("files");
    const std::string port = sandbox_.path("port");
    process_ = fork();
    if (process_ == 0) {
      execl("/usr/bin/python3", "python3", "-c", kServer, files.c_str(), port.c_str(), nullptr);
      _exit(127);
    }
    for (int i = 0; i < 200 && !fs::exists(port); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    base_ = "http://127.0.0.1:" + read_text(port);
    setenv("QSWEEP_DOWNLOAD_BASE", base_.c_str(), 1);
  }
  ~Mirror() {
    unsetenv("QSWEEP_DOWNLOAD_BASE");
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
  }
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  void offer(const std::string& name, const std::string& bytes) const {
    sandbox_.write("files/" + name, bytes);
  }
  const std::string& base() const { return base_; }

 private:
  Sandbox sandbox_;
  pid_t process_ = 0;
  std::string base_;
};

const RemoteFile kHello = {
    "http://unused.invalid/", "hello.txt", "5d41402abc4b2a76b9719d911017c592"};  // MD5 of "hello"

std::string tar_gz(const std::vector<std::pair<std::string, std::string>>& files) {
  const Sandbox sandbox;
  const std::string path = sandbox.path("x.tar.gz");
  archive* writer = archive_write_new();
  archive_write_add_filter_gzip(writer);
  archive_write_set_format_ustar(writer);
  archive_write_open_filename(writer, path.c_str());
  for (const auto& [name, bytes] : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(writer, entry);
    archive_write_data(writer, bytes.data(), bytes.size());
    archive_entry_free(entry);
  }
  archive_write_free(writer);
  return read_text(path);
}

std::string md5_of(const std::string& bytes) {
  const Sandbox sandbox;
  const std::string command =
      "md5sum < " + sandbox.write("bytes", bytes) + " > " + sandbox.path("md5");
  REQUIRE(std::system(command.c_str()) == 0);
  return read_text(sandbox.path("md5")).substr(0, 32);
}

/// A data set of CIFAR's form: a record each of class 1 and 0.
CifarLayout two_classes(const std::string& archive) {
  CifarLayout layout;
  layout.classes = {"a", "b"};
  layout.train_files = {"data.bin"};
  layout.test_file = "test.bin";
  layout.folder = "batches";
  layout.archive = {"http://unused.invalid/", "set.tar.gz", md5_of(archive)};
  return layout;
}

}  // namespace

TEST_CASE("a data set is fetched, unpacked, and read", "[data]") {
  const Mirror mirror;
  const Sandbox sandbox;
  const std::string archive = tar_gz({{"batches/data.bin", '\1' + std::string(3072, 7)},
                                      {"batches/test.bin", '\0' + std::string(3072, 8)}});
  mirror.offer("set.tar.gz", archive);
  const SourceRequest request{sandbox.path("new/root"), true, "train"};
  const auto source = open_cifar(two_classes(archive), request);
  CHECK(source->open("train")->label(0) == 1);
  CHECK(source->open("test")->image(0).pixels[5] == 8);
  CHECK(!fs::exists(sandbox.path("new/root/set.tar.gz")));
}

TEST_CASE("a packed pair of IDX files is fetched and read", "[data]") {
  const Mirror mirror;
  const Sandbox sandbox;
  const std::string images = gzip(idx_images(2, 2, 2));
  const std::string labels = gzip(idx_labels({1, 0}));
  for (const std::string prefix : {"train", "t10k"}) {
    mirror.offer(prefix + "-images-idx3-ubyte.gz", images);
    mirror.offer(prefix + "-labels-idx1-ubyte.gz", labels);
  }
  IdxLayout layout;
  layout.classes = {"a", "b"};
  layout.md5 = {md5_of(images), md5_of(labels), md5_of(images), md5_of(labels)};
  const auto source = open_idx_folder(layout, {sandbox.path("root"), true, "train"});
  CHECK(source->open("train")->label(0) == 1);
  CHECK(source->open("test")->image(1).pixels == std::vector<uint8_t>{10, 11, 12, 13});
}

TEST_CASE("a file is fetched and its checksum tested", "[data]") {
  const Mirror mirror;
  const Sandbox sandbox;
  mirror.offer("hello.txt", "hello");
  download_file(kHello, sandbox.path(""), {"hello.txt"});
  CHECK(read_text(sandbox.path("hello.txt")) == "hello");
  const fs::directory_iterator files(sandbox.path(""));
  CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("a file of another content is not kept", "[data]") {
  const Mirror mirror;
  const Sandbox sandbox;
  mirror.offer("hello.txt", "hallo");
  CHECK(message_of<IoError>([&] {
          download_file(kHello, sandbox.path("."), {"a.bin", "b.bin"});
        }) ==
        mirror.base() +
            "/hello.txt: wrong checksum: its MD5 is 598d4c200461b81522a3328565c25f7c, expected "
            "5d41402abc4b2a76b9719d911017c592; put a.bin, b.bin into " +
            sandbox.path("."));
  CHECK(fs::is_empty(sandbox.path("")));
}

TEST_CASE("a file that the server does not have is an error that says what to put where",
          "[data]") {
  const Mirror mirror;
  const Sandbox sandbox;
  CHECK(message_of<IoError>([&] {
          download_file(kHello, sandbox.path("."), {"a.bin", "b.bin"});
        }) == mirror.base() +
                  "/hello.txt: cannot be downloaded: The requested URL returned error: 404; put "
                  "a.bin, b.bin into " +
                  sandbox.path("."));
  CHECK(fs::is_empty(sandbox.path("")));
}

TEST_CASE("without a network, a data set says which files to put where", "[data]") {
  const Sandbox sandbox;
  setenv("QSWEEP_DOWNLOAD_BASE", "http://127.0.0.1:1/", 1);  // nobody listens there
  Settings settings = settings_for("cifar10", sandbox.path("cifar"));
  settings.data.download = true;
  const std::string message =
      message_of<IoError>([&] { open_dataset(settings, sandbox.cache(), 1); });
  unsetenv("QSWEEP_DOWNLOAD_BASE");
  const std::string start = "http://127.0.0.1:1/cifar-10-binary.tar.gz: cannot be downloaded: ";
  CHECK(message.substr(0, start.size()) == start);
  CHECK_THAT(message,
             ContainsSubstring("; put data_batch_1.bin, data_batch_2.bin, data_batch_3.bin, "
                               "data_batch_4.bin, data_batch_5.bin, test_batch.bin into " +
                               sandbox.path("cifar")));
}

TEST_CASE("files that are there are not fetched", "[data]") {
  const Sandbox sandbox;
  setenv("QSWEEP_DOWNLOAD_BASE", "http://127.0.0.1:1/", 1);
  for (const std::string prefix : {"train", "t10k"}) {
    sandbox.write(prefix + "-images-idx3-ubyte", idx_images(1, 2, 2));
    sandbox.write(prefix + "-labels-idx1-ubyte.gz", gzip(idx_labels({3})));
  }
  Settings settings = settings_for("mnist", sandbox.path(""));
  settings.data.download = true;
  CHECK(open_dataset(settings, sandbox.cache(), 1).train->label(0) == 3);
  unsetenv("QSWEEP_DOWNLOAD_BASE");
}

TEST_CASE("wanted files are taken out of an archive, and land nowhere else", "[data]") {
  const Sandbox sandbox;
  const std::string archive = sandbox.write(
      "x.tar.gz", tar_gz({{"folder/a.bin", "AAA"}, {"../../b.bin", "BBB"}, {"c.bin", "CCC"}}));
  unpack_files(archive, {"a.bin", "b.bin"}, sandbox.path("out"));
  CHECK(read_text(sandbox.path("out/a.bin")) == "AAA");
  CHECK(read_text(sandbox.path("out/b.bin")) == "BBB");
  CHECK(!fs::exists(sandbox.path("out/c.bin")));
  CHECK(message_of<IoError>([&] { unpack_files(archive, {"d.bin"}, sandbox.path("out")); }) ==
        archive + ": 'd.bin' is not in the archive");
}

TEST_CASE("a damaged archive is named", "[data]") {
  const Sandbox sandbox;
  const std::string bytes = tar_gz({{"a.bin", std::string(5000, 'a')}, {"b.bin", "BBB"}});
  const std::string cut = sandbox.write("cut.tar.gz", bytes.substr(0, bytes.size() / 2));
  const std::string message =
      message_of<IoError>([&] { unpack_files(cut, {"b.bin"}, sandbox.path("out")); });
  CHECK(message.substr(0, cut.size() + 19) == cut + ": damaged archive: ");
}

}  // namespace qsweep
