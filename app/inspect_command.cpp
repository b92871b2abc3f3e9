#include "qsweep/config/rule_templates.hpp"
#include "qsweep/config/variables.hpp"
#include "qsweep/core/folder_of.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/core/nearest_path.hpp"
#include "qsweep/engine/folders.hpp"
#include "qsweep/engine/worker_facts.hpp"
#include "qsweep/engine/worker_info.hpp"
#include "qsweep/report/layer_table.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "log.hpp"
#include "planned_run.hpp"
#include "plugin_options.hpp"

namespace qsweep {
namespace {

constexpr int64_t kUsualClasses = 10;
const std::string kUsualImages = "3x32x32";

struct InspectOptions {
  std::string model;
  std::string output;  // of a script; empty: it returns the logits alone
  std::optional<std::string> images;
  std::optional<int64_t> classes;
  std::string policy;            // FILE:POLICY
  std::vector<std::string> set;  // NAME=VALUE
  std::string format = "text";
  std::vector<std::string> plugins;
  bool no_scripts = false;
  bool no_plugins = false;
};

// What stands on the command line, as a source with a name.
Place on_command_line(const std::string& text) {
  return {std::make_shared<const Source>(Source{text, ""}), 0, 0};
}

ImageShape read_images(const std::string& text) {
  ImageShape shape;
  int end = 0;
  const int read = std::sscanf(
      text.c_str(), "%5ldx%5ldx%5ld%n", &shape.channels, &shape.height, &shape.width, &end);
  if (read != 3 || static_cast<size_t>(end) != text.size() || shape.channels < 1 ||
      shape.height < 1 || shape.width < 1) {
    throw ConfigError("--images '" + text + "' must be channels x height x width, like 3x32x32");
  }
  return shape;
}

// The side of the images, of a model that says it.
ImageShape images_for(const InspectOptions& arguments, const ModelChoice& model) {
  if (model.size == 0) {
    return read_images(arguments.images.value_or(kUsualImages));
  }
  if (arguments.images) {
    throw ConfigError("--images and 'size' both say how large an image is; leave one out");
  }
  ImageShape shape = read_images(kUsualImages);
  shape.height = shape.width = model.size;
  return shape;
}

// As it stands in a matrix. What does not change the layers is refused, so that nothing is ignored.
ModelChoice model_of_map(const std::string& text, const Catalog& catalog) {
  const Node map = parse_yaml(std::make_shared<const Source>(Source{"inspect", text}));
  for (const char* key : {"as", "weights", "mean", "std"}) {
    if (const Node* value = map.find(key)) {
      throw config_error(value->place, std::string("'") + key + "' changes no layer; leave it out");
    }
  }
  Experiment here;
  here.directory = std::filesystem::current_path().string();
  return read_model(map, here, catalog);
}

ModelChoice script_at(const std::string& path, const Catalog& catalog, const Place& place) {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (fs::is_regular_file(path, failed)) {
    ModelChoice model;
    model.script = fs::absolute(path).lexically_normal().string();
    return model;
  }
  if (path.find_first_of("/.") == std::string::npos) {
    throw config_error(place, unknown_name("model", path, names_of(catalog.models)));
  }
  throw config_error(place,
                     fs::is_directory(path, failed)
                         ? "'" + path + "' is a folder, not a TorchScript file"
                         : "no such file: '" + path + "'" + nearest_path_hint(path));
}

// A map as in a matrix, a name of the zoo, or else the path of a TorchScript file.
ModelChoice chosen_model(const std::string& text, const Catalog& catalog, const Place& place) {
  if (text.find('{') == 0) {
    return model_of_map(text, catalog);
  }
  if (catalog.model(text) == nullptr) {
    return script_at(text, catalog, place);
  }
  Node name;
  name.kind = Node::Kind::Scalar;
  name.text = text;
  name.place = place;
  return read_model(name, Experiment(), catalog);
}

void check_options(const InspectOptions& arguments, const ModelChoice& model) {
  if (model.script.empty() && !arguments.output.empty()) {
    throw ConfigError("--output is for TorchScript files; '" + model.zoo + "' returns the logits");
  }
  if (!model.script.empty() && arguments.classes) {
    throw ConfigError("--classes is for models of the zoo; a TorchScript file has its own");
  }
  if (!arguments.output.empty() && model.parameters.contains("output")) {
    throw ConfigError("--output and 'output' both choose one; leave one out");
  }
}

Json read_output(const std::string& text) {
  const bool is_position = text.find_first_not_of("0123456789") == std::string::npos;
  return is_position ? Json(std::atoll(text.c_str())) : Json(text);
}

ModelQuestion question_for(const InspectOptions& arguments,
                           const Catalog& catalog,
                           const Place& place) {
  const ModelChoice model = chosen_model(arguments.model, catalog, place);
  check_options(arguments, model);
  ModelQuestion question;
  question.zoo = model.zoo;
  question.script = model.script;
  question.parameters = model.parameters;
  question.images = images_for(arguments, model);
  if (!arguments.output.empty()) {
    question.parameters["output"] = read_output(arguments.output);
  }
  if (model.script.empty()) {
    question.classes = arguments.classes.value_or(kUsualClasses);
  }
  return question;
}

// The policy with the values that the command line gives to its variables.
Node with_values(Node policy, const std::string& name, const std::vector<std::string>& set) {
  Variables values;
  for (const Node* open : variable_nodes(policy)) {
    values.emplace(open->text.substr(1), *open);  // stays as it is
  }
  for (const std::string& text : set) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw ConfigError("--set '" + text + "' must be like 'w=4'");
    }
    const std::string variable = text.substr(0, equals);
    const std::string option = "--set " + text;
    if (values.count(variable) == 0) {
      const std::vector<std::string> known = variables_in(policy);
      const std::string problem = "in the policy '" + name + "': ";
      throw config_error(on_command_line(option),
                         problem + (known.empty() ? "there is no variable"
                                                  : unknown_name("variable", variable, known)));
    }
    values[variable] =
        parse_yaml(std::make_shared<const Source>(Source{option, text.substr(equals + 1)}));
  }
  return substitute(policy, values);
}

// What --policy FILE:POLICY names.
struct NamedPolicy {
  std::string path;
  std::string name;
  Node file;
};

NamedPolicy read_named_policy(const std::string& option) {
  const size_t colon = option.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == option.size()) {
    throw ConfigError("--policy '" + option + "' must be FILE:POLICY, like x.yaml:all");
  }
  NamedPolicy named{option.substr(0, colon), option.substr(colon + 1), {}};
  named.file = parse_yaml(read_source(named.path));
  return named;
}

void add_policy(const InspectOptions& arguments,
                const NamedPolicy& named,
                const Catalog& catalog,
                LayerTable& table) {
  const std::string& name = named.name;
  const Node policy =
      find_policy(named.file, name, on_command_line("--policy " + arguments.policy));
  table.policy = arguments.policy;
  table.fields = layer_fields(with_values(policy, name, arguments.set), table.network, catalog);
}

std::string rendered(const LayerTable& table, const std::string& format) {
  if (format == "text") {
    return layer_table_text(table);
  }
  return format == "csv" ? layer_table_csv(table) : layer_table_json(table);
}

// Those of the command line and of the policy's file, each once.
std::vector<Plugin> all_plugins(const InspectOptions& arguments,
                                const std::optional<NamedPolicy>& named) {
  std::vector<Plugin> plugins = plugins_of(arguments.plugins);
  if (named) {
    for (Plugin& plugin : read_plugins(named->file, folder_of(named->path))) {
      const bool is_known = std::any_of(
          plugins.begin(), plugins.end(), [&](const Plugin& p) { return p.path == plugin.path; });
      if (!is_known) {
        plugins.push_back(std::move(plugin));
      }
    }
  }
  check_no_plugins(arguments.no_plugins, plugins);
  return plugins;
}

ExitCode act(const InspectOptions& arguments) {
  const std::string program = worker_program();
  std::optional<NamedPolicy> named;
  if (!arguments.policy.empty()) {
    named = read_named_policy(arguments.policy);
  }
  const std::vector<Plugin> plugins = all_plugins(arguments, named);
  const Catalog catalog = worker_info(program, cache_directory(), plugins).catalog;
  const Place place = on_command_line("inspect " + arguments.model);
  const ModelQuestion question = question_for(arguments, catalog, place);
  WorkerFacts facts(program, cache_directory(), 1, plugins);
  if (arguments.no_scripts) {
    facts.refuse_scripts();
  } else if (!question.script.empty()) {
    log_info("loading a TorchScript file runs code from it; --no-scripts refuses that");
  }
  LayerTable table{arguments.model, question.images, Network(facts.model(question, place)), "", {}};
  for (const auto* warnings :
       {&table.network.facts.warnings, &table.network.facts.training_warnings}) {
    for (const std::string& warning : *warnings) {
      log_warning(config_warning(place, warning));
    }
  }
  if (named) {
    add_policy(arguments, *named, catalog, table);
  } else if (!arguments.set.empty()) {
    throw ConfigError("--set gives values to the variables of a policy; name it with --policy");
  }
  std::cout << rendered(table, arguments.format);
  return ExitCode::Ok;
}

}  // namespace

Command add_inspect_command(CLI::App& app) {
  auto* command = app.add_subcommand(
      "inspect",
      "the layers of a model, and what a policy gives each; a TorchScript file is loaded, "
      "which runs code from it");
  auto arguments = std::make_shared<InspectOptions>();
  command
      ->add_option("model",
                   arguments->model,
                   "a name of the zoo or of a plugin, a TorchScript file, or a map as in a matrix")
      ->required()
      ->type_name("MODEL");
  command
      ->add_option(
          "-p,--policy", arguments->policy, "show what a policy of a file gives each layer")
      ->type_name("FILE:POLICY");
  command->add_option("--set", arguments->set, "give a variable of the policy a value")
      ->type_name("NAME=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--output",
                   arguments->output,
                   "which of what a TorchScript file returns are the logits: a position or a name")
      ->type_name("OUTPUT");
  command->add_option("--images", arguments->images, "the shape of an image; 3x32x32 by default")
      ->type_name("CxHxW");
  command->add_option("--classes", arguments->classes, "of a model of the zoo; 10 by default")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}));
  command->add_option("--format", arguments->format, "text (the default), csv or json")
      ->check(CLI::IsMember({"text", "csv", "json"}));
  add_plugins(*command, arguments->plugins);
  add_no_plugins(*command, arguments->no_plugins);
  add_no_scripts(*command, arguments->no_scripts);
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
