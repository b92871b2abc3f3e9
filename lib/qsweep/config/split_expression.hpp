#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace qsweep {

/// A split, or a part of one: "test", "test[:8000]", "train[45000:]", "train[100:200]". Images
/// count from 0; `last` is one past the end. A negative bound counts from the end, as in Python.
struct SplitExpression {
  std::string split;
  int64_t first = 0;
  std::optional<int64_t> last;  // none: to the end
};

/// Nothing for a text that is none, or that no size of the split would leave an image.
std::optional<SplitExpression> parse_split(const std::string& text);

/// The images of an expression, `first` .. `last - 1`, once the split's size is known.
struct ImageRange {
  int64_t first = 0;
  int64_t last = 0;
};

/// Throws ConfigError if the part reaches beyond the split or holds no image. `setting` is what the
/// expression was given for, "data.train".
ImageRange resolve_split(const SplitExpression& expression,
                         int64_t count,
                         const std::string& setting);

/// The expression as a text, spelled the same however it was written.
std::string to_string(const SplitExpression& expression);

}  // namespace qsweep
