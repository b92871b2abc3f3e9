#include "qsweep/model/state/allowed_globals.hpp"
#include "qsweep/model/state/pickle_machine.hpp"
#include "qsweep/model/state/state_formats.hpp"

namespace qsweep {

StoredTensors::Fetch fetch_from(const ZipArchive& archive) {
  return [&archive](const StorageId& id) { return archive.record("data/" + std::string(id.key)); };
}

NamedTensors read_zip_state(const std::string& file, const ZipArchive& archive) {
  ByteReader reader(file, archive.record("data.pkl"));
  const PickleDocument document = PickleMachine(reader, allowed_in_state).run();
  StoredTensors tensors(file, document, fetch_from(archive));
  return state_dict_of(file, document, tensors);
}

}  // namespace qsweep
