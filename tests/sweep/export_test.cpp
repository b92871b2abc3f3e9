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

const char* const kScripted = R"(
import torch, torch.nn as nn
torch.manual_seed(1)
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
    def forward(self, x):
        y = self.bn(self.conv(x))
        y += x
        return torch.relu_(y)
torch.jit.script(nn.Sequential(nn.Conv2d(3, 8, 3, stride=4), Block(), nn.Flatten(), nn.Linear(512, 10))).save('net.pt')
)";

// The weights that a script was trained to, in the script as it was and in the one that is
// exported.
const char* const kCheckScript = R"(
import torch
net, trained, exported = (torch.jit.load(f) for f in ('net.pt', 'net.pt', 'torchscript'))
trained.load_state_dict(torch.load('state_dict'))
name = '1.conv.weight'
assert not torch.equal(net.state_dict()[name], trained.state_dict()[name])
assert not torch.equal(net.state_dict()['1.bn.running_mean'], trained.state_dict()['1.bn.running_mean'])
quantized = torch.load('quantized')
assert quantized[name].unique().numel() <= 15
trained.load_state_dict(quantized)
assert all(torch.equal(tensor, quantized[key]) for key, tensor in exported.state_dict().items())
images = torch.randn(5, 3, 32, 32)
assert torch.allclose(trained.eval()(images), exported(images), atol=1e-5)
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
             ContainsSubstring("'power_of_two' gives none; 'quantized' "
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

TEST_CASE("what a script was trained to is an archive that Python loads, with the same logits",
          "[sweep]") {
  if (!has_python_torch()) {
    WARN("skipped: /usr/bin/python3 has no torch");
    return;
  }
  const ScratchFolder folder;
  write_text(folder.path("make.py"), kScripted);
  REQUIRE(shell("cd '" + folder.path() + "' && /usr/bin/python3 make.py").code == 0);
  write_text(folder.path("kept.yaml"), R"(qsweep: 1
name: kept
keep: last
data: {name: synthetic, images: 60}
finetune: {epochs: 1, lr: 0.01, batch: 20}
policies:
  weights:
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: 4}
matrix: {model: [{script: net.pt}], policy: weights}
)");
  const Finished run = qsweep_in(folder, "kept.yaml -q");
  INFO(run.out);
  REQUIRE(run.code == 0);
  for (const std::string as : {"state_dict", "quantized", "torchscript"}) {
    const Finished exported = qsweep_in(
        folder, "export results/kept " + trial_of(folder, "weights") + " -o " + as + " --as " + as);
    INFO(exported.out);
    CHECK(exported.code == 0);
  }
  write_text(folder.path("check.py"), kCheckScript);
  const Finished python = shell("cd '" + folder.path() + "' && /usr/bin/python3 check.py");
  INFO(python.out);
  CHECK(python.code == 0);
}
