// ROOT/SPLIT/CLASS/**.jpg, as torchvision's ImageFolder reads it: classes and files sorted by name.
#include "qsweep/config/utf8.hpp"
#include "qsweep/core/counted.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/data/decode_image.hpp"
#include "qsweep/data/read_file.hpp"
#include "qsweep/data/sources.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <utility>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 3> kEndings = {".jpg", ".jpeg", ".png"};

bool is_image(const fs::path& path) {
  std::string ending = path.extension();
  for (char& c : ending) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

bool is_hidden(const fs::path& path) {
  return path.filename().string().front() == '.';
}

/// Through links; one that leads round in circles is an error, no file.
bool is_folder(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::none) {
    throw IoError(path.string(), error.message());
  }
  return fs::is_directory(status);
}

/// The names of the folders in a folder, sorted.
std::vector<std::string> folders_in(const fs::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_folder(entry->path()) && !is_hidden(entry->path())) {
      names.push_back(entry->path().filename());
      if (first_byte_of_no_text(names.back())) {
        throw IoError(folder.string(), "a folder's name is no text in UTF-8, but a class has one");
      }
    }
  }
  if (error) {
    throw IoError(folder.string(), error.message());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The files of one split.
struct Listing {
  std::vector<std::string> files;
  std::vector<int64_t> labels;
  std::vector<std::string> others;  // neither JPEG nor PNG, going by their names
};

/// Adds the files of a class, those of subfolders too.
void list_class(const fs::path& folder, int64_t label, Listing& listing) {
  std::vector<std::pair<std::string, std::string>> found;  // folder and name, sorted by both
  std::error_code error;
  constexpr auto kOptions = fs::directory_options::follow_directory_symlink;
  for (fs::recursive_directory_iterator entry(folder, kOptions, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_folder(entry->path()) || is_hidden(entry->path())) {
      continue;
    }
    if (is_image(entry->path())) {
      found.emplace_back(entry->path().parent_path(), entry->path().filename());
    } else {
      listing.others.push_back(entry->path());
    }
  }
  if (error) {
    throw IoError(folder.string(), error.message());
  }
  if (found.empty()) {
    throw IoError(folder.string(), "holds no image; .jpg, .jpeg and .png are read");
  }
  std::sort(found.begin(), found.end());
  for (const auto& [parent, name] : found) {
    listing.files.push_back(fs::path(parent) / name);
    listing.labels.push_back(label);
  }
}

class FolderReader final : public SplitReader {
 public:
  explicit FolderReader(Listing listing) : listing_(std::move(listing)) {}
  int64_t count() const override { return static_cast<int64_t>(listing_.files.size()); }
  int64_t label(int64_t i) const override { return listing_.labels[static_cast<size_t>(i)]; }
  Image image(int64_t i) const override { return decode_image(place(i)); }
  std::string place(int64_t i) const override { return listing_.files[static_cast<size_t>(i)]; }

 private:
  Listing listing_;
};

/// Adds what lies beside the classes.
void list_strays(const fs::path& folder, Listing& listing) {
  std::error_code unlisted;  // is told where the classes are looked for
  for (fs::directory_iterator entry(folder, unlisted), end; !unlisted && entry != end;
       entry.increment(unlisted)) {
    if (!is_folder(entry->path()) && !is_hidden(entry->path())) {
      listing.others.push_back(entry->path());
    }
  }
}

class ImageFolder final : public ImageSource {
 public:
  explicit ImageFolder(const SourceRequest& request)
      : root_(request.root), train_(request.train), classes_(class_folders(request.train)) {}

  const std::vector<std::string>& classes() const override { return classes_; }
  std::vector<std::string> splits() const override { return folders_in(root_); }
  std::string test_split() const override {
    return fs::exists(root_ / "test") || !fs::exists(root_ / "val") ? "test" : "val";
  }

  SplitFacts facts(const std::string& split) const override {
    const Listing listing = list(split);
    SplitFacts facts;
    for (const std::string& name : classes_) {
      facts.stamp += name + '\n';
    }
    for (const std::string& file : listing.files) {
      facts.stamp += stamp_line(file, file.substr((root_ / split).string().size()));
    }
    if (!listing.others.empty()) {
      facts.warnings.push_back((root_ / split).string() + ": left out " +
                               counted(listing.others.size(), "file") +
                               " in no class, or not .jpg, .jpeg or .png, such as " +
                               *std::min_element(listing.others.begin(), listing.others.end()));
    }
    return facts;
  }

  std::unique_ptr<SplitReader> open(const std::string& split) const override {
    return std::make_unique<FolderReader>(list(split));
  }

 private:
  std::vector<std::string> class_folders(const std::string& split) const {
    const fs::path folder = root_ / split;
    if (!is_folder(folder)) {
      const auto nearest =
          is_folder(root_) ? nearest_name(split, folders_in(root_)) : std::optional<std::string>();
      throw IoError(folder.string(),
                    "no such folder" + (nearest ? "; did you mean '" + *nearest + "'?" : ""),
                    "; images are looked for in " + (root_ / "SPLIT" / "CLASS" / "*.jpg").string());
    }
    std::vector<std::string> names = folders_in(folder);
    if (names.empty()) {
      throw IoError(folder.string(),
                    "is empty",
                    "; images are looked for in " + (folder / "CLASS" / "*.jpg").string());
    }
    return names;
  }

  IoError stray_class(const std::string& split, const std::string& name) const {
    const auto nearest = nearest_name(name, classes_);
    return {(root_ / split / name).string(),
            "'" + name + "' is not among the " + std::to_string(classes_.size()) + " classes of '" +
                train_ + "'" + (nearest ? "; did you mean '" + *nearest + "'?" : "")};
  }

  Listing list(const std::string& split) const {
    Listing listing;
    list_strays(root_ / split, listing);
    for (const std::string& name : class_folders(split)) {
      const auto found = std::find(classes_.begin(), classes_.end(), name);
      if (found == classes_.end()) {
        throw stray_class(split, name);
      }
      list_class(root_ / split / name, found - classes_.begin(), listing);
    }
    return listing;
  }

  fs::path root_;
  std::string train_;
  std::vector<std::string> classes_;
};

}  // namespace

std::unique_ptr<ImageSource> open_image_folder(const SourceRequest& request) {
  return std::make_unique<ImageFolder>(request);
}

}  // namespace qsweep
