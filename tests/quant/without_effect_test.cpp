// What the tables refuse in an experiment file: parameters that others leave without effect, and
// values that make no sense together.

#include "qsweep/config/experiment.hpp"
#include "qsweep/quant/calibrator.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace qsweep;

namespace {

Catalog real_catalog() {
  Catalog catalog;
  for (const QuantizerEntry& entry : quantizers()) {
    catalog.quantizers.push_back(entry.info);
  }
  for (const CalibratorEntry& entry : calibrators()) {
    catalog.calibrators.push_back(entry.info);
  }
  return catalog;
}

// The first line of the message, without its place; empty without an error.
std::string refusal(const std::string& field,
                    SiteKind kind = SiteKind::Weight,
                    const std::string& after = "float") {
  static const Catalog catalog = real_catalog();
  Calibration calibrate;
  calibrate.after = after;
  const std::string text = "[{type: \"*\", " + to_string(kind) + ": " + field + "}]";
  try {
    const Node policy = parse_yaml(std::make_shared<const Source>(Source{"x.yaml", text}));
    const Rule rule = read_policy(policy, catalog)[0];
    const FieldRule& only = kind == SiteKind::Weight ? *rule.weight : *rule.output;
    complete_quantizer(only, kind, calibrate, catalog);
  } catch (const ConfigError& failure) {
    const std::string message = failure.what();
    const size_t start = message.find("error: ") + 7;
    return message.substr(start, message.find('\n') - start);
  }
  return "";
}

}  // namespace

TEST_CASE("a parameter that others leave without effect is refused where it is given", "[quant]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{quantizer: uniform, bits: 4, group: 128}",
       "'group' of 'uniform' has no effect with granularity: per_tensor; it needs granularity: "
       "per_group"},
      {"{quantizer: uniform, bits: 4, granularity: per_channel, group: 64}",
       "'group' of 'uniform' has no effect with granularity: per_channel; it needs granularity: "
       "per_group"},
      {"{quantizer: sign, granularity: per_channel}",
       "'granularity' of 'sign' has no effect with scale: none; it needs scale: mean_abs or "
       "max_abs"},
      {"{quantizer: ternary, method: ttq, threshold: 0.7}",
       "'threshold' of 'ternary' has no effect with method: ttq; it needs method: twn"},
      {"{quantizer: ternary, max_threshold: 0.1}",
       "'max_threshold' of 'ternary' has no effect with method: twn; it needs method: ttq"},
      {"{quantizer: ternary, method: twn, start: one}",
       "'start' of 'ternary' has no effect with method: twn; it needs method: ttq"},
      {"{quantizer: dorefa, bits: 1, rescale: false}",
       "'rescale' of 'dorefa' has no effect with bits: 1; it needs bits: 2, 3, 4, 5, 6, 7 or 8"},
      {"{quantizer: dorefa, bits: 1, gradient: identity}",
       "'gradient' of 'dorefa' has no effect with bits: 1; it needs bits: 2, 3, 4, 5, 6, 7 or 8"},
      {"{quantizer: apot, bits: 4, normalize: false, rescale: true}",
       "'rescale' of 'apot' has no effect with normalize: false; it needs normalize: true"},
      {"{quantizer: e2m1, granularity: per_channel}",
       "'granularity' of 'minifloat' has no effect with scale: none; it needs scale: max_abs"},
      {"{quantizer: uniform, bits: 4, calibrate: {name: ema, momentum: 0.1}}",
       "'momentum' of 'ema' has no effect for a weight, which is one batch"},
  };
  for (const auto& [field, message] : cases) {
    INFO(field);
    CHECK(refusal(field) == message);
  }
}

TEST_CASE("a parameter is accepted with what gives it an effect, and left out without", "[quant]") {
  for (const char* field : {"{quantizer: uniform, bits: 4}",
                            "{quantizer: uniform, bits: 4, granularity: per_group, group: 64}",
                            "sign",
                            "{quantizer: sign, scale: max_abs, granularity: per_tensor}",
                            "{quantizer: ternary, threshold: 0.75}",
                            "{quantizer: ternary, method: ttq, max_threshold: 0.1, start: one}",
                            "{quantizer: dorefa, bits: 1}",
                            "{quantizer: dorefa, bits: 2, rescale: false, gradient: identity}",
                            "{quantizer: apot, bits: 4, normalize: false}",
                            "{quantizer: apot, bits: 4, rescale: false}",
                            "{quantizer: e2m1, scale: max_abs, granularity: per_channel}",
                            "{quantizer: uniform, bits: 4, calibrate: ema}"}) {
    INFO(field);
    CHECK(refusal(field).empty());
  }
}

TEST_CASE("where all images are one batch, how batches follow each other is refused", "[quant]") {
  const std::string field = "{quantizer: uniform, bits: 4, calibrate: {name: ema, momentum: 0.1}}";
  CHECK(refusal(field, SiteKind::Output).empty());
  CHECK(refusal(field, SiteKind::Output, "quantized") ==
        "'momentum' of 'ema' has no effect with after: quantized, where all images are one batch");
  CHECK(refusal("{quantizer: uniform, bits: 4, calibrate: ema}", SiteKind::Output, "quantized")
            .empty());
}

TEST_CASE("what a format of any name cannot have is refused in the file", "[quant]") {
  CHECK(refusal("{quantizer: minifloat, format: e3m4, saturate: false}") ==
        "'minifloat' makes no sense with format: e3m4 and saturate: false: the format has no "
        "infinity or NaN");
  CHECK(refusal("{quantizer: minifloat, format: e8m3, scale: max_abs}") ==
        "'minifloat' makes no sense with format: e8m3 and scale: max_abs: a format with the "
        "exponents of float32 needs none");
  CHECK(refusal("{quantizer: minifloat, format: e8m3, saturate: false}").empty());
  CHECK(refusal("{quantizer: fp16, saturate: false}").empty());
  CHECK(refusal("{quantizer: uniform, bits: 4, symmetric: true, signed: false, narrow: true}",
                SiteKind::Output) ==
        "'uniform' makes no sense with narrow: true and signed: false: codes from 0 have no "
        "lowest one to leave out");
}
