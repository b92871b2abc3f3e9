#include "qsweep/core/error.hpp"
#include "qsweep/model/state/allowed_globals.hpp"
#include "qsweep/model/state/pickle_machine.hpp"
#include "qsweep/model/state/state_formats.hpp"
#include "qsweep/model/state/stored_types.hpp"

namespace qsweep {
namespace {

using PickleKind = PickleValue::Kind;

constexpr size_t kDeepest = 100;
constexpr size_t kMostModules = size_t{1} << 16;

// Goes through a module tree of attributes. A module may stand in two places of it; one that holds
// itself is stopped by the limits.
class ScriptWalk {
 public:
  ScriptWalk(std::string file, const PickleDocument& document, StoredTensors& tensors)
      : file_(std::move(file)), document_(document), tensors_(tensors) {}

  NamedTensors run() {
    visit(document_.root, "", 0);
    return std::move(found_);
  }

 private:
  void visit(PickleRef module, const std::string& prefix, size_t depth) {
    if (depth > kDeepest || ++modules_ > kMostModules) {
      throw IoError(file_,
                    "its modules nest too deeply, or are too many, at '" + shown(prefix) + "'");
    }
    const std::vector<PickleRef>& state = document_[module].items;
    // A class with a __getstate__ of its own has no attributes by name.
    if (state.empty() || document_[state[0]].kind != PickleKind::Dict) {
      return;
    }
    const std::vector<PickleRef>& attributes = document_[state[0]].items;
    for (size_t i = 0; i + 1 < attributes.size(); i += 2) {
      const std::string name = prefix + document_[attributes[i]].text;
      const PickleRef value = attributes[i + 1];
      if (tensors_.is_tensor(value)) {
        found_.emplace_back(name, tensors_.make(value, name));
      } else if (document_[value].kind == PickleKind::Object) {
        visit(value, name + '.', depth + 1);
      }
    }
  }

  std::string file_;
  const PickleDocument& document_;
  StoredTensors& tensors_;
  NamedTensors found_;
  size_t modules_ = 0;
};

bool is_any_global(std::string_view /*name*/) {
  return true;
}

bool is_storage(const PickleDocument& document, const PickleValue& value) {
  if (value.kind != PickleKind::Persistent || value.items.empty()) {
    return false;
  }
  const std::vector<PickleRef>& parts = document[value.items[0]].items;
  return parts.size() > 1 && is_storage_class(document[parts[1]].text);
}

// What such a machine does not read, such as an object of C++, is left to LibTorch.
PickleDocument document_of(const std::string& file, std::string_view pickle) {
  ByteReader reader(file, pickle);
  try {
    return PickleMachine(reader, is_any_global).run();
  } catch (const IoError&) {
    return {};
  }
}

}  // namespace

void check_script_storages(const std::string& file, const ZipArchive& archive) {
  for (const std::string name : {"data", "constants"}) {
    const PickleDocument document = document_of(file, archive.record(name + ".pkl"));
    for (size_t i = 0; i < document.values.size(); ++i) {
      if (!is_storage(document, document.values[i])) {
        continue;
      }
      const StorageId id = storage_id(file, document, static_cast<PickleRef>(i));
      const std::string record = name + '/' + std::string(id.key);
      const size_t bytes = archive.record(record).size();
      if (bytes < id.bytes()) {
        throw IoError(file,
                      "is damaged: the record '" + shown(record) + "' has " +
                          std::to_string(bytes) + " bytes, its tensor " +
                          std::to_string(id.bytes()));
      }
    }
  }
}

NamedTensors read_script_state(const std::string& file, const ZipArchive& archive) {
  ByteReader reader(file, archive.record("data.pkl"));
  const PickleDocument document = PickleMachine(reader, allowed_in_script).run();
  if (document[document.root].kind != PickleKind::Object) {
    throw IoError(file, "is a TorchScript archive without a module");
  }
  StoredTensors tensors(file, document, fetch_from(archive));
  return ScriptWalk(file, document, tensors).run();
}

}  // namespace qsweep
