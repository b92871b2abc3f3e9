#include "qsweep/model/state/zip_archive.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/state/byte_reader.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>
#include <zlib.h>

namespace qsweep {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kRecord = "PK\3\4"sv;
constexpr std::string_view kDirectoryEntry = "PK\1\2"sv;
constexpr std::string_view kEnd = "PK\5\6"sv;
constexpr size_t kEndSize = 22;
// zip64: what has no place in its field is all ones there, and stands elsewhere.
constexpr std::string_view kLargeEndLocator = "PK\6\7"sv;
constexpr std::string_view kLargeEnd = "PK\6\6"sv;
constexpr size_t kLocatorSize = 20;
constexpr uint64_t kLargeExtra = 1;
constexpr uint64_t kElsewhere16 = 0xFFFF;
constexpr uint64_t kElsewhere32 = 0xFFFFFFFF;
constexpr char kLostDirectory[] =
    "is damaged: the directory of the zip file is not where its end says";
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

// Gives each field that stands elsewhere, in that order, from an entry's extra data.
void read_large_fields(ByteReader extra, const std::vector<uint64_t*>& fields) {
  constexpr size_t kHead = 4;
  while (extra.left() >= kHead) {
    const uint64_t id = extra.take_unsigned(2);
    const uint64_t size = extra.take_unsigned(2);
    const std::string_view content = extra.take(size);
    if (id == kLargeExtra) {
      ByteReader large("", content);
      for (uint64_t* field : fields) {
        if (*field == kElsewhere32 && large.left() >= sizeof(uint64_t)) {
          *field = large.take_unsigned(8);
        }
      }
    }
  }
}

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
  if (directory.entries == kElsewhere16 || size == kElsewhere32 || begin == kElsewhere32) {
    return find_large_directory(end_at);
  }
  directory.bytes = directory_bytes(begin, size, end_at);
  return directory;
}

ZipArchive::Directory ZipArchive::find_large_directory(size_t end_at) const {
  const size_t locator_at = end_at < kLocatorSize ? 0 : end_at - kLocatorSize;
  ByteReader locator(file_, bytes_.substr(locator_at, end_at - locator_at));
  if (locator.left() < kLocatorSize || locator.take(kLargeEndLocator.size()) != kLargeEndLocator) {
    fail(kLostDirectory);
  }
  locator.take(4);  // a disk
  const uint64_t large_end_at = locator.take_unsigned(8);
  if (large_end_at > locator_at) {
    fail(kLostDirectory);
  }
  ByteReader end(file_, bytes_.substr(large_end_at, locator_at - large_end_at));
  if (end.take(kLargeEnd.size()) != kLargeEnd) {
    fail(kLostDirectory);
  }
  end.take(20);  // its size, versions, disks
  end.take(8);   // entries on this disk
  Directory directory;
  directory.entries = end.take_unsigned(8);
  const uint64_t size = end.take_unsigned(8);
  const uint64_t begin = end.take_unsigned(8);
  directory.bytes = directory_bytes(begin, size, large_end_at);
  return directory;
}

std::string_view ZipArchive::directory_bytes(uint64_t begin, uint64_t size, uint64_t end) const {
  if (begin > end || size > end - begin) {
    fail(kLostDirectory);
  }
  return bytes_.substr(begin, size);
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
    uint64_t unpacked = reader.take_unsigned(4);
    const uint64_t name_length = reader.take_unsigned(2);
    const uint64_t extra_length = reader.take_unsigned(2);
    const uint64_t comment_length = reader.take_unsigned(2);
    reader.take(8);  // disk and attributes
    entry.header_at = reader.take_unsigned(4);
    const std::string name(reader.take(name_length));
    read_large_fields(ByteReader(file_, reader.take(extra_length)),
                      {&unpacked, &entry.size, &entry.header_at});
    reader.take(comment_length);
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
