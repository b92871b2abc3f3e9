#include "config/small_catalog.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

// A file whose second line are settings, and the message with the caret below a piece of it.
Mistake in_settings(const std::string& line,
                    const std::string& marked,
                    const std::string& message) {
  const size_t offset = line.find(marked);
  return {"qsweep: 1\n" + line +
              "\npolicies: {p: [{type: Conv2d, output: float}]}\n"
              "matrix: {model: resnet20, policy: p}\n",
          "x.yaml:2:" + std::to_string(offset + 1) + ": error: " + message + '\n' + line + '\n' +
              std::string(offset, ' ') + '^'};
}

TEST_CASE("values of the wrong type are refused where they stand", "[config]") {
  check_all({
      in_settings("seed: many", "many", "'seed' must be a whole number, got 'many'"),
      in_settings("seed: 1.5", "1.5", "'seed' must be a whole number, got '1.5'"),
      in_settings("seed: 0x10", "0x10", "'seed' must be a whole number, got '0x10'"),
      in_settings("seed: \"1\"",
                  "\"1\"",
                  "'seed' must be a whole number, got the text \"1\"; it needs no quotes"),
      in_settings("seed: ~", "~", "'seed' must be a whole number, got nothing"),
      in_settings("seed:", "seed", "'seed' must be a whole number, got nothing"),
      in_settings("seed: [1]", "[1]", "'seed' must be a whole number, got a list"),
      in_settings("seed: {a: 1}", "{a", "'seed' must be a whole number, got a map"),
      in_settings("seed: !!int 1", "!!int", "tags are not used here; a text is quoted instead"),
      in_settings("finetune: {epochs: 1, lr: fast}", "fast", "'lr' must be a number, got 'fast'"),
      in_settings("finetune: {epochs: 1, lr: .nan}", ".nan", "'lr' must be a number, got '.nan'"),
      in_settings("finetune: {epochs: 1, lr: inf}", "inf", "'lr' must be a number, got 'inf'"),
      in_settings(
          "finetune: {epochs: 1, lr: 1e-3x}", "1e-3x", "'lr' must be a number, got '1e-3x'"),
      in_settings("finetune: {epochs: 1, nesterov: yes}",
                  "yes",
                  "'nesterov' must be true or false, got 'yes'"),
      in_settings("finetune: fast", "fast", "'finetune' must be a map, got 'fast'"),
      in_settings("finetune: {}", "{}", "'finetune' is an empty map"),
      in_settings("finetune:", "finetune", "'finetune' must be a map, got nothing"),
      in_settings("data: {mean: 0.5}", "0.5", "'mean' must be a list, got '0.5'"),
      in_settings("data: {mean: []}", "[]", "'mean' is an empty list"),
      in_settings("data: {name: [cifar10]}", "[cifar", "'name' must be a text, got a list"),
      in_settings("evaluate: {batch: " + std::string(70, 'x') + "}",
                  "xxx",
                  "'batch' must be a whole number, got '" + std::string(60, 'x') + "...'"),
  });
}

TEST_CASE("values out of range are refused where they stand", "[config]") {
  check_all({
      in_settings("seed: -1", "-1", "'seed' must be 0 to 9223372036854775807, got -1"),
      in_settings("seed: 99999999999999999999",
                  "999",
                  "'seed' must be 0 to 9223372036854775807, got 99999999999999999999"),
      in_settings(
          "finetune: {epochs: 1, lr: 0}", "0}", "'lr' must be above 0 and at most 1000, got 0"),
      in_settings("finetune: {epochs: 1, momentum: 1}",
                  "1}",
                  "'momentum' must be at least 0 and below 1, got 1"),
      in_settings("finetune: {epochs: -1}", "-1", "'epochs' must be 0 to 100000, got -1"),
      in_settings("finetune: {epochs: 1, batch: 0}", "0}", "'batch' must be 1 to 1000000, got 0"),
      in_settings("data: {mean: [0.5, 127]}", "127", "'mean' must be 0 to 1, got 127"),
      in_settings("data: {std: [0, 1]}", "0,", "'std' must be above 0 and at most 1, got 0"),
      in_settings("data: {size: 0}", "0", "'size' must be 1 to 8192, got 0"),
      in_settings("data: {size: {resize: 200, crop: 224}}",
                  "224",
                  "'crop' must be at most 'resize', 200, got 224"),
      in_settings("calibrate: {images: 0}", "0", "'images' must be 1 to 1000000000, got 0"),
  });
}

TEST_CASE("unknown names are refused with the nearest", "[config]") {
  check_all({
      in_settings("finetune: {epoch: 1}",
                  "epoch:",
                  "unknown key 'epoch' in 'finetune'; did you mean 'epochs'?"),
      in_settings("data: {name: cifar11}",
                  "cifar11",
                  "unknown data set 'cifar11'; did you mean 'cifar10'?"),
      in_settings("data: {name: imagenet}",
                  "imagenet",
                  "unknown data set 'imagenet'; known are synthetic, cifar10, image_folder"),
      in_settings(
          "data: {augment: flip}", "flip", "'augment' must be crop_flip or none, got 'flip'"),
      in_settings("calibrate: {method: minmx}",
                  "minmx",
                  "unknown calibrator 'minmx'; did you mean 'minmax'?"),
      in_settings("calibrate: {method: {p: 99}}", "{p", "missing key 'name' in 'method'"),
      in_settings("calibrate: {method: {name: percentile, P: 99}}",
                  "P:",
                  "unknown key 'P' in the calibrator 'percentile'; did you mean 'p'?"),
      in_settings("calibrate: {method: {name: percentile, p: 100.5}}",
                  "100.5",
                  "'p' of 'percentile' must be a number from 0 to 100, got 100.5"),
      in_settings("calibrate: {after: quantised}",
                  "quantised",
                  "'after' must be float or quantized, got 'quantised'; did you mean 'quantized'?"),
      in_settings("finetune: {epochs: 1, optimizer: sdg}",
                  "sdg",
                  "'optimizer' must be sgd, adam or adamw, got 'sdg'; did you mean 'sgd'?"),
      in_settings(
          "finetune: {epochs: 1, schedule: cosin}",
          "cosin",
          "'schedule' must be constant, step or cosine, got 'cosin'; did you mean 'cosine'?"),
      in_settings("data: {size: {rezise: 256}}",
                  "rezise",
                  "unknown key 'rezise' in 'size'; did you mean 'resize'?"),
      in_settings(
          "seeed: 1", "seeed", "unknown key 'seeed' in the experiment file; did you mean 'seed'?"),
  });
}

TEST_CASE("splits are names or slices", "[config]") {
  const auto complaint = [](const std::string& got) {
    return "'test' must be a split or a slice of one, as in test[:8000], got " + got;
  };
  check_all({
      in_settings("data: {test: 'test[8000]'}", "'test[", complaint("'test[8000]'")),
      in_settings("data: {test: 'test[x:]'}", "'test[", complaint("'test[x:]'")),
      in_settings("data: {test: 'test[9:3]'}", "'test[", complaint("'test[9:3]'")),
      in_settings("data: {test: 'test[1:2'}", "'test[", complaint("'test[1:2'")),
      in_settings("data: {test: '[1:2]'}", "'[1:2]", complaint("'[1:2]'")),
      in_settings("data: {test: [a]}", "[a]", complaint("a list")),
  });
}

TEST_CASE("settings that contradict each other are refused", "[config]") {
  check_all({
      in_settings("finetune: {lr: 0.1}", "{lr", "missing key 'epochs' in 'finetune'"),
      in_settings("finetune: {epochs: 1, optimizer: adam, momentum: 0.9}",
                  "momentum",
                  "'momentum' is a setting of sgd, and the optimizer is adam"),
      in_settings("finetune: {epochs: 1, beta1: 0.9}",
                  "beta1",
                  "'beta1' is a setting of adam and adamw, and the optimizer is sgd"),
      in_settings("finetune: {epochs: 1, nesterov: true, momentum: 0}",
                  "true",
                  "'nesterov' needs a momentum above 0"),
      in_settings(
          "finetune: {epochs: 2, warmup: 3}", "3}", "'warmup' must be at most 'epochs', 2, got 3"),
      in_settings("finetune: {epochs: 1, schedule: step}",
                  "step",
                  "the schedule 'step' needs milestones: {name: step, milestones: [10, 20]}"),
      in_settings("finetune: {epochs: 1, schedule: {name: step}}",
                  "{name",
                  "missing key 'milestones' in 'schedule'"),
      in_settings("finetune: {epochs: 1, schedule: {name: cosine, gamma: 0.1}}",
                  "gamma",
                  "'gamma' is for the schedule 'step' only"),
      in_settings("finetune: {epochs: 1, schedule: {name: step, milestones: [20, 10]}}",
                  "10]",
                  "'milestones' must grow, got 10 after 20"),
      in_settings("finetune: {epochs: 4, schedule: {name: step, milestones: [2, 4]}}",
                  "[2",
                  "'milestones' must be below 'epochs', 4, got 4"),
      in_settings("data: {name: cifar10}",
                  "cifar10",
                  "the data set 'cifar10' needs 'root', the folder where its files are, or "
                  "download: true"),
      in_settings("data: {name: image_folder}",
                  "image",
                  "the data set 'image_folder' needs 'root', the folder where its files are"),
      in_settings("data: {root: a}", "a}", "the data set 'synthetic' has no 'root'"),
      in_settings("data: {name: image_folder, root: a, download: true}",
                  "true",
                  "the data set 'image_folder' cannot be downloaded"),
  });
}

TEST_CASE("options of training that make no sense are refused where they stand", "[config]") {
  check_all({
      in_settings("finetune: {epochs: 1, loss: mse}",
                  "mse",
                  "'loss' must be cross_entropy, squared_hinge or hinge, got 'mse'"),
      in_settings("finetune: {epochs: 1, loss: hinge, label_smoothing: 0.1}",
                  "0.1",
                  "'label_smoothing' is for the loss cross_entropy, and the loss is hinge"),
      in_settings("pretrain: {epochs: 1, loss: squared_hinge, label_smoothing: 0.1}",
                  "0.1",
                  "'label_smoothing' is for the loss cross_entropy, and the loss is squared_hinge"),
      in_settings("finetune: {epochs: 1, clip_gradient: 0}",
                  "0}",
                  "'clip_gradient' must be above 0 and at most 1000000, got 0"),
      in_settings("finetune: {epochs: 1, clip_gradient: off}",
                  "off",
                  "'clip_gradient' must be a number or none, got 'off'"),
      in_settings(
          "finetune: {epochs: 1, ema: 1}", "1}", "'ema' must be at least 0 and below 1, got 1"),
      in_settings("finetune: {epochs: 1, distill: 4}", "4}", "'distill' must be a map, got '4'"),
      in_settings("finetune: {epochs: 1, distill: {weight: 1}}",
                  "{weight",
                  "missing key 'temperature' in 'distill'"),
      in_settings("finetune: {epochs: 1, distill: {temperature: 1}}",
                  "{temp",
                  "missing key 'weight' in 'distill'"),
      in_settings("finetune: {epochs: 1, distill: {temperature: 0, weight: 1}}",
                  "0,",
                  "'temperature' must be above 0 and at most 1000, got 0"),
      in_settings("finetune: {epochs: 1, distill: {temperature: 1, weight: 1.5}}",
                  "1.5",
                  "'weight' must be above 0 and at most 1, got 1.5"),
      in_settings("finetune: {epochs: 1, distill: {temperature: 1, weight: 0}}",
                  "0}",
                  "'weight' must be above 0 and at most 1, got 0"),
      in_settings(
          "finetune: {epochs: 1, loss: hinge, distill: {temperature: 1, weight: 1}}",
          "hinge",
          "'loss' has no effect with the weight 1 of 'distill', which leaves nothing to the "
          "labels; it needs a weight below 1"),
      in_settings(
          "finetune: {epochs: 1, label_smoothing: 0.1, distill: {temperature: 1, weight: 1}}",
          "0.1",
          "'label_smoothing' has no effect with the weight 1 of 'distill', which leaves nothing to "
          "the labels; it needs a weight below 1"),
      in_settings("finetune: {epochs: 1, distill: {temprature: 1}}",
                  "temp",
                  "unknown key 'temprature' in 'distill'; did you mean 'temperature'?"),
      in_settings("finetune: {epochs: 2, freeze_batchnorm: true}",
                  "true",
                  "'freeze_batchnorm' must be a whole number or none, got 'true'"),
      in_settings("finetune: {epochs: 2, freeze_batchnorm: 2}",
                  "2}",
                  "'freeze_batchnorm' must be below 'epochs', 2, got 2"),
      in_settings("finetune: {epochs: 2, quantize_after: 3}",
                  "3",
                  "'quantize_after' must be below 'epochs', 2, got 3"),
      in_settings(
          "finetune: {epochs: 3, start_bits: 17}", "17", "'start_bits' must be 2 to 16, got 17"),
      in_settings(
          "finetune: {epochs: 3, quantize_after: 2, start_bits: 8}",
          "8}",
          "'start_bits' needs two epochs with quantization, since the last one has the final bits; "
          "there is one"),
      in_settings("finetune: {epochs: 1, quantizer_lr: -1}",
                  "-1",
                  "'quantizer_lr' must be 0 to 1000, got -1"),
      in_settings("finetune: {epochs: 1, quantizer_wd: 1}",
                  "quantizer_wd",
                  "unknown key 'quantizer_wd' in 'finetune'; did you mean 'quantizer_lr'?"),
  });
}

TEST_CASE("options of fine-tuning are refused in pretraining with the reason", "[config]") {
  for (const std::string option : {"distill: {temperature: 1, weight: 1}",
                                   "freeze_batchnorm: 0",
                                   "quantize_after: 1",
                                   "start_bits: 8",
                                   "quantizer_lr: 0.1",
                                   "quantizer_weight_decay: 0.1"}) {
    const std::string name = option.substr(0, option.find(':'));
    check_all(
        {in_settings("pretrain: {epochs: 2, " + option + "}",
                     name,
                     "'" + name +
                         "' is a setting of 'finetune' only: 'pretrain' makes the float model that "
                         "fine-tuning starts from")});
  }
  CHECK_THAT(error_of("qsweep: 1\npolicies: {p: [{type: Conv2d, output: float}]}\n"
                      "matrix: {model: resnet20, policy: p, pretrain.start_bits: 8}\n"),
             ContainsSubstring("x.yaml:3:38: error: 'start_bits' is a setting of 'finetune' only"));
  CHECK_THAT(error_of("qsweep: 1\npolicies: {p: [{type: Conv2d, output: float}]}\n"
                      "matrix: {model: resnet20, policy: p}\n"
                      "override: [{when: {policy: p}, set: {pretrain.start_bits: 8}}]\n"),
             ContainsSubstring("x.yaml:4:38: error: 'start_bits' is a setting of 'finetune' only"));
}

TEST_CASE("corrections that cannot be are refused where they stand", "[config]") {
  check_all({
      in_settings("corrections: [fold_batchnrom]",
                  "fold",
                  "unknown correction 'fold_batchnrom'; did you mean 'fold_batchnorm'?"),
      in_settings(
          "corrections: [fold_batchnorm, zzzzz]",
          "zzzzz",
          "unknown correction 'zzzzz'; known are fold_batchnorm, equalize, bias_correction, "
          "adaround, none"),
      in_settings(
          "corrections:", "corr", "a correction is a name or a map with a 'name', got nothing"),
      in_settings("corrections: [[equalize]]",
                  "[equalize]]",
                  "a correction is a name or a map with a 'name', got a list"),
      in_settings("corrections: [{iterations: 5}]", "{iter", "missing key 'name' in a correction"),
      in_settings(
          "corrections: [{name: adaround, iteration: 5}]",
          "iteration:",
          "unknown key 'iteration' in the correction 'adaround'; did you mean 'iterations'?"),
      in_settings("corrections: [{name: equalize, batch: 5}]",
                  "batch",
                  "unknown key 'batch' in the correction 'equalize'; known are name"),
      in_settings("corrections: [{name: adaround, iterations: 0.5}]",
                  "0.5",
                  "'iterations' of 'adaround' must be a whole number from 0 to 100000, got 0.5"),
      in_settings("corrections: [equalize, fold_batchnorm, equalize]",
                  "equalize]",
                  "'equalize' is in 'corrections' twice"),
      in_settings(
          "corrections: [bias_correction, fold_batchnorm]",
          "fold",
          "'fold_batchnorm' changes the float network and cannot follow 'bias_correction', which "
          "corrects the quantized one"),
  });
}

TEST_CASE("an unset variable of the environment is named", "[config]") {
  check_all({
      in_settings("data: {name: cifar10, root: \"${QSWEEP_NO_SUCH_ROOT}/x\"}",
                  "\"$",
                  "the environment variable 'QSWEEP_NO_SUCH_ROOT' is not set"),
      in_settings("data: {root: '${a b}'}", "'$", "'${a b}' does not name an environment variable"),
  });
}

}  // namespace
}  // namespace qsweep
