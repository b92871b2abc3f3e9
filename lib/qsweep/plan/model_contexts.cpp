#include "qsweep/plan/model_contexts.hpp"

#include "qsweep/core/counted.hpp"
#include "qsweep/plan/identity.hpp"

#include <utility>

namespace qsweep {
namespace {

// What the images depend on. Where only a part is used, it is the same for all seeds.
std::string data_key(const RowSettings& settings) {
  return settings.identity(Section::Data) + settings.identity(Section::Validation);
}

// The data set's own are checked where it is opened.
void check_channels(const ModelChoice& model,
                    const std::string& key,
                    const std::vector<double>& values,
                    const DataFacts& data) {
  const auto count = static_cast<int64_t>(values.size());
  if (count != 0 && count != data.channels) {
    throw config_error(model.place_of(key),
                       "'" + key + "' of the model '" + model.as + "' has " +
                           counted(count, "value") + ", and the images have " +
                           counted(data.channels, "channel"));
  }
}

}  // namespace

ModelContexts::ModelContexts(const Catalog& catalog, FactSource& facts)
    : catalog_(catalog), facts_(facts) {}

const ModelContext& ModelContexts::get(const ModelChoice& model, const RowSettings& settings) {
  const std::string key = data_key(settings);
  auto& context = models_[model.as + '\n' + key];
  if (context == nullptr) {
    const Settings whole = settings.whole();
    const auto data = data_for(settings, key);
    check_channels(model, "mean", model.mean, data->facts);
    check_channels(model, "std", model.std, data->facts);
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
                           "' comes without weights; give 'weights: PATH' or a 'pretrain' section "
                           "with epochs above 0");
  }
  return *context;
}

std::shared_ptr<const DataContext> ModelContexts::data_for(const RowSettings& settings,
                                                           const std::string& key) {
  auto& context = data_[key];
  if (context == nullptr) {
    DataContext made;
    const SettingPlaces place_of = [&](const std::string& path) { return settings.place_of(path); };
    made.facts = facts_.data(settings.whole(), place_of);
    for (const std::string& warning : made.facts.warnings) {
      made.warnings.push_back(config_warning(place_of(setting_named_by(warning)), warning));
    }
    made.identity = data_identity(made.facts);
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
