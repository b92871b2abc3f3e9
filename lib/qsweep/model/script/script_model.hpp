#pragma once

#include "qsweep/model/model.hpp"
#include "qsweep/model/script/frozen_modes.hpp"

#include <memory>
#include <string>

namespace qsweep {

/// A network whose code is TorchScript. Parameters that the archive froze have no gradients and
/// stay as they are, unless it froze all of them.
class ScriptModel : public Model {
 public:
  virtual const FrozenModes& frozen_modes() const = 0;
};

/// The TorchScript archive at `path` as a Model. Its layers are those of a run in evaluation on an
/// image of zeros. Throws IoError that names the file: load_script()'s reasons, an interface that
/// is not images in and `classes` logits out for each, an op or a weight that cannot be
/// quantized, images that it cannot take.
///
/// A layer in a loop is one layer, however often the loop runs. An op that runs only under other
/// conditions than those of the listing, in training for one, fails the trial that quantizes: it
/// would stay in float. `classes` 0: as many as it tells apart. `output` is which of what it
/// returns are the logits, see select_output().
std::unique_ptr<ScriptModel> load_script_model(const std::string& path,
                                               const InputShape& input,
                                               int64_t classes,
                                               const Json& output = Json());

/// SHA-256 over the program and its tensors, whatever the archive is called; debug records do not
/// count. Throws IoError like load_script_model(), but runs nothing.
std::string script_fingerprint(const std::string& path);

}  // namespace qsweep
