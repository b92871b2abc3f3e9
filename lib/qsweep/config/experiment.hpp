#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/config/node.hpp"
#include "qsweep/config/settings.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// One axis of the matrix. Each of its entries gives a value to every one of its names: to one, or
/// to several together. A name is `model`, `policy`, a setting's path ("finetune.lr", "seed"), or a
/// variable ("w").
struct Axis {
  Place place;
  std::string title;  // as the file has it: one of the names, or what they are together
  std::vector<std::string> names;
  std::vector<std::vector<Node>> entries;  // entries[i][j] is the value of names[j]
};

/// A model as the matrix names it.
struct ModelChoice {
  Place place;
  std::string as;       // the name in rows and tables
  std::string zoo;      // the zoo's name; empty for a script
  std::string script;   // absolute path; empty for a zoo model
  std::string weights;  // absolute path; empty: pretrained, or the zoo's own shipped ones
  // Of the zoo model: {"stem": "small"}; of a script which of its outputs: {"output": 1}, or none.
  Json parameters = Json::object();
  std::vector<double> mean;  // over the data set's
  std::vector<double> std;
  int size = 0;                           // side of the input; 0: the data set's
  std::map<std::string, Place> places{};  // of `weights`, `mean`, `std`, where they are given

  const Place& place_of(const std::string& key) const;  // else of the whole
};

/// A condition on rows: every name has one of its values. Values compare as written, numbers as
/// numbers. Names: model, policy, variables, settings.
struct RowMatch {
  Place place;
  std::map<std::string, std::vector<Node>> any_of;
};

struct Override {
  RowMatch when;
  std::vector<std::pair<std::string, Node>> set;  // a setting's path and its value
};

/// A row added by `include`: a value for some of the names.
struct Include {
  Place place;
  std::vector<std::pair<std::string, Node>> values;
};

/// A row may lose at most `max_drop` points of `metric`, of a timing percent, against `vs`:
/// "float", the float row, or the path of a baseline, a run's folder or a CSV, which need not be
/// there.
struct Gate {
  Place place;
  std::string metric;
  std::string vs = "float";
  double max_drop = 0;
  RowMatch where;
  int repeats = 0;  // of a timing: how often the evaluation is timed
};

/// The experiment file after its structure was checked. Policies and settings may still hold
/// `$name`: they are templates, read for each row with `substitute` and `read_...`.
struct Experiment {
  std::string path;       // as given
  std::string directory;  // absolute; relative paths of the file start here
  std::string name;
  Node settings;  // a map of sections and of settings without one: seed, data, ...
  std::vector<std::pair<std::string, Node>> policies;  // in the order of the file
  std::vector<Axis> axes;
  std::vector<RowMatch> exclude;
  std::vector<Include> include;
  std::vector<Override> overrides;
  std::vector<Gate> gates;

  const Node* policy(const std::string& policy_name) const;
};

/// Checks the structure of a parsed file: versions, keys, types, names that need no row. `$NAME` of
/// the environment are replaced. Axis entries for `model` and `policy` are checked here too.
Experiment read_experiment(const Node& root, const Catalog& catalog);

/// The model that an entry of the `model` axis (or of an `include`) names.
ModelChoice read_model(const Node& entry, const Experiment& experiment, const Catalog& catalog);

/// What rows call the model of a map: its `as`, or without one the zoo's name or the script's stem.
/// Empty if it is no map.
std::string model_name_in(const Node& entry);

using Variables = std::map<std::string, Node>;

/// The `$name`s in a template, in order of appearance, each once.
std::vector<std::string> variables_in(const Node& node);

/// The template with every `$name` replaced; the value keeps its own place, so that an error points
/// at the number that is wrong. Throws ConfigError at the `$name` that has no value.
Node substitute(const Node& node, const Variables& variables);

/// Sets or adds the value at a dotted path of a settings map, "finetune.lr".
void set_path(Node& settings, const std::string& path, const Node& value);

/// The keys of an experiment file.
std::vector<std::string> top_level_keys();

/// Is this dotted path a setting (known section, known key)? Axis names of which it holds set it.
bool is_setting(const std::string& path);

/// Reads settings without `$`. Fills the defaults; paths become absolute (against `directory`).
Settings read_settings(const Node& settings, const std::string& directory, const Catalog& catalog);

/// What a rule selects; each given condition must hold, any value of a list fulfils it.
struct Selector {
  std::vector<std::string> types;           // empty: no condition; "*" is every type
  std::vector<std::string> names;           // globs
  std::vector<std::string> positions;       // first | last
  std::shared_ptr<const Selector> negated;  // must not hold as a whole
};

/// What a rule says for one kind of site.
struct FieldRule {
  Place place;
  bool is_float = false;                // `float`, or bits: 32
  std::string quantizer;                // empty: merges with what earlier rules gave
  Json parameters = Json::object();     // as written; "bits" and "calibrate" among them
  std::map<std::string, Place> places;  // of the parameters' values and of the quantizer's name
};

/// What a field says after a later rule: a later quantizer or `float` replaces it, anything else
/// merges key by key. Whether `bits: 32` makes it float is decided by the bits it ends with.
FieldRule merged(const FieldRule& earlier, const FieldRule& later);

struct Rule {
  Place place;
  Selector selector;
  std::optional<FieldRule> weight;
  std::optional<FieldRule> output;
  std::optional<FieldRule> input;
};

/// Reads a policy without `$`: names and types of everything; whether bits and parameters suit the
/// quantizer that a site ends with is known only after merging.
std::vector<Rule> read_policy(const Node& policy, const Catalog& catalog);

enum class SiteKind { Input, Weight, Output };
std::string to_string(SiteKind kind);  // "input", "weight", "output"

/// A site's quantizer with all parameters, defaults filled in: {"quantizer": "uniform", "bits": 4,
/// "calibrate": "minmax", ...}; without "calibrate" where it has no range. A ConfigError where a
/// parameter is missing, does not suit the site, or makes no sense beside the others.
Json complete_quantizer(const FieldRule& merged,
                        SiteKind kind,
                        const Calibration& calibrate,
                        const Catalog& catalog);

}  // namespace qsweep
