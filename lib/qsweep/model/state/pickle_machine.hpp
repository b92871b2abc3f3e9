#pragma once

#include "qsweep/model/state/byte_reader.hpp"
#include "qsweep/model/state/pickle_values.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace qsweep {

class PickleMachine;

/// An opcode of pickle protocols 0 to 5. Those that no state_dict needs have nothing to run: they
/// are known by name, and refused.
struct PickleOpcode {
  unsigned char byte;
  const char* name;
  void (*run)(PickleMachine&);
};

/// nullptr: no protocol has it.
const PickleOpcode* find_pickle_opcode(unsigned char byte);

/// Says which globals a pickle may name: "collections.OrderedDict".
using GlobalRule = bool (*)(std::string_view name);

/// Reads one pickle into a document of values, executing nothing. Memory is bounded by the length
/// of the pickle and by a limit on the number of values. Whatever a state_dict does not need is an
/// IoError that names it and its place. The methods below run() are what the opcodes do.
class PickleMachine {
 public:
  PickleMachine(ByteReader& bytes, GlobalRule allows) : bytes_(bytes), allows_(allows) {}

  PickleDocument run();

  ByteReader& bytes() { return bytes_; }

  void push(PickleValue::Kind kind) { push(PickleValue{kind, 0, {}, {}}); }
  void push_bool(bool value) { push({PickleValue::Kind::Bool, value ? 1 : 0, {}, {}}); }
  void push_integer(int64_t value) { push({PickleValue::Kind::Integer, value, {}, {}}); }
  void push_text(uint64_t length) { push_string(PickleValue::Kind::Text, length); }
  void push_bytes(uint64_t length) { push_string(PickleValue::Kind::Bytes, length); }
  void push_long(uint64_t length);
  void push_global(std::string_view module, std::string_view name);
  void push_stack_global();

  void mark();
  void pop() { pop_value(); }
  void pop_mark() { pop_to_mark(); }
  void duplicate();

  void memo_put(uint64_t key);
  void memo_append() { memo_put(memo_.size()); }
  void memo_get(uint64_t key);

  /// Takes the top `count` values, or those above the mark, as one sequence.
  void collect(PickleValue::Kind kind, size_t count);
  void collect_to_mark(PickleValue::Kind kind) { push({kind, 0, {}, pop_to_mark()}); }
  void collect_dict() { push({PickleValue::Kind::Dict, 0, {}, pop_pairs()}); }
  /// Adds the top value, or those above the mark, to the collection below.
  void append(PickleValue::Kind kind);
  void append_to_mark(PickleValue::Kind kind);
  void set_item();
  void set_items_to_mark();

  void reduce();
  void new_object();
  void build();
  void persistent();
  void check_protocol(uint64_t version);
  void stop() { running_ = false; }

 private:
  void step();
  void push(PickleValue value);
  void count(size_t values);
  void push_string(PickleValue::Kind kind, uint64_t length);
  PickleRef pop_value();
  std::vector<PickleRef> pop_to_mark();
  std::vector<PickleRef> pop_pairs();
  void extend(PickleValue::Kind kind, const std::vector<PickleRef>& items);
  std::vector<PickleRef> pairs_of(const std::vector<PickleRef>& arguments) const;
  PickleValue& value(PickleRef ref) { return document_.values[ref]; }
  const PickleValue& value(PickleRef ref) const { return document_.values[ref]; }

  [[noreturn]] void refuse(const std::string& what) const;
  [[noreturn]] void damaged(const std::string& what) const;
  std::string place() const;

  ByteReader& bytes_;
  GlobalRule allows_;
  PickleDocument document_;
  std::vector<PickleRef> stack_;
  std::vector<size_t> marks_;  // heights of the stack
  std::unordered_map<uint64_t, PickleRef> memo_;
  const PickleOpcode* opcode_ = nullptr;
  size_t opcode_at_ = 0;
  size_t values_ = 0;
  bool running_ = true;
};

}  // namespace qsweep
