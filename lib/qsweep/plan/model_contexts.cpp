#include "qsweep/plan/model_contexts.hpp"

#include "qsweep/plan/identity.hpp"

#include <utility>

namespace qsweep {
namespace {

// What the images depend on. Only a part of them is drawn, by the seed.
std::string data_key(const RowSettings& settings) {
  const bool draws = settings.of(Section::Data).data.images > 0;
  return settings.identity(Section::Data) + settings.identity(Section::Validation) +
         (draws ? settings.identity(Section::Seed) : "");
}

}  // namespace

ModelContexts::ModelContexts(const Experiment& experiment,
                             const Catalog& catalog,
                             FactSource& facts)
    : experiment_(experiment), catalog_(catalog), facts_(facts) {}

const ModelContext& ModelContexts::get(const ModelChoice& model, const RowSettings& settings) {
  const std::string key = data_key(settings);
  auto& context = models_[model.as + '\n' + key];
  if (context == nullptr) {
    const Settings whole = settings.whole();
    const auto data = data_for(settings, key);
    ModelContext made{model,
                      data,
                      Network(facts_.model(model, whole)),
                      data_settings_for(model, whole),
                      "",
                      static_cast<uint32_t>(all_.size())};
    made.identity = model_identity(model, made.network.facts, made.data_settings, data->facts);
    context = std::make_unique<const ModelContext>(std::move(made));
    all_.push_back(context.get());
  }
  if (context->is_pretrained() && settings.identity(Section::Pretrain).empty()) {
    throw config_error(model.place,
                       "the model '" + model.as +
                           "' comes without weights; give 'weights: PATH' or a "
                           "'pretrain' section");
  }
  return *context;
}

std::shared_ptr<const DataContext> ModelContexts::data_for(const RowSettings& settings,
                                                           const std::string& key) {
  auto& context = data_[key];
  if (context == nullptr) {
    const Node* section = experiment_.settings.find("data");
    const Place& place = section == nullptr ? experiment_.settings.place : section->place;
    DataContext made;
    made.facts = facts_.data(settings.whole(), place);
    made.identity = data_identity(settings.of(Section::Data).data, made.facts);
    context = std::make_shared<const DataContext>(std::move(made));
  }
  return context;
}

DataSettings ModelContexts::data_settings_for(const ModelChoice& model,
                                              const Settings& settings) const {
  DataSettings data = settings.data;
  const auto choose = [](const std::vector<double>& own,
                         std::vector<double>& given,
                         const std::vector<double>& customary) {
    if (!own.empty()) {
      given = own;
    } else if (given.empty()) {
      given = customary;
    }
  };
  const Catalog::Dataset* dataset = catalog_.dataset(data.name);
  const Catalog::Dataset unknown;
  const Catalog::Dataset& defaults = dataset == nullptr ? unknown : *dataset;
  choose(model.mean, data.mean, defaults.mean);
  choose(model.std, data.std, defaults.std);
  return data;
}

}  // namespace qsweep
