// `keep` and `qsweep export` with the real worker, read by Python's torch.

#include <cstdlib>
#include <filesystem>

#include "support/catch.hpp"
#include "sweep_run.hpp"

using namespace qsweep::test;

namespace {

const std::string kKept = R"(qsweep: 1
name: kept
keep: best
data: {name: synthetic, images: 60}
pretrain: {epochs: 1, lr: 0.02, batch: 20}
calibrate: {images: 20}
finetune: {epochs: 2, lr: 0.01, batch: 20}
policies:
  even:
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: 4, granularity: per_channel}
    - type: ReLU
      output: {quantizer: uniform, bits: 8}
  uneven:
    - type: [Conv2d, Linear]
      weight: {quantizer: power_of_two, bits: 4}
matrix:
  model: resnet20
  policy: [even, uneven]
)";

Finished qsweep_in(const ScratchFolder& folder, const std::string& arguments) {
  return shell("cd '" + folder.path() + "' && QSWEEP_CACHE=cache " QSWEEP_COMMAND " " + arguments);
}

// The trial of a policy.
std::string trial_of(const ScratchFolder& folder, const std::string& policy) {
  for (const CsvRow& row : csv_rows(read_text(folder.path("results/kept/results.csv")))) {
    if (row.at("policy") == policy) {
      return row.at("trial");
    }
  }
  return "none";
}

bool has_python_torch() {
  return std::system("/usr/bin/python3 -c 'import torch' 2>/dev/null") == 0;
}

const char* const kPythonCheck = R"(
import sys, torch
state, codes, script = [torch.load(f) for f in sys.argv[1:3]] + [torch.jit.load(sys.argv[3])]
assert 'layer1.0.conv1.weight' in state and state['conv1.weight'].shape == (16, 3, 3, 3)
name = 'layer1.0.conv1.weight'
values = codes[name + '.codes'].float() * codes[name + '.scale']
assert torch.equal(values, script.state_dict()[name])
assert script(torch.zeros(3, 3, 32, 32)).shape == (3, 10)
)";

}  // namespace

TEST_CASE("export writes what a trial kept in each form, and says where", "[sweep]") {
  const ScratchFolder folder;
  write_text(folder.path("kept.yaml"), kKept);
  const Finished run = qsweep_in(folder, "kept.yaml -q");
  INFO(run.out);
  REQUIRE(run.code == 0);
  const std::string even = trial_of(folder, "even");
  for (const char* as : {"state_dict", "quantized", "codes", "torchscript"}) {
    INFO(as);
    const Finished exported =
        qsweep_in(folder, "export results/kept " + even + " -o " + as + " --as " + as);
    INFO(exported.out);
    CHECK(exported.code == 0);
    CHECK_THAT(exported.out, ContainsSubstring(std::string(as) + "\n"));
    CHECK(std::filesystem::exists(folder.path(as)));
  }
  const Finished usual = qsweep_in(folder, "export results/kept " + even.substr(0, 8));
  CHECK_THAT(usual.out, ContainsSubstring("results/kept/trials/" + even + "/export_state_dict.pt"));
  if (has_python_torch()) {
    write_text(folder.path("check.py"), kPythonCheck);
    const Finished python = shell("cd '" + folder.path() +
                                  "' && /usr/bin/python3 check.py state_dict codes torchscript");
    INFO(python.out);
    CHECK(python.code == 0);
  } else {
    WARN("/usr/bin/python3 has no torch: nothing of it was compared");
  }
}

TEST_CASE("export says why something cannot be exported", "[sweep]") {
  const ScratchFolder folder;
  write_text(folder.path("kept.yaml"), kKept);
  REQUIRE(qsweep_in(folder, "kept.yaml -q --only policy=uneven").code == 0);
  const Finished codes =
      qsweep_in(folder, "export results/kept " + trial_of(folder, "uneven") + " --as codes");
  CHECK(codes.code == 2);
  CHECK_THAT(codes.out,
             ContainsSubstring("the levels of 'power_of_two' are not evenly spaced; 'quantized' "
                               "and 'torchscript' export it"));
  const Finished pending = qsweep_in(folder, "export results/kept " + trial_of(folder, "even"));
  CHECK(pending.code == 2);
  CHECK_THAT(pending.out, ContainsSubstring(" has not run: there is nothing to export"));
  const Finished form = qsweep_in(folder, "export results/kept x --as onnx");
  CHECK(form.code == 2);

  REQUIRE(qsweep_in(folder, "kept.yaml -q -o bare --set keep=none --only policy=uneven").code == 0);
  const Finished bare = qsweep_in(folder, "export bare " + trial_of(folder, "uneven"));
  CHECK(bare.code == 2);
  CHECK_THAT(bare.out, ContainsSubstring("where the experiment file says 'keep: last'"));
  const Finished wrong = qsweep_in(folder, "kept.yaml --set keep=all");
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.out, ContainsSubstring("'keep' must be none, best or last"));
}
