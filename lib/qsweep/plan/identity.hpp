#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/facts.hpp"
#include "qsweep/plan/trial.hpp"

#include <string>
#include <string_view>

namespace qsweep {

/// What a trial's numbers depend on, each part as canonical JSON text. An empty part is not read by
/// the trial and is no part of its identity. Names, paths, workers, threads and time never are.
struct IdentityParts {
  std::string augment;
  std::string calibrate;
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
std::string data_identity(const DataSettings& data, const DataFacts& facts);
std::string model_identity(const ModelChoice& model,
                           const ModelFacts& model_facts,
                           const DataSettings& data,
                           const DataFacts& data_facts);
std::string training_identity(const Training& training);
std::string calibrate_identity(const Calibration& calibrate);
std::string evaluate_identity(const Settings& settings);
/// Of sites by quantizer, whatever rules they come from.
std::string groups_identity(const std::vector<SiteGroup>& groups);

}  // namespace qsweep
