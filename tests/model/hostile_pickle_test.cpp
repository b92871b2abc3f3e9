// Pickles that nobody's torch.save wrote: none runs anything, none takes more than it may.

#include "qsweep/model/state_file.hpp"

#include "state_fixture.hpp"

namespace qsweep {
namespace {

using namespace std::string_literals;

const std::string kBegin = "\x80\x02"s;

std::string complaint_about_pickle(const std::string& pickle) {
  const TestFolder folder;
  return complaint_about(folder.write("hostile.pt", archive_with(pickle)));
}

std::string one_tensor(const std::string& opcodes) {
  return kBegin + "}" + text("w") + opcodes + "s.";
}

const std::string kZero = "K\0"s;
const std::string kFour = "K\4\x85"s;  // (4,)
const std::string kOne = "K\1\x85"s;   // (1,)

std::string long8(uint64_t value) {
  std::string opcode = "\x8a\x08"s;
  for (int i = 0; i < 8; ++i) {
    opcode += static_cast<char>(value >> (8 * i) & 0xff);
  }
  return opcode;
}

}  // namespace

TEST_CASE("a hand-made tensor is read, so that what follows fails for its own reason", "[model]") {
  const TestFolder folder;
  const std::string path =
      folder.write("good.pt", archive_with(one_tensor(tensor(kZero, kFour, kOne))));
  check_equal(read_state_file(path), {{"w", torch::tensor({1.F, 2.F, 3.F, 4.F})}});
}

TEST_CASE("globals and opcodes that run something are refused by name and place", "[model]") {
  struct Case {
    std::string pickle;
    std::string message;
  };
  const std::string not_needed = " is not among the few that tensors need";
  const Case cases[] = {
      {kBegin + "}q\0cos\nsystem\n"s + text("true") + "\x85R.",
       "refuses to load: global 'os.system'" + not_needed + " (pickle opcode GLOBAL at byte 5)"},
      {kBegin + text("os") + text("system") + "\x93" + text("true") + "\x85R.",
       "refuses to load: global 'os.system'" + not_needed +
           " (pickle opcode STACK_GLOBAL at byte 20)"},
      {kBegin + "c__builtin__\neval\n.",
       "refuses to load: global '__builtin__.eval'" + not_needed +
           " (pickle opcode GLOBAL at byte 2)"},
      {kBegin + "ctorch._utils\n_rebuild_tensor_v2.__globals__\n.",
       "refuses to load: global 'torch._utils._rebuild_tensor_v2.__globals__'" + not_needed +
           " (pickle opcode GLOBAL at byte 2)"},
      {kBegin + "c__torch__.net\nNet\n.",
       "refuses to load: global '__torch__.net.Net'" + not_needed +
           " (pickle opcode GLOBAL at byte 2)"},
      {kBegin + "ca\033[2J\n" + std::string(100, 'x') + "\n.",
       "refuses to load: global 'a?[2J." + std::string(74, 'x') + "...'" + not_needed +
           " (pickle opcode GLOBAL at byte 2)"},
      {kBegin + "(" + text("true") + "ios\nsystem\n.",
       "refuses to load: pickle opcode INST at byte 12" + not_needed},
      {kBegin + "(ccollections\nOrderedDict\no.",
       "refuses to load: pickle opcode OBJ at byte 28" + not_needed},
      {kBegin + "\x82\x01.", "refuses to load: pickle opcode EXT1 at byte 2" + not_needed},
      {kBegin + "P0\n.", "refuses to load: pickle opcode PERSID at byte 2" + not_needed},
      {kBegin + "\x92.", "refuses to load: pickle opcode NEWOBJ_EX at byte 2" + not_needed},
      {kBegin + "ccollections\nOrderedDict\n)\x81.",
       "refuses to load: an object of 'collections.OrderedDict' (pickle opcode NEWOBJ at byte 28)"},
      {kBegin + "]}b.",
       "refuses to load: a state for what is no object (pickle opcode BUILD at byte 4)"},
      {kBegin + "\xff.", "damaged pickle: byte 2 is 255, which is no opcode"},
      {"\x80\x06.", "damaged pickle: protocol 6 is unknown (pickle opcode PROTO at byte 0)"},
  };
  for (const Case& one : cases) {
    CHECK(complaint_about_pickle(one.pickle) == one.message);
  }
}

TEST_CASE("a TorchScript archive may name its own classes and nothing more", "[model]") {
  const TestFolder folder;
  const std::string object = "c__torch__.net\nNet\n)\x81}";
  check_equal(
      read_state_file(folder.write(
          "good.pt",
          script_archive_with(kBegin + object + text("w") + tensor(kZero, kFour, kOne) + "sb."))),
      {{"w", torch::tensor({1.F, 2.F, 3.F, 4.F})}});
  CHECK(complaint_about(folder.write("bad.pt", script_archive_with(kBegin + "cos\nsystem\n."))) ==
        "refuses to load: global 'os.system' is not among the few that tensors need (pickle opcode "
        "GLOBAL at byte 2)");
  // A module that holds itself, twice.
  const std::string self =
      kBegin + "c__torch__.net\nNet\n)\x81q\0}("s + text("a") + "h\0"s + text("b") + "h\0ub."s;
  CHECK_THAT(complaint_about(folder.write("self.pt", script_archive_with(self))),
             ContainsSubstring("its modules nest too deeply, or are too many, at 'a.a.a."));
  CHECK(complaint_about(folder.write("none.pt", script_archive_with(kBegin + "}."))) ==
        "is a TorchScript archive without a module");
}

TEST_CASE("lengths and numbers of values are bounded by the file", "[model]") {
  CHECK(complaint_about_pickle(kBegin + "\x8b\xff\xff\xff\xff"s + "1.") ==
        "is cut off or damaged: 4294967295 bytes should follow at byte 7, there are 2");
  CHECK(complaint_about_pickle(kBegin + "X\xff\xff\xff\x7f.") ==
        "is cut off or damaged: 2147483647 bytes should follow at byte 7, there are 1");
  CHECK(complaint_about_pickle(kBegin + "\x8d" + std::string(8, '\xff') + ".") ==
        "is cut off or damaged: 18446744073709551615 bytes should follow at byte 11, there are 1");
  CHECK(complaint_about_pickle(kBegin + "cos.") ==
        "is cut off or damaged: the line at byte 3 does not end");
  CHECK(complaint_about_pickle(kBegin + std::string(9 << 20, ']') + ".") ==
        "refuses to load: more than 8388608 values (pickle opcode EMPTY_LIST at byte 8388610)");
  CHECK(complaint_about_pickle(kBegin + std::string(9 << 20, '(') + ".") ==
        "refuses to load: more than 8388608 values (pickle opcode MARK at byte 8388610)");
}

TEST_CASE("what a pickle remembers cannot be made to grow", "[model]") {
  CHECK(complaint_about_pickle(kBegin + "]r\xff\xff\xff\xff."s) ==
        "holds no state_dict, but something else than a dict");
  CHECK(complaint_about_pickle(kBegin + "h\7."s) ==
        "damaged pickle: nothing was remembered as 7 (pickle opcode BINGET at byte 2)");
  // Each OrderedDict would copy the list of the one before: 2 to the 30th pairs.
  std::string list = kBegin + "](";
  for (int i = 0; i < 1000; ++i) {
    list += "NN\x86";
  }
  list += "eq\0"s;
  std::string copies;
  for (int i = 0; i < 10000; ++i) {
    copies += "ccollections\nOrderedDict\nh\0\x85R0"s;
  }
  CHECK_THAT(complaint_about_pickle(list + copies + "."),
             ContainsSubstring("refuses to load: more than 8388608 values (pickle opcode REDUCE"));
}

TEST_CASE("structures that hold themselves and deep ones do no harm", "[model]") {
  CHECK(complaint_about_pickle(kBegin + "]q\0h\0a."s) ==
        "holds no state_dict, but something else than a dict");
  CHECK(complaint_about_pickle(kBegin + "}q\0"s + text("state_dict") + "h\0s."s) ==
        "its state_dict holds no tensor");
  std::string deep = kBegin;
  for (int i = 0; i < 1000000; ++i) {
    deep += "]";
  }
  CHECK(complaint_about_pickle(deep + std::string(999999, 'a') + ".") ==
        "holds no state_dict, but something else than a dict");
}

TEST_CASE("a stack that does not add up is damage", "[model]") {
  CHECK(complaint_about_pickle(kBegin + ".") ==
        "damaged pickle: too little on the stack (pickle opcode STOP at byte 2)");
  CHECK(complaint_about_pickle(kBegin + "}(a.") ==
        "damaged pickle: too little on the stack (pickle opcode APPEND at byte 4)");
  CHECK(complaint_about_pickle(kBegin + "}u.") ==
        "damaged pickle: no mark on the stack (pickle opcode SETITEMS at byte 3)");
  CHECK(complaint_about_pickle(kBegin + "}(Nu.") ==
        "damaged pickle: a key without a value (pickle opcode SETITEMS at byte 5)");
  CHECK(complaint_about_pickle(kBegin + "}Na.") ==
        "damaged pickle: adds to what is no collection of that kind (pickle opcode APPEND at byte "
        "4)");
  CHECK(complaint_about_pickle(kBegin + "N)R.") ==
        "damaged pickle: a call takes a global and a tuple (pickle opcode REDUCE at byte 4)");
}

TEST_CASE("a tensor stays inside of its storage", "[model]") {
  const std::string huge = long8(uint64_t{1} << 62);
  const auto complaint =
      [](const std::string& offset, const std::string& sizes, const std::string& strides) {
        return complaint_about_pickle(one_tensor(tensor(offset, sizes, strides)));
      };
  const std::string beyond = "tensor 'w' has sizes and strides far beyond its storage of 4";
  CHECK(complaint(kZero, "K\5\x85", kOne) == "tensor 'w' reaches to number 4 of a storage of 4");
  CHECK(complaint("K\1", kFour, kOne) == "tensor 'w' reaches to number 4 of a storage of 4");
  CHECK(complaint(kZero, "K\2\x85", "K\4\x85") ==
        "tensor 'w' reaches to number 4 of a storage of 4");
  CHECK(complaint(kZero, huge + "\x85", kOne) == beyond);
  CHECK(complaint(kZero, "K\4\x85", huge + "\x85") == beyond);
  CHECK(complaint(kZero, huge + huge + "\x86", kZero + kZero + "\x86") == beyond);
  CHECK(complaint(kZero, long8(uint64_t{1} << 25) + "\x85", kZero + "\x85") == beyond);
  CHECK(complaint(long8(INT64_MAX), kFour, kOne) == beyond);
  CHECK(complaint(kZero, "J\xff\xff\xff\xff\x85", kOne) ==
        "tensor 'w' has a negative size, stride or offset: -1");
  CHECK(complaint(long8(uint64_t{1} << 63), kFour, kOne) ==
        "tensor 'w' has a negative size, stride or offset: -9223372036854775808");
  CHECK(complaint("N", kFour, kOne) ==
        "tensor 'w' has a size, stride or offset that is no integer");
  CHECK(complaint(kZero, kFour, ")") == "tensor 'w' has 1 sizes and 0 strides");
  std::string many = "(";
  for (int i = 0; i < 65; ++i) {
    many += "K\1";
  }
  CHECK(complaint(kZero, many + "t", many + "t") == "tensor 'w' has 65 dimensions");
}

TEST_CASE("a storage is what its record says", "[model]") {
  const auto complaint = [](const std::string& id) {
    return complaint_about_pickle(one_tensor("ctorch._utils\n_rebuild_tensor_v2\n(" + id + "Q" +
                                             kZero + kFour + kOne + "\x89}tR"));
  };
  const std::string type = "ctorch\nFloatStorage\n";
  const std::string begin = "(" + text("storage");
  CHECK(complaint(begin + type + text("0") + text("cpu") + "K\5t") ==
        "is damaged: the storage '0' has 16 bytes, not 20");
  CHECK(complaint(begin + type + text("../0") + text("cpu") + "K\4t") ==
        "is damaged: it has no record 'data/../0'");
  CHECK(complaint(begin + type + text("0") + text("cpu") + "J\xff\xff\xff\xfft") ==
        "damaged pickle: the storage '0' has -1 numbers");
  CHECK(complaint("(" + text("module") + "t") ==
        "refuses to load: what stands outside of the pickle is no storage of a tensor");
  CHECK(complaint(begin + type + "t") ==
        "damaged pickle: a storage is not told as type, key, place and count");
  CHECK(complaint("N") ==
        "refuses to load: what stands outside of the pickle is no storage of a tensor");
}

}  // namespace qsweep
