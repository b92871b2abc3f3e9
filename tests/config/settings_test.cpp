#include <cstdlib>

#include "config/small_catalog.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

Settings settings_of(const std::string& text) {
  return read_settings(parsed(text), "/home/me", small_catalog());
}

TEST_CASE("without a word all settings have their defaults", "[config]") {
  const Settings settings = settings_of("{}");
  CHECK(settings.seed == 0);
  CHECK(settings.data.name == "synthetic");
  CHECK_FALSE(settings.pretrain);
  CHECK_FALSE(settings.finetune);
  CHECK(settings.calibrate.images == 512);
  CHECK(settings.calibrate.method == "minmax");
  CHECK(settings.calibrate.after == "float");
  CHECK(settings.evaluate_batch == 100);
  CHECK(settings.limit == 0);
  CHECK(settings.validation.empty());
}

TEST_CASE("corrections are read in their order, with all parameters", "[config]") {
  const Settings settings = settings_of(
      "corrections: [fold_batchnorm, none, {name: adaround, iterations: 5}, bias_correction]");
  CHECK(Json(settings.corrections) == Json::parse(R"([{"name": "fold_batchnorm", "parameters": {}},
                        {"name": "adaround", "parameters": {"iterations": 5, "batch": 32}},
                        {"name": "bias_correction", "parameters": {}}])"));
  CHECK(settings_of("corrections: equalize").corrections.at(0).name == "equalize");
  CHECK(settings_of("corrections: {name: equalize}").corrections.at(0).name == "equalize");
  CHECK(settings_of("corrections: []").corrections.empty());
  CHECK(settings_of("corrections: none").corrections.empty());
  CHECK(settings_of("{}").corrections.empty());
  CHECK(Json(settings).get<Settings>().corrections.size() == 3);
}

TEST_CASE("every key of the settings is read", "[config]") {
  const Settings settings = settings_of(
      "seed: 7\n"
      "data: {name: cifar10, root: ../c10, mean: [0.5, 0.4, 0], std: [0.25, 0.2, 1],\n"
      "       size: {resize: 256, crop: 224}, train: train, test: 'test[:8000]',\n"
      "       augment: crop_flip, images: 1000, download: true}\n"
      "pretrain: {epochs: 8, optimizer: sgd, lr: 1e-1, momentum: 0.8, nesterov: true,\n"
      "           weight_decay: 1.0e-4, schedule: cosine, warmup: 2, batch: 64,\n"
      "           label_smoothing: .1}\n"
      "finetune: {epochs: 0, optimizer: adamw, beta1: 0.8, beta2: 0.99,\n"
      "           schedule: {name: step, milestones: [10, 20], gamma: 0.5}}\n"
      "calibrate: {images: 64, method: {name: percentile, p: 99.5}, after: quantized}\n"
      "evaluate: {batch: 50, limit: 500}\n"
      "validation: train[45000:]\n");
  CHECK(settings.seed == 7);
  CHECK(Json(settings.data) == Json{{"name", "cifar10"},
                                    {"root", "/home/c10"},
                                    {"mean", {0.5, 0.4, 0.0}},
                                    {"std", {0.25, 0.2, 1.0}},
                                    {"resize", 256},
                                    {"crop", 224},
                                    {"train", "train"},
                                    {"test", "test[:8000]"},
                                    {"augment", "crop_flip"},
                                    {"images", 1000},
                                    {"download", true}});
  CHECK(Json(*settings.pretrain) ==
        Json{{"epochs", 8},
             {"optimizer", "sgd"},
             {"lr", 0.1},
             {"momentum", 0.8},
             {"nesterov", true},
             {"beta1", 0.9},
             {"beta2", 0.999},
             {"weight_decay", 1e-4},
             {"schedule",
              {{"name", "cosine"}, {"warmup", 2}, {"milestones", Json::array()}, {"gamma", 0.1}}},
             {"batch", 64},
             {"loss", "cross_entropy"},
             {"label_smoothing", 0.1},
             {"clip_gradient", "none"},
             {"ema", 0.0},
             {"distill", "none"},
             {"freeze_batchnorm", "none"},
             {"quantize_after", 0},
             {"start_bits", "none"},
             {"quantizer_lr", "none"},
             {"quantizer_weight_decay", "none"}});
  CHECK(settings.finetune->epochs == 0);
  CHECK(settings.finetune->beta1 == 0.8);
  CHECK(settings.finetune->beta2 == 0.99);
  CHECK(settings.finetune->schedule.milestones == std::vector<int>{10, 20});
  CHECK(settings.finetune->schedule.gamma == 0.5);
  CHECK(settings.calibrate.images == 64);
  CHECK(settings.calibrate.method == Json{{"name", "percentile"}, {"p", 99.5}});
  CHECK(settings.calibrate.after == "quantized");
  CHECK(settings.evaluate_batch == 50);
  CHECK(settings.limit == 500);
  CHECK(settings.validation == "train[45000:]");
}

TEST_CASE("the rate follows the optimizer, and fine-tuning takes a tenth", "[config]") {
  const Settings settings =
      settings_of("{pretrain: {epochs: 1}, finetune: {epochs: 1, optimizer: adam}}");
  CHECK(settings.pretrain->lr == Approx(0.1));
  CHECK(settings.finetune->lr == Approx(0.0001));
}

TEST_CASE("the options of training are read, and are absent until then", "[config]") {
  const Settings settings = settings_of(
      "pretrain: {epochs: 1, loss: hinge, clip_gradient: 2, ema: 0.5}\n"
      "finetune: {epochs: 5, loss: squared_hinge, clip_gradient: 0.5, ema: 0.99,\n"
      "           distill: {temperature: 4, weight: 0.7}, freeze_batchnorm: 0,\n"
      "           quantize_after: 2, start_bits: 8, quantizer_lr: 0,\n"
      "           quantizer_weight_decay: 1e-4}\n");
  CHECK(settings.pretrain->loss == "hinge");
  CHECK(settings.pretrain->clip_gradient == 2);
  CHECK(settings.pretrain->ema == 0.5);
  const Training& training = *settings.finetune;
  CHECK(training.loss == "squared_hinge");
  CHECK(training.clip_gradient == 0.5);
  CHECK(training.ema == 0.99);
  CHECK(training.distill->temperature == 4);
  CHECK(training.distill->weight == 0.7);
  CHECK(training.freeze_batchnorm == 0);
  CHECK(training.quantize_after == 2);
  CHECK(training.start_bits == 8);
  CHECK(training.quantizer_lr == 0.0);
  CHECK(training.quantizer_weight_decay == 1e-4);

  const Training plain = *settings_of("{finetune: {epochs: 5}}").finetune;
  CHECK(plain.loss == "cross_entropy");
  CHECK_FALSE(plain.clip_gradient);
  CHECK(plain.ema == 0);
  CHECK_FALSE(plain.distill);
  CHECK_FALSE(plain.freeze_batchnorm);
  CHECK(plain.quantize_after == 0);
  CHECK_FALSE(plain.start_bits);
  CHECK_FALSE(plain.quantizer_lr);
  CHECK_FALSE(plain.quantizer_weight_decay);
}

TEST_CASE("none takes an option of training away again", "[config]") {
  const Settings settings = settings_of(
      "finetune: {epochs: 5, clip_gradient: none, distill: none, freeze_batchnorm: none,\n"
      "           start_bits: none, quantizer_lr: none, quantizer_weight_decay: none}\n");
  CHECK(Json(*settings.finetune) == Json(*settings_of("{finetune: {epochs: 5}}").finetune));
}

TEST_CASE("a stage of no epochs may have any options", "[config]") {
  CHECK(settings_of("{finetune: {epochs: 0, quantize_after: 3, freeze_batchnorm: 4}}")
            .finetune->quantize_after == 3);
}

TEST_CASE("none means that a stage is absent", "[config]") {
  const Settings settings = settings_of("{pretrain: none, finetune: none}");
  CHECK_FALSE(settings.pretrain);
  CHECK_FALSE(settings.finetune);
}

TEST_CASE("a plain size is the side after resize and crop", "[config]") {
  const Settings settings = settings_of("{data: {size: 224}}");
  CHECK(settings.data.resize == 224);
  CHECK(settings.data.crop == 224);
}

TEST_CASE("a slice counts from either end, and a download needs no root", "[config]") {
  const Settings settings = settings_of(
      "{data: {name: cifar10, download: true, train: 'train[:-5000]'}, validation: "
      "'train[-5000:]'}");
  CHECK(settings.data.train == "train[:-5000]");
  CHECK(settings.validation == "train[-5000:]");
  CHECK(settings.data.root.empty());
}

TEST_CASE("an absolute root stays as it is", "[config]") {
  CHECK(settings_of("{data: {name: cifar10, root: /data/c10}}").data.root == "/data/c10");
}

TEST_CASE("how batches follow each other is no setting where all images are one", "[config]") {
  Catalog catalog = small_catalog();
  catalog.calibrators[2].follows_batches = true;  // percentile
  const auto read = [&](const std::string& calibrate) {
    return read_settings(parsed("{calibrate: " + calibrate + "}"), "/", catalog).calibrate.method;
  };
  CHECK(read("{method: {name: percentile, p: 99}}").at("p") == 99);
  CHECK(read("{method: percentile, after: quantized}").at("p") == 99.99);
  CHECK_THROWS_WITH(read("{method: {name: percentile, p: 99}, after: quantized}"),
                    "x.yaml:1:22: error: 'p' of 'percentile' has no effect with after: quantized, "
                    "where all images are one batch\n"
                    "{calibrate: {method: {name: percentile, p: 99}, after: quantized}}\n"
                    "                     ^");
}

TEST_CASE("settings survive a round through JSON", "[config]") {
  for (const char* options : {"",
                              ", loss: hinge, clip_gradient: 0.5, ema: 0.99",
                              ", distill: {temperature: 4, weight: 0.7}",
                              ", freeze_batchnorm: 0",
                              ", quantize_after: 2, start_bits: 8",
                              ", quantizer_lr: 0, quantizer_weight_decay: 0"}) {
    INFO(options);
    const std::string text = "{seed: 3, finetune: {epochs: 4" + std::string(options) + "}}";
    const Json json = settings_of(text);
    CHECK(Json(json.get<Settings>()) == json);
    CHECK((json == Json(settings_of("{seed: 3, finetune: {epochs: 4}}"))) == (*options == '\0'));
  }
  const Settings calibrated = settings_of("{calibrate: {method: percentile}}");
  CHECK(Json(Json(calibrated).get<Settings>()) == Json(calibrated));
}

TEST_CASE("what can be read can be named as an axis", "[config]") {
  for (const char* path : {"seed",
                           "validation",
                           "data.name",
                           "pretrain.epochs",
                           "finetune.lr",
                           "finetune.schedule",
                           "finetune.distill",
                           "pretrain.ema",
                           "calibrate.method",
                           "evaluate.batch"}) {
    INFO(path);
    CHECK(is_setting(path));
  }
  for (const char* path : {"",
                           ".",
                           "w",
                           "data",
                           "finetune.",
                           ".seed",
                           "finetune.bits",
                           "pretrain.distill",
                           "lr",
                           "name",
                           "finetune.lr.x",
                           "evaluate.seed"}) {
    INFO(path);
    CHECK_FALSE(is_setting(path));
  }
}

TEST_CASE("a path sets or adds a value", "[config]") {
  Node settings = parsed("{seed: 1, finetune: {epochs: 1}, pretrain: none}");
  set_path(settings, "seed", parsed("2"));
  set_path(settings, "finetune.epochs", parsed("5"));
  set_path(settings, "finetune.lr", parsed("0.5"));
  set_path(settings, "pretrain.epochs", parsed("3"));
  set_path(settings, "evaluate.batch", parsed("10"));
  const Settings read = read_settings(settings, "/", small_catalog());
  CHECK(read.seed == 2);
  CHECK(read.finetune->epochs == 5);
  CHECK(read.finetune->lr == 0.5);
  CHECK(read.pretrain->epochs == 3);
  CHECK(read.evaluate_batch == 10);
}

TEST_CASE("the environment and dollars are resolved anywhere in a text", "[config]") {
  setenv("QSWEEP_TEST_ROOT", "/data", 1);
  setenv("QSWEEP_TEST_EMPTY", "", 1);
  setenv("QSWEEP_TEST_DOLLAR", "$w", 1);
  const auto root_of = [](const std::string& root) {
    const Experiment experiment =
        experiment_of("qsweep: 1\ndata: {name: cifar10, root: '" + root +
                      "'}\npolicies: {p: [{type: Conv2d, output: float}]}\n"
                      "matrix: {model: resnet20, policy: p}\n");
    return read_settings(experiment.settings, "/", small_catalog()).data.root;
  };
  CHECK(root_of("${QSWEEP_TEST_ROOT}/c10") == "/data/c10");
  CHECK(root_of("/a${QSWEEP_TEST_EMPTY}b") == "/ab");
  CHECK(root_of("$$5/$$w") == "/$5/$w");
  CHECK(root_of("${QSWEEP_TEST_DOLLAR}") == "/$w");  // a value is never read as a variable
}

TEST_CASE("the environment gives numbers, though YAML wants it quoted", "[config]") {
  setenv("QSWEEP_TEST_NUMBER", "5", 1);
  const auto epochs_of = [](const std::string& text) {
    const Experiment experiment = experiment_of("qsweep: 1\nfinetune: {epochs: " + text +
                                                "}\npolicies: {p: [{type: Conv2d, output: "
                                                "float}]}\nmatrix: {model: resnet20, policy: p}\n");
    return read_settings(experiment.settings, "/", small_catalog()).finetune->epochs;
  };
  CHECK(epochs_of("\"${QSWEEP_TEST_NUMBER}\"") == 5);
  CHECK_THROWS_WITH(epochs_of("\"1${QSWEEP_TEST_NUMBER}\""),
                    ContainsSubstring("got the text \"15\"; it needs no quotes"));
  CHECK_THROWS_WITH(epochs_of("\"5\""), ContainsSubstring("got the text \"5\""));
}

}  // namespace
}  // namespace qsweep
