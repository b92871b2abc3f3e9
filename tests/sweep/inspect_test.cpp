// `inspect` with the real worker.

#include "qsweep/core/json.hpp"

#include <filesystem>

#include "support/catch.hpp"
#include "sweep_run.hpp"

using namespace qsweep::test;
using qsweep::Json;

namespace {

const std::string kModels = QSWEEP_TEST_SOURCE_DIR "/../shared/models/";

Finished inspect(const ScratchFolder& folder, const std::string& arguments) {
  return shell("cd '" + folder.path(".") + "' && QSWEEP_CACHE=cache " QSWEEP_COMMAND " inspect " +
               arguments);
}

}  // namespace

TEST_CASE("inspect counts the parameters and the products of ResNet-20", "[sweep]") {
  const ScratchFolder folder;
  const Finished shown = inspect(folder, "resnet20 --format json");
  INFO(shown.out);
  REQUIRE(shown.code == 0);
  const Json json = Json::parse(shown.out);
  CHECK(json.at("total").at("parameters") == 269722);
  CHECK(json.at("total").at("macs") == 40551040);
  CHECK(json.at("first") == Json{"conv1"});
  CHECK(json.at("last") == Json{"linear"});
  CHECK(json.at("layers").at(0) == Json{{"path", "conv1"},
                                        {"type", "Conv2d"},
                                        {"op", "conv2d"},
                                        {"output_shape", {16, 32, 32}},
                                        {"parameters", 432},
                                        {"macs", 442368},
                                        {"output_elements", 16384},
                                        {"position", {"first"}}});
}

TEST_CASE("inspect gives a model of the zoo its parameters", "[sweep]") {
  const ScratchFolder folder;
  const auto stem_of = [&](const std::string& model) {
    const Finished shown = inspect(folder, model + " --format json");
    INFO(shown.out);
    REQUIRE(shown.code == 0);
    return Json::parse(shown.out).at("layers").at(0).at("parameters");
  };
  CHECK(stem_of("resnet18") == 64 * 3 * 7 * 7);
  CHECK(stem_of("'{model: resnet18, stem: small}'") == 64 * 3 * 3 * 3);
  const Finished wrong = inspect(folder, "'{model: resnet18, stem: smal}'");
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.out, ContainsSubstring("inspect:1:25: error: 'stem' of 'resnet18' must be "));
  CHECK_THAT(wrong.out, ContainsSubstring("did you mean 'small'?"));
}

TEST_CASE("inspect shows a script as it shows the zoo's network", "[sweep]") {
  if (!std::filesystem::exists(kModels)) {
    WARN("skipped: there is no " << kModels);
    return;
  }
  const ScratchFolder folder;
  const std::string script = kModels + "resnet20_cifar10jpeg.ts.pt";
  const std::string policy =
      " -p '" QSWEEP_TEST_SOURCE_DIR "/experiments/resnet_bits.yaml:every_step' --format csv";
  const Finished zoo = inspect(folder, "resnet20" + policy);
  REQUIRE(zoo.code == 0);
  const Finished shown = inspect(folder, "'" + script + "'" + policy + " 2>/dev/null");
  CHECK(shown.code == 0);
  CHECK(shown.out == zoo.out);
  const Finished weights = inspect(folder, "'" + kModels + "resnet20_cifar10jpeg.state.pt'");
  CHECK(weights.code == 2);
  CHECK_THAT(weights.out, ContainsSubstring("state.pt: holds weights without a program"));
  write_text(folder.path("text.pt"), "no script");
  const Finished text = inspect(folder, "text.pt");
  CHECK(text.code == 2);
  CHECK_THAT(text.out, ContainsSubstring("inspect text.pt: error: "));
  CHECK_THAT(text.out, ContainsSubstring("text.pt: is no TorchScript archive"));
}
