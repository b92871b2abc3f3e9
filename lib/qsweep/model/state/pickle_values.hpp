#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qsweep {

/// A value of a pickle: its position in the PickleDocument.
using PickleRef = uint32_t;

/// What a pickle is made of. What it would call stays a call: nothing is ever executed.
struct PickleValue {
  enum class Kind {
    None,
    Bool,
    Integer,
    BigInteger,  // its bytes, in `text`
    Real,        // without its value, which no tensor needs
    Text,
    Bytes,
    Tuple,
    List,
    Dict,  // an OrderedDict too
    Set,
    Global,      // a name such as "torch.FloatStorage", in `text`
    Call,        // of a global with a tuple of arguments
    Object,      // of a TorchScript class, with its state once that was given
    Persistent,  // what the file keeps beside the pickle, with the tuple that identifies it
  };
  Kind kind = Kind::None;
  int64_t integer = 0;  // of Integer; of Bool 0 or 1
  std::string text;
  std::vector<PickleRef> items;  // of a Dict: key, value, key, value, ...
};

/// All values of one pickle. They refer to each other by position, so that a list that holds itself
/// leaks nothing and a deep one is destroyed without recursion.
struct PickleDocument {
  std::vector<PickleValue> values;
  PickleRef root = 0;

  const PickleValue& operator[](PickleRef ref) const { return values[ref]; }
};

}  // namespace qsweep
