#include "qsweep/model/state/pickle_machine.hpp"

#include <utility>

namespace qsweep {
namespace {

using PickleKind = PickleValue::Kind;

// A state_dict has some hundred per tensor, places on the stack and in collections included.
constexpr size_t kMostValues = size_t{1} << 23;
constexpr uint64_t kNewestProtocol = 5;

// The names of TorchScript's classes are of no use, and can be long and many.
std::string kept_name(std::string name) {
  return name.rfind("__torch__.", 0) == 0 ? "__torch__" : std::move(name);
}

}  // namespace

PickleDocument PickleMachine::run() {
  while (running_) {
    step();
  }
  document_.root = pop_value();
  return std::move(document_);
}

void PickleMachine::step() {
  opcode_at_ = bytes_.position();
  const auto byte = static_cast<unsigned char>(bytes_.take(1).front());
  opcode_ = find_pickle_opcode(byte);
  if (opcode_ == nullptr) {
    bytes_.fail("damaged pickle: byte " + std::to_string(opcode_at_) + " is " +
                std::to_string(byte) + ", which is no opcode");
  }
  if (opcode_->run == nullptr) {
    bytes_.fail("refuses to load: pickle opcode " + std::string(opcode_->name) + " at byte " +
                std::to_string(opcode_at_) + " is not among the few that tensors need");
  }
  opcode_->run(*this);
}

void PickleMachine::push(PickleValue value) {
  count(1 + value.items.size());
  document_.values.push_back(std::move(value));
  stack_.push_back(static_cast<PickleRef>(document_.values.size() - 1));
}

// Everything that an opcode can make grow is counted here, so that a small file cannot take much.
void PickleMachine::count(size_t values) {
  values_ += values;
  if (values_ > kMostValues) {
    refuse("more than " + std::to_string(kMostValues) + " values");
  }
}

void PickleMachine::mark() {
  count(1);
  marks_.push_back(stack_.size());
}

void PickleMachine::push_string(PickleKind kind, uint64_t length) {
  push({kind, 0, std::string(bytes_.take(length)), {}});
}

void PickleMachine::push_long(uint64_t length) {
  if (length > sizeof(int64_t)) {
    push_string(PickleKind::BigInteger, length);
    return;
  }
  const std::string_view digits = bytes_.take(length);
  std::string filled(digits);
  const bool negative = !digits.empty() && (static_cast<unsigned char>(digits.back()) & 0x80) != 0;
  filled.resize(sizeof(int64_t), negative ? '\xff' : '\0');
  push_integer(ByteReader("", filled).take_signed(sizeof(int64_t)));
}

void PickleMachine::push_global(std::string_view module, std::string_view name) {
  std::string full = std::string(module) + '.' + std::string(name);
  if (!allows_(full)) {
    refuse("global '" + shown(full) + "' is not among the few that tensors need");
  }
  push({PickleKind::Global, 0, kept_name(std::move(full)), {}});
}

void PickleMachine::push_stack_global() {
  const PickleRef name = pop_value();
  const PickleRef module = pop_value();
  if (value(name).kind != PickleKind::Text || value(module).kind != PickleKind::Text) {
    damaged("a global's name is no text");
  }
  push_global(value(module).text, value(name).text);
}

void PickleMachine::duplicate() {
  const PickleRef ref = pop_value();
  count(1);
  stack_.insert(stack_.end(), 2, ref);
}

void PickleMachine::memo_put(uint64_t key) {
  const PickleRef ref = pop_value();
  stack_.push_back(ref);
  count(1);
  memo_[key] = ref;
}

void PickleMachine::memo_get(uint64_t key) {
  const auto found = memo_.find(key);
  if (found == memo_.end()) {
    damaged("nothing was remembered as " + std::to_string(key));
  }
  count(1);
  stack_.push_back(found->second);
}

void PickleMachine::collect(PickleKind kind, size_t count) {
  std::vector<PickleRef> items(count);
  for (size_t i = count; i-- > 0;) {
    items[i] = pop_value();
  }
  push({kind, 0, {}, std::move(items)});
}

void PickleMachine::append(PickleKind kind) {
  const PickleRef item = pop_value();
  extend(kind, {item});
}

void PickleMachine::append_to_mark(PickleKind kind) {
  const std::vector<PickleRef> items = pop_to_mark();
  extend(kind, items);
}

void PickleMachine::set_item() {
  const PickleRef item = pop_value();
  const PickleRef key = pop_value();
  extend(PickleKind::Dict, {key, item});
}

void PickleMachine::set_items_to_mark() {
  const std::vector<PickleRef> items = pop_pairs();
  extend(PickleKind::Dict, items);
}

void PickleMachine::reduce() {
  const PickleRef arguments = pop_value();
  const PickleRef callable = pop_value();
  if (value(callable).kind != PickleKind::Global || value(arguments).kind != PickleKind::Tuple) {
    damaged("a call takes a global and a tuple");
  }
  if (value(callable).text == "collections.OrderedDict") {
    push({PickleKind::Dict, 0, {}, pairs_of(value(arguments).items)});
    return;
  }
  push({PickleKind::Call, 0, {}, {callable, arguments}});
}

// Python 2 made an OrderedDict from a list of pairs; later ones fill an empty one.
std::vector<PickleRef> PickleMachine::pairs_of(const std::vector<PickleRef>& arguments) const {
  std::vector<PickleRef> pairs;
  if (arguments.empty()) {
    return pairs;
  }
  if (arguments.size() > 1 || value(arguments[0]).kind != PickleKind::List) {
    damaged("an OrderedDict takes a list of pairs");
  }
  for (const PickleRef entry : value(arguments[0]).items) {
    const PickleValue& pair = value(entry);
    if ((pair.kind != PickleKind::List && pair.kind != PickleKind::Tuple) ||
        pair.items.size() != 2) {
      damaged("an OrderedDict takes a list of pairs");
    }
    pairs.insert(pairs.end(), pair.items.begin(), pair.items.end());
  }
  return pairs;
}

void PickleMachine::new_object() {
  const PickleRef arguments = pop_value();
  const PickleRef type = pop_value();
  if (value(type).kind != PickleKind::Global || value(arguments).kind != PickleKind::Tuple) {
    damaged("an object takes a class and a tuple");
  }
  if (value(type).text != "__torch__") {
    refuse("an object of '" + value(type).text + "'");
  }
  push(PickleKind::Object);
}

void PickleMachine::build() {
  const PickleRef state = pop_value();
  const PickleRef target = pop_value();
  stack_.push_back(target);
  if (value(target).kind == PickleKind::Object) {
    value(target).items = {state};
  } else if (value(target).kind !=
             PickleKind::Dict) {  // an OrderedDict's own attributes: _metadata
    refuse("a state for what is no object");
  }
}

void PickleMachine::persistent() {
  const PickleRef id = pop_value();
  push({PickleKind::Persistent, 0, {}, {id}});
}

void PickleMachine::check_protocol(uint64_t version) {
  if (version > kNewestProtocol) {
    damaged("protocol " + std::to_string(version) + " is unknown");
  }
}

PickleRef PickleMachine::pop_value() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
    damaged("too little on the stack");
  }
  const PickleRef ref = stack_.back();
  stack_.pop_back();
  return ref;
}

std::vector<PickleRef> PickleMachine::pop_to_mark() {
  if (marks_.empty()) {
    damaged("no mark on the stack");
  }
  const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleRef> items(first, stack_.end());
  stack_.erase(first, stack_.end());
  marks_.pop_back();
  return items;
}

std::vector<PickleRef> PickleMachine::pop_pairs() {
  std::vector<PickleRef> items = pop_to_mark();
  if (items.size() % 2 != 0) {
    damaged("a key without a value");
  }
  return items;
}

void PickleMachine::extend(PickleKind kind, const std::vector<PickleRef>& items) {
  const PickleRef target = pop_value();
  stack_.push_back(target);
  if (value(target).kind != kind) {
    damaged("adds to what is no collection of that kind");
  }
  count(items.size());
  std::vector<PickleRef>& own = value(target).items;
  own.insert(own.end(), items.begin(), items.end());
}

void PickleMachine::refuse(const std::string& what) const {
  bytes_.fail("refuses to load: " + what + " (" + place() + ")");
}

void PickleMachine::damaged(const std::string& what) const {
  bytes_.fail("damaged pickle: " + what + " (" + place() + ")");
}

std::string PickleMachine::place() const {
  return "pickle opcode " + std::string(opcode_->name) + " at byte " + std::to_string(opcode_at_);
}

}  // namespace qsweep
