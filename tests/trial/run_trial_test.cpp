#include "qsweep/trial/run_trial.hpp"

#include "qsweep/model/state_file.hpp"

#include <numeric>
#include <set>

#include "support/catch.hpp"
#include "trial/bench.hpp"

using namespace qsweep;
using test::Bench;
using test::one_epoch;
using test::uniform_output;
using test::uniform_weight;

namespace {

Trial quantized_trial(const std::string& id, int bits) {
  Trial trial = test::small_float_trial("wide");
  trial.id = id;
  // conv: input 0, weight 1, output 2; relu: 3, 4; mean: 5, 6; linear: 7, 8, 9.
  trial.groups = {{uniform_weight(bits), {1, 8}, "p:1"}, {uniform_output(bits), {2, 4}, "p:2"}};
  return trial;
}

}  // namespace

TEST_CASE("a float trial is evaluated once and leaves its pretrained weights", "[trial]") {
  Bench bench;
  const Record record = bench.run(test::small_float_trial("wide"));
  INFO(record.error);
  REQUIRE_FALSE(record.failed);
  CHECK(record.final->images == 200);
  CHECK(record.final->top1 == record.ptq->top1);
  CHECK_FALSE(record.sqnr_db.has_value());
  CHECK(bench.file("f/correct.bits").size() == 25);
  CHECK(read_state_file(bench.folder.path() + "/run/trials/f/weights.pt").size() == 3);
  CHECK(bench.stages == std::vector<std::string>{"pretrain", "pretrain", "evaluate"});
}

TEST_CASE("correct.bits has a bit per image, and they count as top1", "[trial]") {
  Bench bench;
  const Record record = bench.run(test::small_float_trial("wide"));
  int right = 0;
  for (const char byte : bench.file("f/correct.bits")) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      right += static_cast<int>(static_cast<unsigned char>(byte) >> bit & 1U);
    }
  }
  CHECK(record.final->top1 == right / 2.0);
}

TEST_CASE("a quantized trial computes what its bits allow, and the same again", "[trial]") {
  Bench bench;
  bench.run(test::small_float_trial("wide"));
  const Record eight = bench.run(quantized_trial("q8", 8));
  const Record two = bench.run(quantized_trial("q2", 2));
  INFO(eight.error);
  REQUIRE_FALSE(eight.failed);
  CHECK(*eight.sqnr_db > 20);
  CHECK(*two.sqnr_db < *eight.sqnr_db - 10);
  const std::string layers = bench.file("q2/layers.csv");
  CHECK_THAT(layers, ContainsSubstring("conv,Conv2d,conv2d,weight,0,p:1,uniform,2,"));
  CHECK_THAT(layers, ContainsSubstring("mean,Mean,mean,output,0,,float,32,,"));

  Bench other;
  other.run(test::small_float_trial("wide"));
  const Record again = other.run(quantized_trial("q2", 2));
  CHECK(again.final->loss == two.final->loss);
  CHECK(other.file("q2/correct.bits") == bench.file("q2/correct.bits"));
}

TEST_CASE("timing an evaluation again changes nothing but the timing", "[trial]") {
  Bench plain;
  plain.run(test::small_float_trial("wide"));
  const Record once = plain.run(quantized_trial("q2", 2));
  CHECK(once.repeats == 0);
  CHECK(once.images_per_second >= 200 / once.seconds.at("evaluate"));

  Bench timed;
  const Record reference = timed.run(test::small_float_trial("wide"), 3);
  CHECK(reference.repeats == 3);
  CHECK(timed.stages ==
        std::vector<std::string>{"pretrain", "pretrain", "evaluate", "timing", "timing", "timing"});
  const Record thrice = timed.run(quantized_trial("q2", 2), 3);
  CHECK(thrice.repeats == 3);
  // The median of three is at most half of their sum.
  CHECK(200 / thrice.images_per_second <= thrice.seconds.at("timing") / 2);
  CHECK(thrice.images_per_second > 0);
  CHECK(thrice.final->loss == once.final->loss);
  CHECK(thrice.sqnr_db == once.sqnr_db);
  for (const char* file : {"q2/correct.bits", "q2/layers.csv", "f/correct.bits"}) {
    CHECK(timed.file(file) == plain.file(file));
  }
}

TEST_CASE("the float trial's answers are there for the others even if it never ran here",
          "[trial]") {
  Bench first;
  first.run(test::small_float_trial("wide"));
  const Record with = first.run(quantized_trial("q", 3));
  Bench second;
  const Record without = second.run(quantized_trial("q", 3));
  CHECK(with.sqnr_db == without.sqnr_db);
  CHECK(with.images_lost == without.images_lost);
}

TEST_CASE("won and lost images explain the difference of top1", "[trial]") {
  Bench bench;
  const Record base = bench.run(test::small_float_trial("wide"));
  const Record low = bench.run(quantized_trial("q", 2));
  const double difference = low.final->top1 - base.final->top1;
  CHECK(difference == Approx(static_cast<double>(low.images_won - low.images_lost) / 2));
}

TEST_CASE("fine-tuning keeps what was measured before it", "[trial]") {
  Bench bench;
  bench.run(test::small_float_trial("wide"));
  const Record plain = bench.run(quantized_trial("a", 3));
  Trial tuned_trial = quantized_trial("b", 3);
  tuned_trial.settings.finetune = one_epoch(0.05);
  const Record tuned = bench.run(tuned_trial);
  CHECK(tuned.ptq->loss == plain.final->loss);
  CHECK(tuned.final->loss != plain.final->loss);
  CHECK(*tuned.top1_best == tuned.final->top1);
  CHECK(bench.stages.back() == "finetune");
}

TEST_CASE("calibrating behind quantized layers gives other ranges", "[trial]") {
  Bench bench;
  bench.run(test::small_float_trial("wide"));
  Trial behind = quantized_trial("b", 2);
  behind.settings.calibrate.after = "quantized";
  bench.run(quantized_trial("a", 2));
  const Record record = bench.run(behind);
  INFO(record.error);
  REQUIRE_FALSE(record.failed);
  CHECK(bench.file("a/layers.csv") != bench.file("b/layers.csv"));
}

TEST_CASE("every calibrator has its ranges, and the same from what another trial gathered",
          "[trial]") {
  Bench bench;
  bench.run(test::small_float_trial("wide"));
  const auto layers_with = [&bench](const Json& calibrate, const std::string& granularity) {
    static int number = 0;
    Trial trial = quantized_trial("c" + std::to_string(++number), 3);
    trial.settings.evaluate_batch = 25;
    trial.groups[0].quantizer["calibrate"] = calibrate;
    trial.groups[1].quantizer["calibrate"] = calibrate;
    trial.groups[1].quantizer["granularity"] = granularity;
    const Record record = bench.run(trial);
    INFO(record.error);
    REQUIRE_FALSE(record.failed);
    return bench.file(trial.id + "/layers.csv");
  };
  std::set<std::string> seen;
  for (const CalibratorEntry& entry : calibrators()) {
    for (const char* granularity : {"per_tensor", "per_channel"}) {
      INFO(entry.info.name << ' ' << granularity);
      const std::string layers = layers_with(entry.info.name, granularity);
      CHECK(seen.insert(layers).second);
      CHECK(layers_with(entry.info.name, granularity) == layers);
    }
  }
  CHECK(seen.insert(layers_with({{"name", "percentile"}, {"p", 90.0}}, "per_tensor")).second);
}

TEST_CASE("a trial that cannot be computed fails with its reason", "[trial]") {
  Bench bench;
  Trial diverging = test::small_float_trial("wide");
  diverging.settings.pretrain = one_epoch(1e30);
  const Record record = bench.run(diverging);
  CHECK(record.failed);
  CHECK(record.error_kind == "nan");
  CHECK_THAT(record.error, ContainsSubstring("not finite in epoch 1, step"));
  CHECK(record.error_text == record.error);
  Trial unknown = test::small_float_trial("wide");
  unknown.model.zoo = "wied";
  CHECK(bench.run(unknown).error == "unknown model 'wied'; did you mean 'wide'?");
  CHECK(bench.run(unknown).error_kind == "error");
}

TEST_CASE("what became of files is told without their paths, and with them beside it", "[trial]") {
  Bench bench;
  Trial weightless = test::small_float_trial("wide");
  weightless.model.weights = bench.folder.path("gone.pt");
  const Record record = bench.run(weightless);
  CHECK(record.error_kind == "io");
  CHECK(record.error == "No such file or directory");
  CHECK(record.error_text == bench.folder.path("gone.pt") + ": No such file or directory");

  test::write_text(bench.folder.path("gone.pt"), "no weights");
  CHECK(bench.run(weightless).error == "is no file of torch.save or torch.jit.save");

  Trial homeless = test::small_float_trial("wide");
  homeless.settings.data.name = "image_folder";
  homeless.settings.data.root = bench.folder.path("gone");
  const Record gone = bench.run(homeless);
  CHECK(gone.error_kind == "io");
  CHECK(gone.error == "no such folder");
  CHECK_THAT(gone.error_text, ContainsSubstring(bench.folder.path("gone") + "/train: no such"));
}

TEST_CASE("what LibTorch refuses is told in one line; a lack of memory is a kind of its own",
          "[trial]") {
  Bench bench;
  Trial trial = test::small_float_trial("wide");
  trial.model.zoo = "crooked";
  const Record crooked = bench.run(trial);
  CHECK(crooked.error_kind == "error");
  CHECK_THAT(crooked.error, ContainsSubstring("shapes cannot be multiplied"));
  CHECK(crooked.error.find_first_of("/\n") == std::string::npos);
  trial.model.zoo = "greedy";
  const Record greedy = bench.run(trial);
  CHECK(greedy.error_kind == "memory");
  CHECK(greedy.error == "out of memory");
  CHECK_THAT(greedy.error_text, ContainsSubstring("allocate"));
}
