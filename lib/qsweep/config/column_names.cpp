#include "qsweep/config/column_names.hpp"

namespace qsweep {

const std::vector<std::string>& column_names() {
  static const std::vector<std::string> names{
      "run",         "experiment", "trial",      "model",       "policy",       "data",
      "images",      "status",     "top1_float", "top1_ptq",    "top1",         "top1_best",
      "delta",       "ci_low",     "ci_high",    "loss",        "top5",         "weight_bits",
      "output_bits", "size_bytes", "macs",       "bops",        "sqnr_db",      "error",
      "load_s",      "float_s",    "correct_s",  "calibrate_s", "evaluate_s",   "finetune_s",
      "timing_s",    "total_s",    "repeats",    "host",        "images_per_s", "peak_memory_bytes",
      "pretrain_s"};
  return names;
}

}  // namespace qsweep
