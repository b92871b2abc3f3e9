#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/facts.hpp"
#include "qsweep/plan/plan.hpp"
#include "qsweep/plan/row_settings.hpp"
#include "qsweep/plan/site_classes.hpp"

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

namespace qsweep {

/// A data set as some rows read it.
struct DataContext {
  DataFacts facts;
  Warnings warnings;  // of the facts, each at the setting that it is about
  std::string identity;
};

/// A model on a data set.
struct ModelContext {
  ModelChoice choice;
  std::shared_ptr<const DataContext> data;
  Network network;
  DataSettings data_settings;  // with the mean and std that apply to this model
  std::string identity;
  uint32_t number = 0;  // tells contexts apart

  bool is_pretrained() const { return network.facts.weights.empty(); }
};

/// Asks for the facts that rows need, once for each data set and each model on it.
class ModelContexts {
 public:
  ModelContexts(const Catalog& catalog, FactSource& facts);

  /// Throws ConfigError at a model without weights where the file has no `pretrain`.
  const ModelContext& get(const ModelChoice& model, const RowSettings& settings);
  const std::vector<const ModelContext*>& all() const { return all_; }

 private:
  std::shared_ptr<const DataContext> data_for(const RowSettings& settings, const std::string& key);
  DataSettings data_settings_for(const ModelChoice& model, const Settings& settings) const;

  const Catalog& catalog_;
  FactSource& facts_;
  std::unordered_map<std::string, std::shared_ptr<const DataContext>> data_;
  std::unordered_map<std::string, std::unique_ptr<const ModelContext>> models_;
  std::vector<const ModelContext*> all_;
};

}  // namespace qsweep
