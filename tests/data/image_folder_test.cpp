#include "qsweep/data/dataset.hpp"

#include "made_images.hpp"
#include "sandbox.hpp"

namespace qsweep {
namespace {

std::string png(uint8_t value) {
  return png_of(plain(4, 4, {value, 0, 0}));
}

/// Two classes, three training images, one test image in `test_split`.
void write_folder(const Sandbox& sandbox, const std::string& test_split) {
  sandbox.write("train/cat/b.png", png(2));
  sandbox.write("train/cat/a.PNG", png(1));
  sandbox.write("train/dog/a.png", png(3));
  sandbox.write(test_split + "/dog/a.png", png(4));
}

Dataset open_folder(const Sandbox& sandbox) {
  return open_dataset(settings_for("image_folder", sandbox.path("")), sandbox.cache(), 2);
}

std::string error_of(const Sandbox& sandbox) {
  return message_of<IoError>([&] { open_folder(sandbox); });
}

}  // namespace

TEST_CASE("an image folder's classes and files are sorted by name", "[data]") {
  const Sandbox sandbox;
  write_folder(sandbox, GENERATE("test", "val"));
  const Dataset dataset = open_folder(sandbox);
  CHECK(dataset.classes == std::vector<std::string>{"cat", "dog"});
  CHECK(dataset.train->count() == 3);
  CHECK(dataset.train->pixels(0)[0] == 1);
  CHECK(dataset.train->pixels(1)[0] == 2);
  CHECK(dataset.train->pixels(2)[0] == 3);
  CHECK(dataset.train->label(1) == 0);
  CHECK(dataset.train->label(2) == 1);
  CHECK(dataset.test->pixels(0)[0] == 4);
  CHECK(dataset.test->label(0) == 1);
  CHECK(dataset.warnings.empty());
}

TEST_CASE("test comes before val where both exist, and either can be named", "[data]") {
  const Sandbox sandbox;
  write_folder(sandbox, "test");
  sandbox.write("val/cat/a.png", png(9));
  CHECK(open_folder(sandbox).test->pixels(0)[0] == 4);
  Settings settings = settings_for("image_folder", sandbox.path(""));
  settings.data.test = "val";
  CHECK(open_dataset(settings, sandbox.cache(), 1).test->pixels(0)[0] == 9);
  settings.data.test = "vall";
  CHECK(message_of<ConfigError>([&] { open_dataset(settings, sandbox.cache(), 1); }) ==
        "data.test: unknown split 'vall'; did you mean 'val'?");
}

TEST_CASE("files that are no images are left out with a warning", "[data]") {
  const Sandbox sandbox;
  write_folder(sandbox, "test");
  sandbox.write("train/cat/notes.txt", "x");
  sandbox.write("train/cat/.hidden", "x");
  CHECK(open_folder(sandbox).warnings ==
        std::vector<std::string>{
            sandbox.path("train") +
            ": left out 1 file in no class, or not .jpg, .jpeg or .png, such as " +
            sandbox.path("train/cat/notes.txt")});
}

TEST_CASE("what is wrong with an image folder is said with its name", "[data]") {
  const Sandbox sandbox;
  CHECK(error_of(sandbox) == sandbox.path("train") + ": no such folder; images are looked for in " +
                                 sandbox.path("SPLIT/CLASS/*.jpg"));
  std::filesystem::create_directories(sandbox.path("train"));
  CHECK(error_of(sandbox) == sandbox.path("train") + ": is empty; images are looked for in " +
                                 sandbox.path("train/CLASS/*.jpg"));
  write_folder(sandbox, "test");
  std::filesystem::create_directories(sandbox.path("train/ant"));
  CHECK(error_of(sandbox) ==
        sandbox.path("train/ant") + ": holds no image; .jpg, .jpeg and .png are read");
  std::filesystem::remove(sandbox.path("train/ant"));
  sandbox.write("test/dogs/a.png", png(1));
  CHECK(error_of(sandbox) ==
        sandbox.path("test/dogs") +
            ": 'dogs' is not among the 2 classes of 'train'; did you mean 'dog'?");
}

TEST_CASE("links are followed, but not round in circles", "[data]") {
  const Sandbox sandbox;
  write_folder(sandbox, "test");
  std::filesystem::create_directory_symlink("dog", sandbox.path("train/wolf"));
  CHECK(open_folder(sandbox).train->count() == 4);
  std::filesystem::create_directory_symlink("circle", sandbox.path("train/cat/circle"));
  CHECK(error_of(sandbox) ==
        sandbox.path("train/cat/circle") + ": Too many levels of symbolic links");
}

TEST_CASE("a class has a name that is a text", "[data]") {
  const Sandbox sandbox;
  write_folder(sandbox, "test");
  std::filesystem::create_directory(sandbox.path("train/\xFF"));
  CHECK(error_of(sandbox) ==
        sandbox.path("train") + ": a folder's name is no text in UTF-8, but a class has one");
}

TEST_CASE("a damaged image of a folder is named, the first in order", "[data]") {
  const Sandbox sandbox;
  write_folder(sandbox, "test");
  sandbox.write("train/cat/b.png", "no image");
  sandbox.write("train/dog/a.png", "no image");
  CHECK(error_of(sandbox) == sandbox.path("train/cat/b.png") + ": is neither a JPEG nor a PNG");
}

TEST_CASE("images of several sizes need a size", "[data]") {
  const Sandbox sandbox;
  write_folder(sandbox, "test");
  sandbox.write("train/dog/a.png", png_of(gradient(6, 9, 3)));
  CHECK(error_of(sandbox) == sandbox.path("train/dog/a.png") +
                                 ": is 9x6, but the first image is 4x4; give data.size, to which "
                                 "all are brought; the first is " +
                                 sandbox.path("train/cat/a.PNG"));
  Settings settings = settings_for("image_folder", sandbox.path(""));
  settings.data.resize = settings.data.crop = 4;
  const Dataset dataset = open_dataset(settings, sandbox.cache(), 1);
  CHECK(dataset.height == 4);
  CHECK(dataset.width == 4);
}

TEST_CASE("splits of different sizes need a size", "[data]") {
  const Sandbox sandbox;
  write_folder(sandbox, "test");
  sandbox.write("test/dog/a.png", png_of(gradient(6, 9, 3)));
  CHECK(error_of(sandbox) ==
        "the images of 'test' are 9x6, those of the training split 4x4; give data.size, to which "
        "all are brought");
}

}  // namespace qsweep
