#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/facts.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qsweep {

/// What a trial's numbers depend on, each part as canonical JSON text. An empty part is not read by
/// the trial and is no part of its identity. Names, paths, workers, threads and time never are.
struct IdentityParts {
  std::string augment;
  std::string calibrate;
  std::string corrections;
  std::string data;
  std::string evaluate;
  std::string finetune;
  std::string groups;
  std::string model;
  std::string pretrain;
  std::string seed;
  std::string validation;
};

/// The text whose hash is the identity: one JSON object, keys sorted, as `dump()` writes it.
std::string identity_text(const IdentityParts& parts);

/// 16 hex digits.
std::string identity_of(std::string_view identity_text);

// The parts. A stage's settings count without those that its optimizer or schedule never reads.
// The fingerprint of the data is of the images as they are brought to the data's size and drawn; a
// model's own size is part of the model.
std::string data_identity(const DataFacts& facts);
/// Empty without a validation split.
std::string validation_identity(const DataFacts& facts);
std::string model_identity(const ModelChoice& model,
                           const ModelFacts& model_facts,
                           const DataSettings& data,
                           const DataFacts& data_facts);
std::string training_identity(const Training& training);
std::string calibrate_identity(const Calibration& calibrate);
/// Empty without any.
std::string corrections_identity(const std::vector<Correction>& corrections);
std::string evaluate_identity(const Settings& settings);
/// Of sites by the text of their quantizer, whatever rules it comes from.
std::string groups_identity(std::map<std::string, std::vector<int>> sites_by_quantizer);

}  // namespace qsweep
