#include "qsweep/report/gate_check.hpp"

#include "qsweep/report/number_text.hpp"

#include <optional>

namespace qsweep {
namespace {

std::optional<double> metric_of(const Record& record, const std::string& metric) {
  if (metric == "top1_best") {
    return record.top1_best;
  }
  const std::optional<Evaluation>& shown = metric == "top1_ptq" ? record.ptq : record.final;
  if (!shown) {
    return std::nullopt;
  }
  if (metric == "loss") {
    return shown->loss;
  }
  return metric == "top5" ? shown->top5 : shown->top1;
}

std::optional<double> drop_of(const RowResult& row, const std::string& metric) {
  if (row.status != RowStatus::Done || row.float_record == nullptr) {
    return std::nullopt;
  }
  const auto before = metric_of(*row.float_record, metric);
  const auto now = metric_of(*row.record, metric);
  if (!before || !now) {
    return std::nullopt;
  }
  return metric == "loss" ? *now - *before : *before - *now;
}

// 88.40 - 87.40 is a little more than 1 in binary; what is allowed must not hang on that.
constexpr double kRounding = 1e-9;

}  // namespace

std::vector<BrokenGate> broken_gates(const Results& results) {
  std::vector<BrokenGate> broken;
  for (const FrozenGate& gate : results.plan().gates) {
    for (const uint32_t index : gate.rows) {
      const RowResult& row = results.rows().at(index);
      const auto drop = drop_of(row, gate.metric);
      if (drop && !(*drop <= gate.max_drop + kRounding)) {
        broken.push_back({&gate, &row, *drop});
      }
    }
  }
  return broken;
}

std::string to_string(const BrokenGate& broken, const Results& results) {
  const bool is_loss = broken.gate->metric == "loss";
  const int digits = is_loss ? 6 : 2;
  return "gate: " + row_name(*broken.row->row, results.plan().variables) + ": " +
         broken.gate->metric + (is_loss ? " rose by " : " fell by ") +
         fixed_text(broken.drop, digits) + ", at most " +
         fixed_text(broken.gate->max_drop, digits) + " is allowed";
}

}  // namespace qsweep
