#pragma once

#include "qsweep/journal/journal.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qsweep {

/// The line of an entry, without its newline.
std::string journal_line(const JournalEntry& entry);

/// The entry of a line, or nothing if the line is damaged.
std::optional<JournalEntry> parse_journal_line(std::string_view line);

}  // namespace qsweep
