#include "model_zoo/registry.hpp"

#include "qsweep/model/layer_types.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include "model_zoo/small_models.hpp"
#include "support/catch.hpp"

namespace qsweep::zoo {
namespace {

namespace fs = std::filesystem;

// The networks that each file of the zoo defines.
std::map<std::string, std::vector<std::string>> networks_by_file() {
  std::map<std::string, std::vector<std::string>> files;
  for (const auto& file : fs::directory_iterator(fs::path(QSWEEP_TEST_SOURCE_DIR) / "model_zoo")) {
    const std::string name = file.path().filename().string();
    if (file.path().extension() != ".cpp" || name == "registry.cpp") {
      continue;
    }
    std::ifstream stream(file.path());
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const std::regex definition(R"(\nModelEntry (\w+)\(\))");
    std::vector<std::string>& networks = files[name];
    for (std::sregex_iterator i(text.begin(), text.end(), definition), end; i != end; ++i) {
      networks.push_back((*i)[1]);
    }
  }
  return files;
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

TEST_CASE("every file of the zoo stands in the table, and every line of the table has a file",
          "[model_zoo]") {
  std::vector<std::string> defined;
  for (const auto& [file, networks] : networks_by_file()) {
    INFO(file);
    CHECK_FALSE(networks.empty());
    defined.insert(defined.end(), networks.begin(), networks.end());
  }
  std::vector<std::string> listed;
  for (const ModelEntry& entry : models()) {
    listed.push_back(entry.info.name);
  }
  std::sort(defined.begin(), defined.end());
  std::sort(listed.begin(), listed.end());
  CHECK(defined == listed);
  CHECK(std::adjacent_find(listed.begin(), listed.end()) == listed.end());
}

TEST_CASE("the tests of sites run every network of the table", "[model_zoo]") {
  std::set<std::string> tested;
  for (const SmallModel& small : small_models()) {
    tested.insert(small.name);
  }
  for (const ModelEntry& entry : models()) {
    CHECK(tested.count(entry.info.name) == 1);
  }
}

TEST_CASE("the defaults of a network's parameters are values that it can have", "[model_zoo]") {
  for (const ModelEntry& entry : models()) {
    CHECK_FALSE(entry.info.about.empty());
    for (const Parameter& parameter : entry.info.parameters) {
      INFO(entry.info.name << ' ' << parameter.name);
      CHECK_FALSE(parameter.about.empty());
      if (parameter.type == Parameter::Type::Choice) {
        CHECK(contains(parameter.choices, parameter.default_value.get<std::string>()));
      } else {
        CHECK(parameter.default_value.get<double>() >= parameter.min);
        CHECK(parameter.default_value.get<double>() <= parameter.max);
      }
    }
  }
}

TEST_CASE("the types of all layers can be named by a rule", "[model_zoo]") {
  for (const SmallModel& small : small_models()) {
    const auto model = make_random(small);
    for (const Layer& layer : model->layers()) {
      INFO(small.name << ' ' << layer.name << ' ' << layer.type);
      CHECK(contains(layer_types(), layer.type));
    }
  }
}

TEST_CASE("no type both computes and only moves data", "[model_zoo]") {
  std::set<std::string> all(layer_types().begin(), layer_types().end());
  all.insert(moving_types().begin(), moving_types().end());
  CHECK(all.size() == layer_types().size() + moving_types().size());
}

}  // namespace qsweep::zoo
