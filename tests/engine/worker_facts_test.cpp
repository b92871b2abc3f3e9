#include "qsweep/engine/worker_facts.hpp"

#include "qsweep/config/experiment.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/engine/worker_info.hpp"

#include "support/catch.hpp"
#include "support/environment.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

ModelChoice residual() {
  ModelChoice model;
  model.zoo = "residual";
  return model;
}

// The message of a TryAgain, since a test of the message alone would take any error.
template <class Ask>
std::string asked_to_try_again(Ask ask) {
  try {
    ask();
  } catch (const TryAgain& error) {
    return error.what();
  }
  return "no such error";
}

}  // namespace

TEST_CASE("facts are asked for once, and then known without a worker", "[engine]") {
  const test::ScratchFolder folder;
  const test::Environment log("QSWEEP_FAKE_LOG", folder.path("log"));
  for (int i = 0; i < 2; ++i) {
    WorkerFacts facts(QSWEEP_FAKE_WORKER, folder.path("cache"), 1);
    Settings settings;
    settings.finetune = Training();
    settings.finetune->lr = i;  // nothing that facts depend on
    CHECK(facts.data(settings, {}).test_images == 100);
    CHECK(facts.model(residual(), settings).weights == "5e1f");
  }
  CHECK(test::read_text(folder.path("log")) == "start facts\n");
}

TEST_CASE("what corrections find is asked for once, too", "[engine]") {
  const test::ScratchFolder folder;
  const test::Environment log("QSWEEP_FAKE_LOG", folder.path("log"));
  CorrectionQuestion question;
  {
    WorkerFacts facts(QSWEEP_FAKE_WORKER, folder.path("cache"), 1);
    question.layers = facts.model(residual(), {}).layers;
  }
  question.quantizers.resize(sites_of(question.layers).size());
  question.corrections = {"fold", "round"};
  for (int i = 0; i < 2; ++i) {
    WorkerFacts facts(QSWEEP_FAKE_WORKER, folder.path("cache"), 1);
    CHECK(facts.corrected_layers(question) == std::vector<std::vector<int>>{{0, 2}, {}});
  }
  CHECK(test::read_text(folder.path("log")) == "start facts\nstart facts\n");
}

TEST_CASE("facts are asked for again when the files that they name change", "[engine]") {
  const test::ScratchFolder folder;
  const test::Environment log("QSWEEP_FAKE_LOG", folder.path("log"));
  ModelChoice model = residual();
  model.weights = folder.path("w.pt");
  for (const char* content : {"a", "bb", "bb"}) {
    if (test::read_text(model.weights) != content) {
      test::write_text(model.weights, content);
    }
    WorkerFacts(QSWEEP_FAKE_WORKER, folder.path("cache"), 1).model(model, {});
  }
  CHECK(test::read_text(folder.path("log")) == "start facts\nstart facts\n");
}

TEST_CASE("what the worker cannot open is an error at its place, and is not cached", "[engine]") {
  const test::ScratchFolder folder;
  const auto source =
      std::make_shared<const Source>(Source{"x.yaml", "data: {name: image_folder}"});
  Settings settings;
  settings.data.name = "image_folder";
  settings.data.root = "/nowhere";
  WorkerFacts facts(QSWEEP_FAKE_WORKER, folder.path("cache"), 1);
  for (int i = 0; i < 2; ++i) {
    const SettingPlaces place_of = [&source](const std::string& path) {
      return Place{source, 1, path == "data.root" ? 7 : 1};
    };
    CHECK_THROWS_WITH(facts.data(settings, place_of),
                      "x.yaml:1:7: error: /nowhere: no such folder\n"
                      "data: {name: image_folder}\n"
                      "      ^");
  }
}

TEST_CASE("a worker tells what can be named, once for each program and build of plugins",
          "[engine]") {
  const test::ScratchFolder folder;
  const test::Environment log("QSWEEP_FAKE_LOG", folder.path("log"));
  for (int i = 0; i < 2; ++i) {
    const WorkerInfo info = worker_info(QSWEEP_FAKE_WORKER, folder.path("cache"));
    CHECK(info.catalog.model("residual") != nullptr);
    CHECK(info.libtorch == "fake");
  }
  CHECK(test::read_text(folder.path("log")) == "start catalog\nstart version\n");
  worker_info(QSWEEP_FAKE_WORKER, folder.path("cache"), {{"/lib/net.so", "01ab"}});
  worker_info(QSWEEP_FAKE_WORKER, folder.path("cache"), {{"/lib/net.so", "01ab"}});
  worker_info(QSWEEP_FAKE_WORKER, folder.path("cache"), {{"/lib/net.so", "23cd"}});
  CHECK(
      test::read_text(folder.path("log")) ==
      "start catalog\nstart version\nstart catalog\nstart version\nstart catalog\nstart version\n");
  CHECK_THROWS_WITH(worker_info("/bin/true", folder.path("cache")),
                    "/bin/true: the worker does not answer 'catalog': it ended with exit code 0");
}

TEST_CASE("a worker that is killed before it answers may be asked again", "[engine]") {
  const test::ScratchFolder folder;
  {
    const test::Environment fake("QSWEEP_FAKE", R"({"start": "kill catalog"})");
    CHECK(asked_to_try_again([&] { worker_info(QSWEEP_FAKE_WORKER, folder.path("cache")); }) ==
          QSWEEP_FAKE_WORKER
          ": the worker does not answer 'catalog': it was killed by signal 9 (SIGKILL); the same "
          "command tries again");
  }
  const test::Environment fake("QSWEEP_FAKE", R"({"start": "kill facts"})");
  WorkerFacts facts(QSWEEP_FAKE_WORKER, folder.path("cache"), 1);
  CHECK(asked_to_try_again([&] { facts.data({}, {}); }) ==
        "the worker that looks at data and models was killed by signal 9 (SIGKILL); the same "
        "command tries again");
}

}  // namespace qsweep
