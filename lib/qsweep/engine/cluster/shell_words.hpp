#pragma once

#include <string>
#include <vector>

namespace qsweep {

/// A word as a POSIX shell reads it back, in single quotes where it needs any.
std::string shell_word(const std::string& word);

/// Words with spaces between them.
std::string shell_words(const std::vector<std::string>& words);

}  // namespace qsweep
