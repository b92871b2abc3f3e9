#include "plan/small_world.hpp"
#include "support/catch.hpp"

using namespace qsweep;

namespace {

using Sites = std::map<std::string, std::vector<int>>;

// What a policy, given as the text of its rules, gives the residual network.
Sites sites_for(const std::string& rules, const std::string& model = "residual") {
  const std::string pretrain = "pretrain: {epochs: 1}\n";
  const auto plan = plan_of("qsweep: 1\nname: x\n" + pretrain + "policies:\n  p:\n" + rules +
                            "matrix: {model: [" + model + "], policy: [p]}\n");
  return sites_by_quantizer(trial_of_row(*plan, 1));
}

}  // namespace

TEST_CASE("a rule gives its fields to the layers that it selects", "[plan]") {
  CHECK(sites_for("    - type: [Conv2d, Linear]\n"
                  "      weight: {quantizer: uniform, bits: 4}\n"
                  "      output: {quantizer: uniform, bits: 8}\n") ==
        Sites{{"uniform:4", {1, 6, 14}}, {"uniform:8", {2, 7, 15}}});
}

TEST_CASE("the star of types leaves the logits in float, another rule quantizes them", "[plan]") {
  const std::string star = "    - type: '*'\n      output: {quantizer: uniform, bits: 8}\n";
  CHECK(sites_for(star) == Sites{{"uniform:8", {2, 4, 7, 10, 12}}});
  CHECK(sites_for(star + "    - type: Linear\n      output: {quantizer: uniform, bits: 4}\n") ==
        Sites{{"uniform:8", {2, 4, 7, 10, 12}}, {"uniform:4", {15}}});
}

TEST_CASE("an input rule covers every activation that the layer takes", "[plan]") {
  CHECK(sites_for("    - type: Add\n      input: {quantizer: sign}\n") ==
        Sites{{"sign:1", {8, 9}}});
  CHECK(sites_for("    - type: MatMul\n      input: {quantizer: uniform, bits: 8}\n",
                  "attention") == Sites{{"uniform:8", {3, 4, 8, 9}}});
}

TEST_CASE("later rules merge key by key, unless they name a quantizer or say float", "[plan]") {
  const std::string first =
      "    - type: [Conv2d, Linear]\n"
      "      weight: {quantizer: uniform, bits: 4, granularity: per_channel}\n";
  const auto granularity_of = [&](const std::string& later) {
    const auto plan = plan_of("qsweep: 1\nname: x\npolicies:\n  p:\n" + first + later +
                              "matrix: {model: [residual], policy: [p]}\n");
    std::map<std::string, std::string> by_site;
    for (const SiteGroup& group : trial_of_row(*plan, 1).groups) {
      for (const int site : group.sites) {
        by_site[std::to_string(site)] = group.quantizer.at("granularity").get<std::string>() +
                                        group.quantizer.at("bits").dump() + " " + group.rule;
      }
    }
    return by_site;
  };
  using BySite = std::map<std::string, std::string>;
  CHECK(granularity_of("    - position: first\n      weight: {bits: 8}\n") ==
        BySite{{"1", "per_channel8 p:2"}, {"6", "per_channel4 p:1"}, {"14", "per_channel4 p:1"}});
  CHECK(granularity_of("    - position: first\n      weight: {quantizer: uniform, bits: 8}\n") ==
        BySite{{"1", "per_tensor8 p:2"}, {"6", "per_channel4 p:1"}, {"14", "per_channel4 p:1"}});
  CHECK(granularity_of("    - name: '*conv?'\n      weight: float\n") ==
        BySite{{"14", "per_channel4 p:1"}});
}

TEST_CASE("32 bits are float until a later rule gives other bits", "[plan]") {
  const std::string wide =
      "    - type: [Conv2d, Linear]\n      weight: {quantizer: uniform, bits: 32}\n";
  CHECK(sites_for(wide).empty());
  CHECK(sites_for(wide + "    - position: last\n      weight: {bits: 8}\n") ==
        Sites{{"uniform:8", {14}}});
  CHECK(sites_for("    - type: Conv2d\n      weight: {quantizer: uniform, bits: 8}\n"
                  "    - position: first\n      weight: {bits: 32}\n") ==
        Sites{{"uniform:8", {6}}});
}

TEST_CASE("'not' keeps the first and last layers as they are", "[plan]") {
  CHECK(sites_for("    - type: [Conv2d, Linear]\n"
                  "      not: {position: [first, last]}\n"
                  "      weight: {quantizer: sign, scale: mean_abs}\n") == Sites{{"sign:1", {6}}});
}

TEST_CASE("matches tell what each field reaches in each model, and what it does not", "[plan]") {
  const auto plan = plan_of(R"(
qsweep: 1
name: x
pretrain: {epochs: 1}
policies:
  p:
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: 4}
    - type: Add
      input: {quantizer: uniform, bits: 8}
matrix: {model: [residual, attention], policy: [p]}
)");
  std::vector<std::string> lines;
  for (const RuleMatch& match : plan->matches()) {
    std::string line = match.policy + ":" + std::to_string(match.rule) + " " + match.field + " " +
                       match.model + " " + std::to_string(match.sites);
    for (const std::string& layer : match.layers) {
      line += " " + layer;
    }
    lines.push_back(line);
  }
  CHECK(lines == std::vector<std::string>{"p:1 weight residual 3 conv1 block.conv2 fc",
                                          "p:2 input residual 2 block.add",
                                          "p:1 weight attention 2 embed head",
                                          "p:2 input attention 0"});
}
