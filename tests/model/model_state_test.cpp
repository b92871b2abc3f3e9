#include "qsweep/core/error.hpp"
#include "qsweep/model/native_model.hpp"

#include <array>

#include "support/catch.hpp"
#include "tiny_network.hpp"

namespace qsweep {
namespace {

std::unique_ptr<Model> tiny() {
  return make_native_model(std::make_shared<TinyNetwork>(), InputShape{1, 6, 6});
}

NamedTensors copy_of(const NamedTensors& state) {
  NamedTensors copies;
  for (const auto& [name, tensor] : state) {
    copies.emplace_back(name, tensor.detach().clone());
  }
  return copies;
}

std::string complaint(Model& model, const NamedTensors& state) {
  try {
    load_state(model, state, "w.pt");
  } catch (const IoError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a state goes from one model into another", "[model]") {
  const auto from = tiny();
  const auto to = tiny();
  CHECK(fingerprint_of(state_of(*from)) != fingerprint_of(state_of(*to)));
  load_state(*to, state_of(*from), "w.pt");
  CHECK(fingerprint_of(state_of(*from)) == fingerprint_of(state_of(*to)));
  for (const auto& [name, tensor] : to->parameters()) {
    CHECK(tensor.is_leaf());
    CHECK(tensor.requires_grad());
  }
}

TEST_CASE("num_batches_tracked may be missing from a state", "[model]") {
  const auto model = tiny();
  NamedTensors state;
  for (auto& entry : copy_of(state_of(*model))) {
    if (entry.first.find("num_batches_tracked") == std::string::npos) {
      state.push_back(entry);
    }
  }
  CHECK(state.size() == state_of(*model).size() - 2);
  CHECK(complaint(*model, state).empty());
}

TEST_CASE("keys that do not fit are listed, and nothing is copied", "[model]") {
  const auto model = tiny();
  const std::string before = fingerprint_of(state_of(*model));
  NamedTensors state = copy_of(state_of(*model));
  REQUIRE(state[0].first == "stem.weight");
  for (auto& [name, tensor] : state) {
    tensor = tensor + 1;
    if (name == "head.weight") {
      tensor = torch::zeros({10, 72});
    } else if (name == "head.bias") {
      name = "fc.bias";
    }
  }
  CHECK(complaint(*model, state) ==
        "w.pt: these weights do not fit the model\n"
        "  missing (1): head.bias\n"
        "  unexpected (1): fc.bias\n"
        "  mis-shaped (1): head.weight is [10, 72], the model has [3, 72]");
  CHECK(fingerprint_of(state_of(*model)) == before);
}

TEST_CASE("of many keys that do not fit eight are shown", "[model]") {
  const auto model = tiny();
  NamedTensors state = copy_of(state_of(*model));
  for (int i = 0; i < 9; ++i) {
    state.emplace_back("extra" + std::to_string(i), torch::zeros({1}));
  }
  CHECK(complaint(*model, state) ==
        "w.pt: these weights do not fit the model\n"
        "  unexpected (9): extra0, extra1, extra2, extra3, extra4, extra5, extra6, extra7, ...");
}

TEST_CASE("a fingerprint is that of names, types, shapes and values", "[model]") {
  const NamedTensors state = {{"w", torch::tensor({{1.F, 2.F}, {3.F, 4.F}})}};
  // sha256 of "w Float [2, 2]\n" and the sixteen bytes, by coreutils.
  CHECK(fingerprint_of(state) ==
        "dd10362824178e605e8772fd9bce92032349fced97667ab751c822f0fcf7fd9b");
  CHECK(fingerprint_of({{"w", state[0].second.t().contiguous().t()}}) == fingerprint_of(state));
  const std::array<NamedTensors, 4> others = {{{{"v", state[0].second}},
                                               {{"w", state[0].second.reshape({4})}},
                                               {{"w", state[0].second + 1e-6}},
                                               {{"w", state[0].second.view(torch::kInt)}}}};
  for (const NamedTensors& other : others) {
    CHECK(fingerprint_of(other) != fingerprint_of(state));
  }
}

}  // namespace qsweep
