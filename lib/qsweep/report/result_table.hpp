#pragma once

#include "qsweep/report/row_matching.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// A results.csv or a timings.csv that was read back: of another run, or one that is kept in git.
class ResultTable {
 public:
  /// `name` is for messages, `kind` what it must be. The columns trial, model, policy and data must
  /// be there, with the variables between policy and data, and in a results.csv status; others may
  /// be left out. Throws IoError.
  ResultTable(std::string name, const std::string& csv, std::string kind = "results.csv");

  bool has(const std::string& column) const { return columns_.count(column) > 0; }
  const std::vector<RowLabel>& labels() const { return labels_; }  // of the rows, in order
  /// Tells the labels which float trials their rows are compared with, of which the file says
  /// nothing.
  void add_float_trials(const Results& run);
  /// Nothing where the row is not done or has no number there.
  std::optional<double> number(size_t row, const std::string& name) const;
  const std::string& text(size_t row, const std::string& name) const;

 private:
  void read_header(const std::vector<std::string>& header);
  void read_labels();
  void guess_float_trials();
  size_t column(const std::string& name) const;

  std::string name_;
  std::string kind_;
  std::map<std::string, size_t> columns_;
  std::vector<std::string> variables_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<RowLabel> labels_;
};

}  // namespace qsweep
