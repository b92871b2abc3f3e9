#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/plan.hpp"
#include "qsweep/plan/site_classes.hpp"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace qsweep {

/// Outputs and inputs that take negative values and have a quantizer without negative levels.
class UnsignedSites {
 public:
  struct Rule {
    std::string policy;
    int number = 0;  // from 1: the rule that names the quantizer
  };

  /// Notes those of these sites that take negative values.
  void note(const Rule& rule,
            const FieldRule& field,
            const std::string& model,
            const Network& network,
            const std::vector<int>& sites);

  /// A warning per rule and model.
  void warn(Warnings& warnings) const;

 private:
  struct Noted {
    Place place;
    std::vector<std::string> layers;
  };
  using Key = std::tuple<std::string, int, std::string, SiteKind, std::string>;

  std::map<Key, size_t> known_;
  std::vector<std::pair<Key, Noted>> noted_;
};

}  // namespace qsweep
