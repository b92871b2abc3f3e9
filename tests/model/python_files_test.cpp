// Files made by Python's torch, with /usr/bin/python3 as Debian has it.

#include "qsweep/core/error.hpp"
#include "qsweep/model/state_file.hpp"

#include <map>

#include "python.hpp"
#include "state_fixture.hpp"

namespace qsweep {
namespace {

const char* const kTensors = R"(
import collections, torch
base = torch.arange(24, dtype=torch.float32)
state = collections.OrderedDict()
state['float'] = base.reshape(2, 3, 4) - 5.5
state['transposed'] = base.reshape(4, 6).t()
state['slice'] = base[3:20:4]
state['same'] = base
state['expanded'] = torch.tensor([7.0]).expand(3, 2)
state['scalar'] = torch.tensor(3, dtype=torch.int64)
state['empty'] = torch.zeros(0, 5)
state['half'] = torch.tensor([0.5, -2.0], dtype=torch.float16)
state['bfloat16'] = torch.tensor([0.5, -3.0], dtype=torch.bfloat16)
state['double'] = torch.tensor([1e300], dtype=torch.float64)
state['int'] = torch.tensor([-2**31], dtype=torch.int32)
state['short'] = torch.tensor([-300], dtype=torch.int16)
state['char'] = torch.tensor([-128], dtype=torch.int8)
state['byte'] = torch.tensor([255], dtype=torch.uint8)
state['bool'] = torch.tensor([True, False])
state['parameter'] = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
state['channels_last'] = base.reshape(1, 2, 3, 4).to(memory_format=torch.channels_last)
state._metadata = collections.OrderedDict([('', {'version': 1})])
)";

NamedTensors expected_tensors() {
  const torch::Tensor base = torch::arange(24, torch::kFloat);
  const auto one = [](double value, torch::ScalarType type) {
    return torch::full({1}, value, type);
  };
  return {{"float", base.reshape({2, 3, 4}) - 5.5},
          {"transposed", base.reshape({4, 6}).t()},
          {"slice", torch::tensor({3.F, 7.F, 11.F, 15.F, 19.F})},
          {"same", base},
          {"expanded", torch::full({3, 2}, 7.F)},
          {"scalar", torch::full({}, 3, torch::kLong)},
          {"empty", torch::zeros({0, 5})},
          {"half", torch::tensor({0.5, -2.0}).to(torch::kHalf)},
          {"bfloat16", torch::tensor({0.5, -3.0}).to(torch::kBFloat16)},
          {"double", one(1e300, torch::kDouble)},
          {"int", one(-2147483648.0, torch::kInt)},
          {"short", one(-300, torch::kShort)},
          {"char", one(-128, torch::kChar)},
          {"byte", one(255, torch::kByte)},
          {"bool", torch::tensor({1, 0}).to(torch::kBool)},
          {"parameter", torch::tensor({1.F, 2.F})},
          {"channels_last", base.reshape({1, 2, 3, 4})}};
}

}  // namespace

TEST_CASE("files of torch.save in both formats give Python's tensors", "[model]") {
  REQUIRE_PYTHON_TORCH();
  const TestFolder folder;
  REQUIRE(run_python(folder, kTensors + std::string(R"(
torch.save(state, 'new.pt')
torch.save(state, 'old.pt', _use_new_zipfile_serialization=False)
torch.save(dict(state), 'protocol4.pt', pickle_protocol=4)
torch.save(dict(state), 'old_protocol4.pt', pickle_protocol=4, _use_new_zipfile_serialization=False)
)")));
  for (const char* name : {"new.pt", "old.pt", "protocol4.pt", "old_protocol4.pt"}) {
    INFO(name);
    const NamedTensors got = read_state_file(folder.file(name));
    check_equal(got, expected_tensors());
    CHECK(got[3].second.storage().data() == got[1].second.storage().data());  // still views
  }
}

TEST_CASE("a checkpoint's other entries are read over", "[model]") {
  REQUIRE_PYTHON_TORCH();
  const TestFolder folder;
  REQUIRE(run_python(folder, R"(
import collections, torch
net = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.BatchNorm1d(1))
with torch.no_grad():
    net[0].weight.copy_(torch.tensor([[1.5, -2.5]])); net[0].bias.fill_(0.25)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
net(torch.ones(3, 2)).sum().backward(); optimizer.step(); optimizer.zero_grad()
with torch.no_grad():
    net[0].weight.copy_(torch.tensor([[1.5, -2.5]])); net[0].bias.fill_(0.25)
state = collections.OrderedDict(('module.' + k, v) for k, v in net.state_dict().items())
checkpoint = {'epoch': 3, 'best': 91.5, 'name': 'net', 'none': None, 'flags': [True, False, []],
              'pair': (1, -2), 'four': (1, 2, 3, 4), 'set': {1, 2}, 'frozen': frozenset([3]),
              'big': 2**70, 'negative': -2**40, 'bytes': {}, 'size': torch.Size([2, 3]), 'dtype': torch.float16,
              'device': torch.device('cpu'), 5: 'five', 'optimizer': optimizer.state_dict(),
              'state_dict': state}
torch.save(checkpoint, 'new.pt')
torch.save(checkpoint, 'old.pt', _use_new_zipfile_serialization=False)
torch.save({'model': state, 'epoch': 3, 7: 1}, 'elsewhere.pt')
torch.save([1, 2], 'list.pt')
torch.save({'state_dict': {'epoch': 3}}, 'none.pt')
torch.save(net, 'whole.pt')
)"));
  for (const char* name : {"new.pt", "old.pt"}) {
    const NamedTensors got = read_state_file(folder.file(name));
    REQUIRE(got.size() == 7);
    CHECK(got[0].first == "0.weight");
    CHECK(torch::equal(got[0].second, torch::tensor({{1.5F, -2.5F}})));
    CHECK(got[6].first == "1.num_batches_tracked");
    CHECK(got[6].second.item<int64_t>() == 1);
  }
  CHECK(complaint_about(folder.file("elsewhere.pt")) ==
        "holds no state_dict, neither itself nor under 'state_dict'; its keys are 'model', "
        "'epoch', what is no text");
  CHECK(complaint_about(folder.file("list.pt")) ==
        "holds no state_dict, but something else than a dict");
  CHECK(complaint_about(folder.file("none.pt")) == "its state_dict holds no tensor");
  CHECK(complaint_about(folder.file("whole.pt")) ==
        "refuses to load: global 'torch.nn.modules.container.Sequential' is not among the few that "
        "tensors need (pickle opcode GLOBAL at byte 2)");
}

TEST_CASE("a TorchScript archive gives the names and values of its state_dict", "[model]") {
  REQUIRE_PYTHON_TORCH();
  const TestFolder folder;
  REQUIRE(run_python(folder, R"(
import torch
from typing import Dict, List
class Block(torch.nn.Module):
    sizes: List[int]
    table: Dict[str, int]
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, bias=False)
        self.bn = torch.nn.BatchNorm2d(4)
        self.sizes = [1, 2]
        self.table = {'a': 1}
        self.tensors = [torch.ones(1)]
        self.ratio = 0.5
        self.register_buffer('mean', torch.arange(4.))
        self.twice = self.conv
    def forward(self, x):
        y = self.bn(self.conv(x)) * self.ratio
        return y + self.mean.reshape(1, 4, 1, 1) + len(self.sizes) + self.table['a'] + self.tensors[0]
net = torch.nn.Sequential(Block(), torch.nn.ReLU()).eval()
script = torch.jit.script(net)
script.save('script.pt')
torch.jit.trace(net, torch.zeros(1, 3, 8, 8)).save('trace.pt')
torch.save(script.state_dict(), 'state.pt')
)"));
  const NamedTensors state = read_state_file(folder.file("state.pt"));
  const std::map<std::string, torch::Tensor> expected(state.begin(), state.end());
  CHECK(expected.count("0.bn.num_batches_tracked") == 1);
  for (const char* name : {"script.pt", "trace.pt"}) {
    INFO(name);
    const NamedTensors got = read_state_file(folder.file(name));
    for (const auto& [key, value] : got) {
      INFO(key);
      REQUIRE(expected.count(key) == 1);
      CHECK(torch::equal(value, expected.at(key)));
    }
    CHECK(got.size() >= 7);
  }
  CHECK(read_state_file(folder.file("script.pt")).size() == expected.size());
}

TEST_CASE("Python reads what was written", "[model]") {
  REQUIRE_PYTHON_TORCH();
  const TestFolder folder;
  NamedTensors state = expected_tensors();
  write_state_file(folder.file("written.pt"), state);
  CHECK(run_python(folder, kTensors + std::string(R"(
import inspect
options = [{}]
if 'weights_only' in inspect.signature(torch.load).parameters:
    options.append({'weights_only': True})
for option in options:
    read = torch.load('written.pt', **option)
    assert type(read) is collections.OrderedDict, type(read)
    assert list(read) == list(state), list(read)
    for key in state:
        assert read[key].dtype == state[key].dtype and torch.equal(read[key], state[key]), key
)")));
}

}  // namespace qsweep
