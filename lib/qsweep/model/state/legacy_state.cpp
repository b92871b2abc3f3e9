#include "qsweep/core/error.hpp"
#include "qsweep/model/state/allowed_globals.hpp"
#include "qsweep/model/state/pickle_machine.hpp"
#include "qsweep/model/state/state_formats.hpp"

#include <map>
#include <string>

namespace qsweep {
namespace {

using PickleKind = PickleValue::Kind;
using namespace std::string_view_literals;

constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv;
constexpr int64_t kProtocol = 1001;

PickleDocument next_pickle(ByteReader& reader) {
  return PickleMachine(reader, allowed_in_state).run();
}

void read_magic(ByteReader& reader) {
  const PickleDocument magic = next_pickle(reader);
  if (magic[magic.root].kind != PickleKind::BigInteger || magic[magic.root].text != kMagic) {
    reader.fail("is a pickle, but not of torch.save: it does not begin with its magic number");
  }
  const PickleDocument protocol = next_pickle(reader);
  if (protocol[protocol.root].kind != PickleKind::Integer ||
      protocol[protocol.root].integer != kProtocol) {
    reader.fail("is of another version of torch.save's format than 1001");
  }
}

void read_system(ByteReader& reader) {
  const PickleDocument system = next_pickle(reader);
  const std::vector<PickleRef>& items = system[system.root].items;
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (system[items[i]].text == "little_endian" && system[items[i + 1]].integer == 0) {
      reader.fail("was written on a big-endian machine, which is not read");
    }
  }
}

using Storages = std::map<std::string, std::string_view, std::less<>>;

// Their sizes are known from where the object names them.
std::map<std::string_view, StorageId> storages_named(const std::string& file,
                                                     const PickleDocument& document) {
  std::map<std::string_view, StorageId> named;
  for (PickleRef ref = 0; ref < document.values.size(); ++ref) {
    if (document[ref].kind == PickleKind::Persistent) {
      const StorageId id = storage_id(file, document, ref);
      named.emplace(id.key, id);
    }
  }
  return named;
}

// A list of keys, then for each one a count of numbers, and these.
Storages read_storages(const std::map<std::string_view, StorageId>& named, ByteReader& reader) {
  Storages storages;
  const PickleDocument keys = next_pickle(reader);
  for (const PickleRef ref : keys[keys.root].items) {
    const std::string& key = keys[ref].text;
    const auto found = named.find(key);
    if (found == named.end()) {
      reader.fail("is damaged: no tensor uses the storage '" + shown(key) + "'");
    }
    const uint64_t count = reader.take_unsigned(8);
    if (count != found->second.count) {
      reader.fail("is damaged: the storage '" + shown(key) + "' has " + std::to_string(count) +
                  " numbers, not " + std::to_string(found->second.count));
    }
    storages[key] = reader.take(found->second.bytes());
  }
  return storages;
}

}  // namespace

NamedTensors read_legacy_state(const std::string& file, std::string_view bytes) {
  ByteReader reader(file, bytes);
  read_magic(reader);
  read_system(reader);
  const PickleDocument document = next_pickle(reader);
  const Storages storages = read_storages(storages_named(file, document), reader);
  StoredTensors tensors(file, document, [&](const StorageId& id) {
    const auto found = storages.find(id.key);
    if (found == storages.end()) {
      throw IoError(file, "is damaged: it has no storage '" + shown(id.key) + "'");
    }
    return found->second;
  });
  return state_dict_of(file, document, tensors);
}

}  // namespace qsweep
