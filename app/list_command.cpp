#include "qsweep/config/utf8.hpp"
#include "qsweep/core/json.hpp"
#include "qsweep/engine/folders.hpp"
#include "qsweep/engine/worker_info.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "command.hpp"
#include "plugin_options.hpp"
#include "quantizer_text.hpp"

namespace qsweep {
namespace {

struct ListOptions {
  std::string kind;  // empty: all
  std::string format = "text";
  std::vector<std::string> plugins;
};

struct Item {
  std::string name;
  std::string about;
};

struct Kind {
  std::string name;
  std::vector<Item> items;
};

template <class Entry>
std::vector<Item> items_of(const std::vector<Entry>& entries) {
  std::vector<Item> items;
  items.reserve(entries.size());
  for (const Entry& entry : entries) {
    items.push_back({entry.name, entry.about});
  }
  return items;
}

// "{p: 99.99}": the parameters with their defaults, and of a choice the others. One with a single
// choice, the build of a plugin, is none that a file gives.
std::string defaults_of(const std::vector<Parameter>& parameters) {
  std::string text;
  for (const Parameter& parameter : parameters) {
    if (parameter.choices.size() == 1) {
      continue;
    }
    const Json& value = parameter.default_value;
    text += (text.empty() ? "" : ", ") + parameter.name + ": ";
    text += value.is_string() ? value.get<std::string>() : value.dump();
    for (const std::string& choice : parameter.choices) {
      text += choice == value ? "" : " | " + choice;
    }
  }
  return text.empty() ? "" : " {" + text + "}";
}

template <class Entry>
std::vector<Item> items_with_parameters(const std::vector<Entry>& entries) {
  std::vector<Item> items;
  for (const Entry& entry : entries) {
    items.push_back({entry.name, entry.about + defaults_of(entry.parameters)});
  }
  return items;
}

std::vector<Item> items_of(const std::vector<std::string>& names) {
  std::vector<Item> items;
  items.reserve(names.size());
  for (const std::string& name : names) {
    items.push_back({name, ""});
  }
  return items;
}

std::vector<Kind> kinds_of(const Catalog& catalog) {
  return {{"models", items_with_parameters(catalog.models)},
          {"quantizers", items_of(catalog.quantizers)},
          {"datasets", items_of(catalog.datasets)},
          {"calibrators", items_with_parameters(catalog.calibrators)},
          {"corrections", items_with_parameters(catalog.corrections)},
          {"types", items_of(catalog.types)}};
}

const std::vector<std::string>& names_of_kind(const PluginFacts& plugin, const std::string& kind) {
  static const std::vector<std::string> none;
  return kind == "models"       ? plugin.models
         : kind == "quantizers" ? plugin.quantizers
         : kind == "datasets"   ? plugin.datasets
                                : none;
}

// The path of the plugin that a thing comes from; empty: it comes with qsweep.
std::string source_of(const std::string& name, const std::string& kind, const WorkerInfo& worker) {
  for (const PluginFacts& plugin : worker.plugins) {
    const auto& names = names_of_kind(plugin, kind);
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return plugin.path;
    }
  }
  return "";
}

std::vector<Kind> kinds_of(const WorkerInfo& worker) {
  std::vector<Kind> kinds = kinds_of(worker.catalog);
  for (Kind& kind : kinds) {
    for (Item& item : kind.items) {
      const std::string source = source_of(item.name, kind.name, worker);
      item.about += source.empty() ? "" : " (from " + source + ")";
    }
  }
  return kinds;
}

Json json_of(const WorkerInfo& worker) {
  Json json = worker.catalog;
  for (const char* kind : {"models", "quantizers", "datasets"}) {
    for (Json& item : json.at(kind)) {
      const std::string source = source_of(item.at("name"), kind, worker);
      if (!source.empty()) {
        item["plugin"] = source;
      }
    }
  }
  return json;
}

std::string kind_text(const Kind& kind, const std::string& indent) {
  size_t width = 0;
  for (const Item& item : kind.items) {
    width = std::max(width, code_points(item.name));
  }
  std::string text;
  for (const Item& item : kind.items) {
    text += indent + (item.about.empty() ? item.name : padded(item.name, width + 2) + item.about) +
            "\n";
  }
  return text;
}

// Alone, quantizers are shown with all that a rule can say of them.
std::string quantizers_text(const WorkerInfo& worker) {
  std::string text;
  for (const Catalog::Quantizer& quantizer : worker.catalog.quantizers) {
    const std::string source = source_of(quantizer.name, "quantizers", worker);
    text += (text.empty() ? "" : "\n") + quantizer_text(quantizer) +
            (source.empty() ? "" : "  from " + source + "\n");
  }
  return text;
}

ExitCode act(const ListOptions& arguments) {
  const WorkerInfo worker =
      worker_info(worker_program(), cache_directory(), plugins_of(arguments.plugins));
  if (arguments.format == "json") {
    const Json all = json_of(worker);
    std::cout << (arguments.kind.empty() ? all : all.at(arguments.kind)).dump(2) << "\n";
    return ExitCode::Ok;
  }
  if (arguments.kind == "quantizers") {
    std::cout << quantizers_text(worker);
    return ExitCode::Ok;
  }
  for (const Kind& kind : kinds_of(worker)) {
    if (arguments.kind.empty()) {
      std::cout << kind.name << "\n" << kind_text(kind, "  ");
    } else if (arguments.kind == kind.name) {
      std::cout << kind_text(kind, "");
    }
  }
  return ExitCode::Ok;
}

}  // namespace

Command add_list_command(CLI::App& app) {
  auto* command = app.add_subcommand("list", "what an experiment file can name");
  auto arguments = std::make_shared<ListOptions>();
  command->add_option("kind", arguments->kind, "one kind only")
      ->type_name("KIND")
      ->check(CLI::IsMember(
          {"models", "quantizers", "datasets", "calibrators", "corrections", "types"}));
  command->add_option("--format", arguments->format, "text (the default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  add_plugins(*command, arguments->plugins);
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
