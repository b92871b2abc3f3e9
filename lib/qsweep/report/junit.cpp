#include "qsweep/report/junit.hpp"

#include "qsweep/report/number_text.hpp"
#include "qsweep/report/run_status.hpp"

#include <map>
#include <set>

namespace qsweep {
namespace {

// XML has no control characters, not even escaped; a reason may quote any byte.
std::string xml_text(const std::string& text) {
  const std::string valid =
      Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
  std::string escaped;
  for (const char byte : valid) {
    switch (byte) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
        escaped += "&#10;";
        break;
      default:
        escaped += static_cast<unsigned char>(byte) < ' ' && byte != '\t' ? '?' : byte;
    }
  }
  return escaped;
}

std::string attribute(const std::string& name, const std::string& value) {
  return " " + name + "=\"" + xml_text(value) + "\"";
}

std::string problem(const std::string& element,
                    const std::string& type,
                    const std::string& message,
                    const std::string& text) {
  return "    <" + element + attribute("type", type) + attribute("message", message) + ">" +
         xml_text(text) + "</" + element + ">\n";
}

struct Suite {
  size_t cases = 0;
  size_t failures = 0;
  size_t errors = 0;
  size_t skipped = 0;
  double seconds = 0;
  std::string text;
};

// What broken gates say, by row.
std::map<const RowResult*, std::vector<std::string>> gate_texts(
    const Results& results, const std::vector<GateOutcome>& gates) {
  std::map<const RowResult*, std::vector<std::string>> texts;
  for (const GateOutcome& gate : gates) {
    for (const BrokenGate& broken : gate.broken) {
      texts[broken.row].push_back(to_string(broken, results));
    }
  }
  return texts;
}

std::string problems_of(const RowResult& row, const std::vector<std::string>& gates, Suite& suite) {
  if (row.status == RowStatus::Pending) {
    ++suite.skipped;
    return "    <skipped" + attribute("message", "pending") + "/>\n";
  }
  if (row.status == RowStatus::Failed) {
    ++suite.errors;
    const Record& record = *row.record;
    return problem("error", record.error_kind, record.error, record.error_text);
  }
  suite.failures += gates.empty() ? 0 : 1;
  std::string text;
  for (const std::string& gate : gates) {
    text += problem("failure", "gate", gate, gate);
  }
  return text;
}

void add_case(const Results& results,
              const RowResult& row,
              const std::vector<std::string>& gates,
              Suite& suite) {
  const double seconds = row.record == nullptr ? 0 : row.record->total_seconds();
  const std::string problems = problems_of(row, gates, suite);
  ++suite.cases;
  suite.seconds += seconds;
  suite.text += "  <testcase" + attribute("classname", results.plan().experiment) +
                attribute("name", row_name(*row.row, results.plan().variables)) +
                attribute("time", fixed_text(seconds, 3));
  suite.text += problems.empty() ? "/>\n" : ">\n" + problems + "  </testcase>\n";
}

// What else a reader of the numbers must know.
std::string limit_text(const Results& results) {
  return run_status(results).is_limited
             ? "  <properties><property name=\"limited\" value=\"evaluate.limit\"/></properties>\n"
             : "";
}

}  // namespace

std::string junit_xml(const Results& results,
                      const std::vector<uint32_t>& trials,
                      const std::vector<GateOutcome>& checked) {
  const std::set<uint32_t> selected(trials.begin(), trials.end());
  auto gates = gate_texts(results, checked);
  Suite suite;
  for (const RowResult& row : results.rows()) {
    // Gates are for all rows, and decide the exit code, whatever was selected.
    if (selected.count(row.row->trial) > 0 || gates.count(&row) > 0) {
      add_case(results, row, gates[&row], suite);
    }
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite" +
         attribute("name", results.plan().experiment) +
         attribute("tests", std::to_string(suite.cases)) +
         attribute("failures", std::to_string(suite.failures)) +
         attribute("errors", std::to_string(suite.errors)) +
         attribute("skipped", std::to_string(suite.skipped)) +
         attribute("time", fixed_text(suite.seconds, 3)) + ">\n" + limit_text(results) +
         suite.text + "</testsuite>\n";
}

}  // namespace qsweep
