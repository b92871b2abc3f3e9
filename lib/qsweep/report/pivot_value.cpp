#include "qsweep/report/pivot_value.hpp"

#include "qsweep/report/number_text.hpp"

namespace qsweep {
namespace {

using Number = std::optional<double>;
using RowRef = const RowResult&;

Number part_of(const std::optional<Evaluation>& evaluation, double Evaluation::*part) {
  return evaluation ? Number((*evaluation).*part) : std::nullopt;
}

Number top1_float_of(RowRef row) {
  return row.float_record != nullptr ? part_of(row.float_record->final, &Evaluation::top1)
                                     : std::nullopt;
}

// What is not quantized has no accuracy "before fine-tuning" of its own.
Number top1_ptq_of(RowRef row) {
  return row.trial->is_float() ? std::nullopt : part_of(row.record->ptq, &Evaluation::top1);
}

Number delta_of(RowRef row) {
  return row.change ? Number(row.change->delta) : std::nullopt;
}

std::string loss_text(double loss) {
  return fixed_text(loss, 6);
}
std::string count_text(double count) {
  return fixed_text(count, 0);
}

}  // namespace

const std::vector<PivotValue>& pivot_values() {
  static const std::vector<PivotValue> table{
      {"top1",
       percent_text,
       [](RowRef row) { return part_of(row.record->final, &Evaluation::top1); }},
      {"top1_float", percent_text, top1_float_of},
      {"top1_ptq", percent_text, top1_ptq_of},
      {"top1_best", percent_text, [](RowRef row) { return row.record->top1_best; }},
      {"delta", percent_text, delta_of},
      {"loss", loss_text, [](RowRef row) { return part_of(row.record->final, &Evaluation::loss); }},
      {"top5",
       percent_text,
       [](RowRef row) { return part_of(row.record->final, &Evaluation::top5); }},
      {"weight_bits", short_text, [](RowRef row) { return Number(row.trial->cost.weight_bits); }},
      {"output_bits", short_text, [](RowRef row) { return Number(row.trial->cost.output_bits); }},
      {"size_bytes",
       count_text,
       [](RowRef row) { return Number(static_cast<double>(row.trial->cost.size_bytes)); }},
      {"macs",
       count_text,
       [](RowRef row) { return Number(static_cast<double>(row.trial->cost.macs)); }},
      {"bops",
       count_text,
       [](RowRef row) { return Number(static_cast<double>(row.trial->cost.bops)); }},
      {"sqnr_db", percent_text, [](RowRef row) { return row.record->sqnr_db; }}};
  return table;
}

const PivotValue* find_pivot_value(const std::string& name) {
  for (const PivotValue& value : pivot_values()) {
    if (value.name == name) {
      return &value;
    }
  }
  return nullptr;
}

}  // namespace qsweep
