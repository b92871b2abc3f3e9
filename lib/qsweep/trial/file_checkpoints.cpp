#include "qsweep/trial/file_checkpoints.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/unfinished_file.hpp"
#include "qsweep/model/named_tensors.hpp"
#include "qsweep/model/state_file.hpp"

#include <torch/types.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace qsweep {
namespace {

namespace fs = std::filesystem;
using torch::Tensor;

constexpr int kFormat = 1;
constexpr std::chrono::minutes kLongest{5};  // without one
constexpr int kShare = 50;                   // writing takes at most this part of the time
const std::string kTraining = "training.";

Tensor bytes_of(const std::string& text) {
  Tensor bytes = torch::empty({static_cast<int64_t>(text.size())}, torch::kByte);
  std::copy(text.begin(), text.end(), bytes.data_ptr<uint8_t>());
  return bytes;
}

std::string text_of(const Tensor& bytes) {
  if (!bytes.defined() || bytes.scalar_type() != torch::kByte || !bytes.is_contiguous()) {
    return "";
  }
  return {bytes.data_ptr<uint8_t>(), bytes.data_ptr<uint8_t>() + bytes.numel()};
}

std::vector<double> numbers_from(const Tensor& tensor) {
  std::vector<double> numbers;
  for (int64_t i = 0; tensor.defined() && i < tensor.numel(); ++i) {
    numbers.push_back(tensor[i].item<double>());
  }
  return numbers;
}

}  // namespace

FileCheckpoints::FileCheckpoints(std::string path,
                                 const Json& key,
                                 std::string name,
                                 const WorkerSignals& signals)
    : path_(std::move(path)),
      key_(Json{{"format", kFormat}, {"key", key}}.dump()),
      name_(std::move(name)),
      signals_(signals) {
  remove_unfinished(path_);
  if (fs::exists(path_)) {
    read();
  }
}

void FileCheckpoints::read() {
  try {
    const NamedTensors kept = read_state_file(path_);
    if (text_of(tensor_named(kept, "key")) != key_) {
      signals_.log("the checkpoint " + path_ +
                   " was made by another version or for other settings; it does not count");
      return;
    }
    const Tensor at = tensor_named(kept, "at");
    numbers_ = numbers_from(tensor_named(kept, "numbers"));
    last_ = TrainingState{
        static_cast<int>(at[0].item<int64_t>()), at[1].item<int64_t>(), part_of(kept, kTraining)};
    epochs_ = last_->epochs;
  } catch (const IoError& error) {
    signals_.log(std::string("the checkpoint does not count: ") + error.what());
  }
}

std::optional<TrainingState> FileCheckpoints::take_last() {
  if (last_) {
    signals_.log(name_ + " goes on from a checkpoint: after epoch " +
                 std::to_string(last_->epochs) + " and " + std::to_string(last_->steps) +
                 " steps of the next");
  }
  return std::exchange(last_, std::nullopt);
}

bool FileCheckpoints::is_due(Moment moment) {
  const auto passed = Clock::now() - kept_at_;
  stopping_ = signals_.stop_requested();
  return stopping_ || passed >= kLongest || (moment == Moment::Epoch && passed >= kShare * cost_);
}

void FileCheckpoints::keep(const TrainingState& state) {
  const auto start = Clock::now();
  NamedTensors kept{{"key", bytes_of(key_)},
                    {"at", torch::tensor({int64_t{state.epochs}, state.steps}, torch::kLong)}};
  if (!numbers_.empty()) {
    kept.emplace_back("numbers", torch::tensor(numbers_, torch::kDouble));
  }
  add_part(kept, kTraining, state.tensors);
  std::error_code unseen;  // writing says why
  fs::create_directories(fs::path(path_).parent_path(), unseen);
  write_state_file(path_, kept);
  kept_at_ = Clock::now();
  cost_ = kept_at_ - start;
  if (stopping_) {
    throw TrialStopped("the training goes on from a checkpoint next time");
  }
}

void remove_checkpoint(const std::string& path) {
  std::error_code ignored;
  fs::remove(path, ignored);
  remove_unfinished(path);
}

}  // namespace qsweep
