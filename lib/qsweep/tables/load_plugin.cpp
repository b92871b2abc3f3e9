#include "qsweep/tables/load_plugin.hpp"

#include "qsweep/config/scalars.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/core/sha256.hpp"
#include "qsweep/model/state/file_bytes.hpp"
#include "qsweep/tables/plugin.hpp"

#include <algorithm>
#include <dlfcn.h>
#include <exception>
#include <utility>
#include <vector>

namespace qsweep {
namespace {

constexpr const char* kOwnBuild = QSWEEP_PLUGIN_BUILD;
constexpr const char* kMarkParameter = "plugin";

// What the library says that it was built with, without loading it.
std::string build_of(const std::string& path, const std::string& bytes) {
  if (bytes.compare(0, 4, "\177ELF") != 0) {
    throw IoError(path, "is not a shared library");
  }
  const std::string mark = QSWEEP_PLUGIN_MARK;
  const size_t found = bytes.find(mark);
  if (found == std::string::npos) {
    throw IoError(path, "is no plugin of qsweep: it has no QSWEEP_PLUGIN");
  }
  const size_t start = found + mark.size();
  return bytes.substr(start, bytes.find('\0', start) - start);
}

void check_build(const std::string& path, const std::string& bytes) {
  const std::string build = build_of(path, bytes);
  if (build != kOwnBuild) {
    throw IoError(path,
                  "was built with " + build + ", and this is " + kOwnBuild +
                      ": build it again with what is here");
  }
}

// It is never closed: what it brings is used until the process ends.
Tables tables_in(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw IoError(path, std::string("cannot be loaded: ") + ::dlerror());
  }
  void* symbol = ::dlsym(library, "qsweep_fill_tables");
  if (symbol == nullptr) {
    throw IoError(path, "is no plugin of qsweep: it has no QSWEEP_PLUGIN");
  }
  const auto fill = reinterpret_cast<void (*)(Tables&)>(symbol);
  Tables tables{{}, {}, {}};
  try {
    fill(tables);
  } catch (const std::exception& error) {
    throw IoError(path, std::string("its QSWEEP_PLUGIN fails: ") + error.what());
  }
  return tables;
}

// "sign" and short forms such as "e4m3".
std::vector<std::string> names_in(const QuantizerTable& table) {
  std::vector<std::string> names;
  for (const QuantizerEntry& entry : table) {
    names.push_back(entry.info.name);
    for (const auto& [name, parameters] : entry.info.short_forms.items()) {
      names.push_back(name);
    }
  }
  return names;
}

std::vector<std::string> names_in(const ModelTable& table) {
  std::vector<std::string> names;
  for (const ModelEntry& entry : table) {
    names.push_back(entry.info.name);
  }
  return names;
}

std::vector<std::string> names_in(const DatasetTable& table) {
  return names_of(catalog_of(table));
}

void mark(std::vector<Parameter>& parameters, const std::string& build) {
  Parameter parameter;
  parameter.name = kMarkParameter;
  parameter.type = Parameter::Type::Choice;
  parameter.default_value = build;
  parameter.choices = {build};
  parameter.about = "the build of the plugin that it comes from";
  parameters.push_back(std::move(parameter));
}

void mark(ModelEntry& entry, const std::string& build) {
  mark(entry.info.parameters, build);
}

void mark(QuantizerEntry& entry, const std::string& build) {
  mark(entry.info.parameters, build);
}

void mark(DatasetEntry& entry, const std::string& build) {
  entry.plugin_build = build;
}

/// Adds the entries of one plugin to the tables.
class Adding {
 public:
  Adding(const std::string& path, const std::string& hash) : path_(path), build_(hash, 0, 16) {}

  /// `kind` is for messages: "model". The names that were added.
  template <class Table>
  std::vector<std::string> add(Table own, Table& table, const std::string& kind) const {
    std::vector<std::string> names;
    for (auto& entry : own) {
      const std::vector<std::string> all = names_in(Table{entry});  // its own, and short ones
      for (const std::string& name : all) {
        check_name(name, names_in(table), kind);
      }
      mark(entry, build_);
      table.push_back(std::move(entry));
      names.push_back(all.front());
    }
    return names;
  }

 private:
  void check_name(const std::string& name,
                  const std::vector<std::string>& taken,
                  const std::string& kind) const {
    if (!is_plain_name(name)) {
      throw IoError(
          path_,
          "the name of a " + kind + " takes letters, digits, '.', '_' and '-', got '" + name + "'");
    }
    if (std::find(taken.begin(), taken.end(), name) != taken.end()) {
      throw IoError(path_, "there is a " + kind + " '" + name + "' already");
    }
  }

  const std::string& path_;
  std::string build_;
};

}  // namespace

PluginFacts load_plugin(const std::string& path, Tables& tables) {
  const std::string bytes = read_file_bytes(path);
  check_build(path, bytes);
  PluginFacts facts;
  facts.path = path;
  facts.hash = sha256_hex(bytes);
  Tables own = tables_in(path);
  Tables all = tables;
  const Adding adding(path, facts.hash);
  facts.models = adding.add(std::move(own.models), all.models, "model");
  facts.quantizers = adding.add(std::move(own.quantizers), all.quantizers, "quantizer");
  facts.datasets = adding.add(std::move(own.datasets), all.datasets, "data set");
  tables = std::move(all);
  return facts;
}

}  // namespace qsweep
