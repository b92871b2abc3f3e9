#include "qsweep/data/dataset.hpp"

#include "qsweep/config/split_expression.hpp"
#include "qsweep/core/counted.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/core/sha256.hpp"
#include "qsweep/data/image_subset.hpp"
#include "qsweep/data/registry.hpp"
#include "qsweep/data/split_cache.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <unordered_set>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

/// A split or part of one that an experiment asks for.
struct Part {
  std::string setting;
  SplitExpression expression;
  ImageRange range;
  std::shared_ptr<const CachedImages> split;
  std::shared_ptr<const Images> images;
};

SplitExpression expression_of(const std::string& text, const std::string& setting) {
  const auto expression = parse_split(text);
  if (!expression) {
    throw ConfigError(setting + ": '" + text +
                      "' is not a split; allowed are a name and a name with a slice, such as "
                      "train, test[:8000], train[45000:], train[100:200]");
  }
  return *expression;
}

/// Opens the parts of one data set; a split that several parts share is opened once.
class Opening {
 public:
  Opening(const DataSettings& settings,
          const DatasetEntry& entry,
          SplitCache cache,
          const SourceRequest& request)
      : settings_(settings),
        cache_(std::move(cache)),
        source_(entry.open(request)),
        build_(entry.plugin_build) {}

  const ImageSource& source() const { return *source_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

  Part open(const std::string& text, const std::string& setting) {
    Part part;
    part.setting = setting;
    part.expression = expression_of(text, setting);
    part.split = split(part.expression.split, setting);
    part.range = resolve_split(part.expression, part.split->count(), setting);
    part.images = chosen(part);
    return part;
  }

 private:
  std::shared_ptr<const CachedImages> split(const std::string& name, const std::string& setting) {
    auto& images = opened_[name];
    if (!images) {
      const std::vector<std::string> known = source_->splits();
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        throw ConfigError(setting + ": " + unknown_name("split", name, known));
      }
      const SplitFacts facts = source_->facts(name);
      warnings_.insert(warnings_.end(), facts.warnings.begin(), facts.warnings.end());
      images = cached_split(cache_, *source_, name, facts.stamp + build_);
    }
    return images;
  }

  /// The part's images, and of them only as many as the settings ask for. The draw is the same for
  /// all seeds, since the data set is.
  std::shared_ptr<const Images> chosen(const Part& part) const {
    std::shared_ptr<const Images> images = part.split;
    if (part.range.first != 0 || part.range.last != images->count()) {
      std::vector<int64_t> numbers;
      for (int64_t i = part.range.first; i < part.range.last; ++i) {
        numbers.push_back(i);
      }
      images = std::make_shared<ImageSubset>(images, std::move(numbers));
    }
    if (settings_.images == 0 || settings_.images >= images->count()) {
      return images;
    }
    const auto classes = static_cast<int64_t>(source_->classes().size());
    return std::make_shared<ImageSubset>(
        images, draw_images(*images, classes, settings_.images, 0, "data.images"));
  }

  const DataSettings& settings_;
  SplitCache cache_;
  std::unique_ptr<ImageSource> source_;
  std::string build_;  // what draws or decodes may have changed with it
  std::map<std::string, std::shared_ptr<const CachedImages>> opened_;
  std::vector<std::string> warnings_;
};

std::string root_of(const DataSettings& settings,
                    const Catalog::Dataset& facts,
                    const std::string& cache_directory) {
  if (!settings.root.empty() || !facts.needs_root) {
    return settings.root;
  }
  if (settings.download && facts.can_download) {
    return fs::path(cache_directory) / "downloads" / facts.name;
  }
  throw ConfigError("data.root: '" + facts.name + "' needs it: the folder of its files" +
                    (facts.can_download ? "; or say download: true" : ""));
}

SourceRequest request_for(const DataSettings& settings,
                          const Catalog::Dataset& facts,
                          const std::string& cache_directory) {
  if (settings.download && !facts.can_download) {
    throw ConfigError("data.download: '" + facts.name + "' cannot be downloaded");
  }
  SourceRequest request;
  request.root = root_of(settings, facts, cache_directory);
  request.download = settings.download;
  if (!settings.train.empty()) {
    request.train = expression_of(settings.train, "data.train").split;
  }
  return request;
}

/// Per channel: the settings' values, else the data set's own.
std::vector<double> per_channel(const std::vector<double>& given,
                                const std::vector<double>& customary,
                                const std::string& setting,
                                int64_t channels) {
  const std::vector<double>& values = given.empty() ? customary : given;
  if (values.size() != static_cast<size_t>(channels)) {
    throw ConfigError(setting + ": " + std::to_string(values.size()) + " values for images of " +
                      std::to_string(channels) + " channels");
  }
  return values;
}

void check_same_size(const Part& part, const CacheFacts& train) {
  const CacheFacts& facts = part.split->facts();
  if (facts.height != train.height || facts.width != train.width) {
    throw IoError("the images of '" + part.expression.split + "' are " +
                  std::to_string(facts.width) + "x" + std::to_string(facts.height) +
                  ", those of the training split " + std::to_string(train.width) + "x" +
                  std::to_string(train.height) + "; give data.size, to which all are brought");
  }
}

/// A part by what its numbers depend on: the split's content, the range, and how many are drawn.
std::string identity(const Part& part) {
  return part.setting + ' ' + part.split->facts().content + ' ' + std::to_string(part.range.first) +
         ' ' + std::to_string(part.range.last) + ' ' + std::to_string(part.images->count()) + '\n';
}

// Of those that were chosen: a part may be drawn from its range.
int64_t shared_images(const Part& a, const Part& b) {
  if (a.split != b.split) {
    return 0;
  }
  std::unordered_set<const uint8_t*> of_a;
  for (int64_t i = 0; i < a.images->count(); ++i) {
    of_a.insert(a.images->pixels(i));
  }
  int64_t shared = 0;
  for (int64_t i = 0; i < b.images->count(); ++i) {
    shared += static_cast<int64_t>(of_a.count(b.images->pixels(i)));
  }
  return shared;
}

void warn_of_overlap(const Part& a, const Part& b, std::vector<std::string>& warnings) {
  const int64_t shared = shared_images(a, b);
  if (shared > 0) {
    warnings.push_back(a.setting + " '" + to_string(a.expression) + "' and " + b.setting + " '" +
                       to_string(b.expression) + "' share " + counted(shared, "image"));
  }
}

void check_parts(const std::vector<Part>& parts, Dataset& dataset) {
  for (size_t i = 0; i < parts.size(); ++i) {
    check_same_size(parts[i], parts[0].split->facts());
    for (size_t j = 0; j < i; ++j) {
      warn_of_overlap(parts[j], parts[i], dataset.warnings);
    }
  }
  dataset.shared_images = shared_images(parts[0], parts[1]);
  dataset.fingerprint = sha256_hex(identity(parts[0]) + identity(parts[1]));
  if (parts.size() > 2) {
    dataset.validation_fingerprint = sha256_hex(identity(parts[2]));
  }
}

const DatasetEntry& entry_of(const DatasetTable& table, const std::string& name) {
  for (const DatasetEntry& entry : table) {
    if (entry.facts.name == name) {
      return entry;
    }
  }
  throw ConfigError(unknown_name("data set", name, names_of(catalog_of(table))));
}

}  // namespace

Dataset open_dataset(const Settings& settings, const std::string& cache_directory, int threads) {
  return open_dataset(settings, cache_directory, threads, dataset_registry());
}

Dataset open_dataset(const Settings& settings,
                     const std::string& cache_directory,
                     int threads,
                     const DatasetTable& table) {
  const DataSettings& data = settings.data;
  const DatasetEntry& entry = entry_of(table, data.name);
  SplitCache cache{
      fs::path(cache_directory) / "data", data.name, {data.resize, data.crop}, threads};
  Opening opening(data, entry, std::move(cache), request_for(data, entry.facts, cache_directory));
  const ImageSource& source = opening.source();

  std::vector<Part> parts;
  parts.push_back(opening.open(data.train.empty() ? "train" : data.train, "data.train"));
  parts.push_back(opening.open(data.test.empty() ? source.test_split() : data.test, "data.test"));
  if (!settings.validation.empty()) {
    parts.push_back(opening.open(settings.validation, "validation"));
  }

  const CacheFacts& facts = parts[0].split->facts();
  Dataset dataset;
  dataset.classes = source.classes();
  dataset.channels = facts.channels;
  dataset.height = facts.height;
  dataset.width = facts.width;
  dataset.mean = per_channel(data.mean, entry.facts.mean, "data.mean", facts.channels);
  dataset.std = per_channel(data.std, entry.facts.std, "data.std", facts.channels);
  dataset.train = parts[0].images;
  dataset.test = parts[1].images;
  dataset.validation = parts.size() > 2 ? parts[2].images : nullptr;
  dataset.warnings = opening.warnings();
  check_parts(parts, dataset);
  return dataset;
}

}  // namespace qsweep
