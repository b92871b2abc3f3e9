#include "qsweep/model/state/zip_archive.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/state/byte_reader.hpp"

#include <array>
#include <optional>
#include <utility>
#include <zlib.h>

namespace qsweep {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kRecord = "PK\3\4"sv;
constexpr std::string_view kDirectoryEntry = "PK\1\2"sv;
constexpr std::string_view kEnd = "PK\5\6"sv;
constexpr size_t kEndSize = 22;
constexpr uint64_t kEncrypted = 1;
constexpr uint64_t kStored = 0;
constexpr uint64_t kDeflated = 8;

uint64_t checksum_of(std::string_view bytes) {
  return crc32_z(
      crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

// A deflated record, unpacked piece by piece.
class Unpacking {
 public:
  explicit Unpacking(std::string_view packed) {
    constexpr int kWithoutHeader = -15;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    state_ = inflateInit2(&stream_, kWithoutHeader);
  }
  Unpacking(const Unpacking&) = delete;
  Unpacking& operator=(const Unpacking&) = delete;
  ~Unpacking() { inflateEnd(&stream_); }

  /// Nothing: what is packed is damaged.
  std::optional<uint64_t> checksum() {
    uint64_t sum = crc32_z(0, nullptr, 0);
    while (state_ == Z_OK) {
      stream_.next_out = piece_.data();
      stream_.avail_out = static_cast<uInt>(piece_.size());
      state_ = inflate(&stream_, Z_NO_FLUSH);
      sum = crc32_z(sum, piece_.data(), piece_.size() - stream_.avail_out);
    }
    return state_ == Z_STREAM_END ? std::make_optional(sum) : std::nullopt;
  }

 private:
  z_stream stream_{};
  std::array<Bytef, size_t{1} << 16> piece_{};
  int state_ = Z_OK;
};

}  // namespace

ZipArchive::ZipArchive(std::string file, std::string_view bytes)
    : file_(std::move(file)), bytes_(bytes) {
  read_directory(find_directory());
  find_folder();
}

// torch.save ends its files with the directory's end, without a comment.
ZipArchive::Directory ZipArchive::find_directory() const {
  if (bytes_.size() < kEndSize || bytes_.substr(bytes_.size() - kEndSize, kEnd.size()) != kEnd) {
    fail("is cut off: the directory at the end of the zip file is missing");
  }
  const size_t end_at = bytes_.size() - kEndSize;
  ByteReader end(file_, bytes_.substr(end_at));
  end.take(8);  // the magic number and the numbers of disks
  end.take(2);  // entries on this disk
  Directory directory;
  directory.entries = end.take_unsigned(2);
  const uint64_t size = end.take_unsigned(4);
  const uint64_t begin = end.take_unsigned(4);
  if (begin > end_at || size > end_at - begin) {
    fail("is damaged: the directory of the zip file is not where its end says");
  }
  directory.bytes = bytes_.substr(begin, size);
  return directory;
}

void ZipArchive::read_directory(const Directory& directory) {
  ByteReader reader(file_, directory.bytes);
  for (uint64_t i = 0; i < directory.entries; ++i) {
    if (reader.take(kDirectoryEntry.size()) != kDirectoryEntry) {
      fail("is damaged: entry " + std::to_string(i) + " of the zip directory is none");
    }
    Entry entry;
    reader.take(4);  // versions
    entry.flags = reader.take_unsigned(2);
    entry.method = reader.take_unsigned(2);
    reader.take(4);  // time and date
    entry.checksum = reader.take_unsigned(4);
    entry.size = reader.take_unsigned(4);  // as stored
    reader.take(4);                        // unpacked
    const uint64_t name_length = reader.take_unsigned(2);
    const uint64_t rest = reader.take_unsigned(2) + reader.take_unsigned(2);
    reader.take(8);  // disk and attributes
    entry.header_at = reader.take_unsigned(4);
    const std::string name(reader.take(name_length));
    reader.take(rest);
    if (!entries_.emplace(name, entry).second) {
      fail("is damaged: it has two records '" + shown(name) + "'");
    }
  }
}

void ZipArchive::find_folder() {
  constexpr std::string_view kPickle = "data.pkl";
  for (const auto& [name, entry] : entries_) {
    const size_t slash = name.find('/');
    if (slash == std::string::npos || name.substr(slash + 1) != kPickle) {
      continue;
    }
    if (!folder_.empty()) {
      fail("is damaged: it has data.pkl in two folders");
    }
    folder_ = name.substr(0, slash + 1);
  }
  if (folder_.empty()) {
    fail("is a zip file, but not of torch.save: it has no data.pkl");
  }
}

std::string_view ZipArchive::record(const std::string& name) const {
  const auto found = entries_.find(folder_ + name);
  if (found == entries_.end()) {
    fail("is damaged: it has no record '" + shown(name) + "'");
  }
  return content_of(name, found->second);
}

void ZipArchive::check_records() const {
  for (const auto& [name, entry] : entries_) {
    const bool is_inside = name.compare(0, folder_.size(), folder_) == 0;
    const std::string record = is_inside ? name.substr(folder_.size()) : name;
    check_content(record, entry, stored_bytes(record, entry));
  }
}

std::string_view ZipArchive::content_of(const std::string& name, const Entry& entry) const {
  if ((entry.flags & kEncrypted) != 0 || entry.method != kStored) {
    fail("the record '" + shown(name) + "' is packed or encrypted, which torch.save never does");
  }
  const std::string_view content = stored_bytes(name, entry);
  check_content(name, entry, content);
  return content;
}

std::string_view ZipArchive::stored_bytes(const std::string& name, const Entry& entry) const {
  if (entry.header_at > bytes_.size()) {
    fail("is damaged: the record '" + shown(name) + "' would begin behind the end");
  }
  ByteReader header(file_, bytes_.substr(entry.header_at));
  if (header.take(kRecord.size()) != kRecord) {
    fail("is damaged: the record '" + shown(name) + "' is not where the directory says");
  }
  header.take(22);
  const uint64_t names = header.take_unsigned(2) + header.take_unsigned(2);
  header.take(names);
  return header.take(entry.size);
}

void ZipArchive::check_content(const std::string& name,
                               const Entry& entry,
                               std::string_view stored) const {
  if ((entry.flags & kEncrypted) != 0 || (entry.method != kStored && entry.method != kDeflated)) {
    fail("the record '" + shown(name) + "' is packed as torch never does, or encrypted");
  }
  if (entry.checksum == 0) {  // torch 2 can leave checksums out
    return;
  }
  const auto checksum = entry.method == kStored ? std::make_optional(checksum_of(stored))
                                                : Unpacking(stored).checksum();
  if (!checksum || *checksum != entry.checksum) {
    fail("is damaged: the checksum of the record '" + shown(name) + "' is wrong");
  }
}

void ZipArchive::fail(const std::string& what) const {
  throw IoError(file_, what);
}

}  // namespace qsweep
