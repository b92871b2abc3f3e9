#pragma once

#include "qsweep/data/image.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// The images of one split as they lie at their source. `image` may be called from several threads.
class SplitReader {
 public:
  virtual ~SplitReader() = default;
  virtual int64_t count() const = 0;
  virtual int64_t label(int64_t i) const = 0;
  /// Decodes image `i`. Throws IoError that names its file.
  virtual Image image(int64_t i) const = 0;
  /// Where image `i` lies, for messages.
  virtual std::string place(int64_t i) const = 0;
};

/// What is known of a split before its files' content is read.
struct SplitFacts {
  std::string stamp;  // changes whenever what `open` reads may have changed
  std::vector<std::string> warnings;
};

/// A data set at its source, before anything is decoded: what a new data set implements. Everything
/// throws IoError that names the file and what is wrong with it.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  virtual const std::vector<std::string>& classes() const = 0;
  /// The splits that can be named.
  virtual std::vector<std::string> splits() const = 0;
  virtual std::string test_split() const { return "test"; }
  virtual SplitFacts facts(const std::string& split) const = 0;
  virtual std::unique_ptr<SplitReader> open(const std::string& split) const = 0;
};

/// What a data set is opened with.
struct SourceRequest {
  std::string root;  // the folder of its files
  bool download = false;
  std::string train = "train";  // the split that says which classes there are
};

}  // namespace qsweep
