#include "qsweep/report/csv.hpp"

#include "qsweep/core/error.hpp"

#include <algorithm>
#include <utility>

namespace qsweep {
namespace {

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"') {
      quoted += c;
    }
  }
  return quoted + "\"";
}

// Reads field by field; a quoted one may hold commas and line ends.
class CsvReader {
 public:
  CsvReader(const std::string& name, const std::string& text) : name_(name), text_(text) {}

  std::vector<std::vector<std::string>> lines() {
    while (at_ < text_.size()) {
      std::vector<std::string> fields = line();
      if (fields.size() == 1 && fields[0].empty()) {
        continue;
      }
      if (!lines_.empty() && fields.size() != lines_[0].size()) {
        throw IoError(name_,
                      "line " + std::to_string(lines_.size() + 1) + " has " +
                          std::to_string(fields.size()) + " fields, the header " +
                          std::to_string(lines_[0].size()));
      }
      lines_.push_back(std::move(fields));
    }
    return std::move(lines_);
  }

 private:
  std::vector<std::string> line() {
    std::vector<std::string> fields{field()};
    while (at_ < text_.size() && text_[at_] == ',') {
      ++at_;
      fields.push_back(field());
    }
    at_ += text_.compare(at_, 2, "\r\n") == 0 ? 2 : 1;
    return fields;
  }

  std::string field() {
    if (at_ < text_.size() && text_[at_] == '"') {
      return quoted_field();
    }
    const size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    const size_t start = std::exchange(at_, end);
    return text_.substr(start, end - start);
  }

  std::string quoted_field() {
    std::string field;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"' && text_.compare(at_, 2, "\"\"") != 0) {
        ++at_;
        check_end_of_field();
        return field;
      }
      at_ += text_[at_] == '"' ? 1 : 0;
      field += text_[at_];
    }
    throw IoError(name_, "ends within a quoted field");
  }

  void check_end_of_field() const {
    if (at_ < text_.size() && text_.find_first_of(",\r\n", at_) != at_) {
      throw IoError(name_,
                    "line " + std::to_string(lines_.size() + 1) + " has text after a quoted field");
    }
  }

  const std::string& name_;
  const std::string& text_;
  size_t at_ = 0;
  std::vector<std::vector<std::string>> lines_;
};

}  // namespace

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (size_t i = 0; i < fields.size(); ++i) {
    line += (i == 0 ? "" : ",") + csv_field(fields[i]);
  }
  return line + "\n";
}

std::vector<std::vector<std::string>> read_csv(const std::string& name, const std::string& text) {
  return CsvReader(name, text).lines();
}

}  // namespace qsweep
