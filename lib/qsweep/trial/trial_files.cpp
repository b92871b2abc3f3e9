#include "qsweep/core/atomic_file.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/model/state_file.hpp"
#include "qsweep/trial/layers_csv.hpp"
#include "qsweep/trial/stages.hpp"

#include <filesystem>
#include <fstream>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

// A bit per image, the first image in the lowest bit of the first byte.
std::string packed(const std::vector<bool>& bits) {
  std::string bytes((bits.size() + 7) / 8, '\0');
  for (size_t i = 0; i < bits.size(); ++i) {
    if (bits[i]) {
      bytes[i / 8] = static_cast<char>(static_cast<unsigned char>(bytes[i / 8]) | 1U << (i % 8));
    }
  }
  return bytes;
}

// Under its name it is whole.
void copy_whole(const std::string& from, const std::string& to) {
  std::ifstream file(from, std::ios::binary);
  AtomicFile whole(to);
  std::string block(size_t{1} << 20U, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    whole.add(std::string_view(block).substr(0, static_cast<size_t>(file.gcount())));
  }
  if (!file.eof()) {
    throw IoError(from, "cannot be read: " + system_reason());
  }
  whole.commit();
}

std::string trial_folder(const Stage& stage) {
  const fs::path folder = fs::path(stage.bench.options().run_directory) / "trials" / stage.trial.id;
  std::error_code failed;  // what is written there says it
  fs::create_directories(folder, failed);
  return folder.string();
}

}  // namespace

void leave_weights(const Stage& stage, const Model& model, const Binding* binding) {
  const std::string folder = trial_folder(stage);
  if (binding != nullptr) {
    write_state_file(folder + "/binding.pt", binding->state());
  }
  write_state_file(folder + "/weights.pt", state_of(model));
}

void leave_files(const Stage& stage,
                 const Model& model,
                 const Binding* binding,
                 const EvaluationResult& result) {
  const fs::path folder = trial_folder(stage);
  write_atomically(folder / "correct.bits", packed(result.correct));
  if (binding != nullptr) {
    write_atomically(folder / "layers.csv", layers_csv(model.layers(), binding->reports()));
    if (const NamedTensors learned = binding->parameters(); !learned.empty()) {
      write_state_file((folder / "quantizers.pt").string(), learned);
    }
  }
  const std::string pretrained = pretrained_path(stage);
  if (stage.trial.is_float() && !pretrained.empty()) {
    copy_whole(pretrained, folder / "weights.pt");
  }
}

}  // namespace qsweep
