#include "qsweep/model/state/pickle_machine.hpp"

#include <algorithm>
#include <iterator>

namespace qsweep {
namespace {

using PickleKind = PickleValue::Kind;
using M = PickleMachine;

constexpr void (*kRefused)(M&) = nullptr;

// clang-format off
const PickleOpcode kOpcodes[] = {
    {0x80, "PROTO",            [](M& m) { m.check_protocol(m.bytes().take_unsigned(1)); }},
    {0x95, "FRAME",            [](M& m) { m.bytes().take(8); }},
    {'.',  "STOP",             [](M& m) { m.stop(); }},

    {'(',  "MARK",             [](M& m) { m.mark(); }},
    {'0',  "POP",              [](M& m) { m.pop(); }},
    {'1',  "POP_MARK",         [](M& m) { m.pop_mark(); }},
    {'2',  "DUP",              [](M& m) { m.duplicate(); }},

    {'q',  "BINPUT",           [](M& m) { m.memo_put(m.bytes().take_unsigned(1)); }},
    {'r',  "LONG_BINPUT",      [](M& m) { m.memo_put(m.bytes().take_unsigned(4)); }},
    {0x94, "MEMOIZE",          [](M& m) { m.memo_append(); }},
    {'h',  "BINGET",           [](M& m) { m.memo_get(m.bytes().take_unsigned(1)); }},
    {'j',  "LONG_BINGET",      [](M& m) { m.memo_get(m.bytes().take_unsigned(4)); }},

    {'N',  "NONE",             [](M& m) { m.push(PickleKind::None); }},
    {0x88, "NEWTRUE",          [](M& m) { m.push_bool(true); }},
    {0x89, "NEWFALSE",         [](M& m) { m.push_bool(false); }},
    {'K',  "BININT1",          [](M& m) { m.push_integer(static_cast<int64_t>(m.bytes().take_unsigned(1))); }},
    {'M',  "BININT2",          [](M& m) { m.push_integer(static_cast<int64_t>(m.bytes().take_unsigned(2))); }},
    {'J',  "BININT",           [](M& m) { m.push_integer(m.bytes().take_signed(4)); }},
    {0x8a, "LONG1",            [](M& m) { m.push_long(m.bytes().take_unsigned(1)); }},
    {0x8b, "LONG4",            [](M& m) { m.push_long(m.bytes().take_unsigned(4)); }},
    {'G',  "BINFLOAT",         [](M& m) { m.bytes().take(8); m.push(PickleKind::Real); }},

    {'X',  "BINUNICODE",       [](M& m) { m.push_text(m.bytes().take_unsigned(4)); }},
    {0x8c, "SHORT_BINUNICODE", [](M& m) { m.push_text(m.bytes().take_unsigned(1)); }},
    {0x8d, "BINUNICODE8",      [](M& m) { m.push_text(m.bytes().take_unsigned(8)); }},
    {'T',  "BINSTRING",        [](M& m) { m.push_text(m.bytes().take_unsigned(4)); }},
    {'U',  "SHORT_BINSTRING",  [](M& m) { m.push_text(m.bytes().take_unsigned(1)); }},
    {'B',  "BINBYTES",         [](M& m) { m.push_bytes(m.bytes().take_unsigned(4)); }},
    {'C',  "SHORT_BINBYTES",   [](M& m) { m.push_bytes(m.bytes().take_unsigned(1)); }},
    {0x8e, "BINBYTES8",        [](M& m) { m.push_bytes(m.bytes().take_unsigned(8)); }},

    {')',  "EMPTY_TUPLE",      [](M& m) { m.collect(PickleKind::Tuple, 0); }},
    {0x85, "TUPLE1",           [](M& m) { m.collect(PickleKind::Tuple, 1); }},
    {0x86, "TUPLE2",           [](M& m) { m.collect(PickleKind::Tuple, 2); }},
    {0x87, "TUPLE3",           [](M& m) { m.collect(PickleKind::Tuple, 3); }},
    {'t',  "TUPLE",            [](M& m) { m.collect_to_mark(PickleKind::Tuple); }},
    {']',  "EMPTY_LIST",       [](M& m) { m.push(PickleKind::List); }},
    {'l',  "LIST",             [](M& m) { m.collect_to_mark(PickleKind::List); }},
    {'a',  "APPEND",           [](M& m) { m.append(PickleKind::List); }},
    {'e',  "APPENDS",          [](M& m) { m.append_to_mark(PickleKind::List); }},
    {'}',  "EMPTY_DICT",       [](M& m) { m.push(PickleKind::Dict); }},
    {'d',  "DICT",             [](M& m) { m.collect_dict(); }},
    {'s',  "SETITEM",          [](M& m) { m.set_item(); }},
    {'u',  "SETITEMS",         [](M& m) { m.set_items_to_mark(); }},
    {0x8f, "EMPTY_SET",        [](M& m) { m.push(PickleKind::Set); }},
    {0x90, "ADDITEMS",         [](M& m) { m.append_to_mark(PickleKind::Set); }},
    {0x91, "FROZENSET",        [](M& m) { m.collect_to_mark(PickleKind::Set); }},

    {'c',  "GLOBAL",           [](M& m) { const auto module = m.bytes().take_line();
                                          m.push_global(module, m.bytes().take_line()); }},
    {0x93, "STACK_GLOBAL",     [](M& m) { m.push_stack_global(); }},
    {'R',  "REDUCE",           [](M& m) { m.reduce(); }},
    {0x81, "NEWOBJ",           [](M& m) { m.new_object(); }},
    {'b',  "BUILD",            [](M& m) { m.build(); }},
    {'Q',  "BINPERSID",        [](M& m) { m.persistent(); }},

    // Numbers and texts as lines are of protocol 0, which torch.save never used.
    {'I',  "INT",              kRefused},
    {'L',  "LONG",             kRefused},
    {'F',  "FLOAT",            kRefused},
    {'S',  "STRING",           kRefused},
    {'V',  "UNICODE",          kRefused},
    {'p',  "PUT",              kRefused},
    {'g',  "GET",              kRefused},
    {'P',  "PERSID",           kRefused},
    {'i',  "INST",             kRefused},
    {'o',  "OBJ",              kRefused},
    {0x82, "EXT1",             kRefused},
    {0x83, "EXT2",             kRefused},
    {0x84, "EXT4",             kRefused},
    {0x92, "NEWOBJ_EX",        kRefused},
    {0x96, "BYTEARRAY8",       kRefused},
    {0x97, "NEXT_BUFFER",      kRefused},
    {0x98, "READONLY_BUFFER",  kRefused},
};
// clang-format on

}  // namespace

const PickleOpcode* find_pickle_opcode(unsigned char byte) {
  const auto* found =
      std::find_if(std::begin(kOpcodes), std::end(kOpcodes), [byte](const PickleOpcode& opcode) {
        return opcode.byte == byte;
      });
  return found == std::end(kOpcodes) ? nullptr : found;
}

}  // namespace qsweep
