#include "qsweep/journal/record.hpp"

#include <cmath>
#include <limits>

namespace qsweep {
namespace {

// JSON has no infinity; a text keeps what a null would lose.
Json number_json(double value) {
  if (std::isnan(value)) {
    return "nan";
  }
  if (std::isinf(value)) {
    return value > 0 ? "inf" : "-inf";
  }
  return value;
}

double number_from(const Json& json) {
  if (!json.is_string()) {
    return json.get<double>();
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto& text = json.get_ref<const std::string&>();
  if (text == "nan") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return text == "inf" ? kInfinity : -kInfinity;
}

template <class Value>
void put(Json& json, const char* key, const std::optional<Value>& value) {
  if (value) {
    json[key] = *value;
  }
}

void put_number(Json& json, const char* key, const std::optional<double>& value) {
  if (value) {
    json[key] = number_json(*value);
  }
}

std::optional<double> number_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() ? std::nullopt : std::make_optional(number_from(*found));
}

std::optional<Evaluation> evaluation_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() ? std::nullopt : std::make_optional(found->get<Evaluation>());
}

}  // namespace

double Record::total_seconds() const {
  return std::accumulate(seconds.begin(), seconds.end(), 0.0, [](double sum, const auto& stage) {
    return sum + stage.second;
  });
}

bool may_be_bad_luck(const Record& record) {
  const std::string& kind = record.error_kind;
  return record.failed &&
         (kind == "signal" || kind == "lost" || kind == "memory" || kind == "timeout");
}

void to_json(Json& json, const Evaluation& evaluation) {
  json = Json{{"images", evaluation.images},
              {"top1", evaluation.top1},
              {"top5", evaluation.top5},
              {"loss", number_json(evaluation.loss)}};
}

void from_json(const Json& json, Evaluation& evaluation) {
  json.at("images").get_to(evaluation.images);
  json.at("top1").get_to(evaluation.top1);
  json.at("top5").get_to(evaluation.top5);
  evaluation.loss = number_from(json.at("loss"));
}

void to_json(Json& json, const Record& record) {
  json = Json{{"trial", record.trial},
              {"failed", record.failed},
              {"images_won", record.images_won},
              {"images_lost", record.images_lost},
              {"seconds", record.seconds},
              {"images_per_second", number_json(record.images_per_second)},
              {"peak_memory", record.peak_memory},
              {"host", record.host}};
  if (record.shared_memory > 0) {
    json["shared_memory"] = record.shared_memory;
  }
  if (record.repeats > 0) {
    json["repeats"] = record.repeats;
  }
  if (record.failed) {
    json["error_kind"] = record.error_kind;
    json["error"] = record.error;
    json["error_text"] = record.error_text;
    if (!record.started) {
      json["started"] = false;
    }
  }
  put(json, "ptq", record.ptq);
  put(json, "final", record.final);
  put_number(json, "top1_best", record.top1_best);
  put_number(json, "sqnr_db", record.sqnr_db);
}

void from_json(const Json& json, Record& record) {
  json.at("trial").get_to(record.trial);
  json.at("failed").get_to(record.failed);
  record.started = json.value("started", true);
  record.error_kind = json.value("error_kind", "");
  record.error = json.value("error", "");
  record.error_text = json.value("error_text", record.error);
  record.ptq = evaluation_at(json, "ptq");
  record.final = evaluation_at(json, "final");
  record.top1_best = number_at(json, "top1_best");
  record.sqnr_db = number_at(json, "sqnr_db");
  json.at("images_won").get_to(record.images_won);
  json.at("images_lost").get_to(record.images_lost);
  json.at("seconds").get_to(record.seconds);
  record.images_per_second = number_from(json.at("images_per_second"));
  record.repeats = json.value("repeats", 0);
  json.at("peak_memory").get_to(record.peak_memory);
  record.shared_memory = json.value("shared_memory", int64_t{0});
  json.at("host").get_to(record.host);
}

}  // namespace qsweep
