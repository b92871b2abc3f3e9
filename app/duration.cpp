#include "duration.hpp"

#include "qsweep/report/number_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>

namespace qsweep {

std::optional<std::chrono::milliseconds> duration_from(const std::string& text) {
  static const std::map<std::string, double> kUnits{
      {"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
  constexpr double kMost = 10'000.0 * 86400;
  const size_t digits = text.find_first_not_of("0123456789.");
  const std::string number = text.substr(0, digits);
  const auto unit = kUnits.find(digits == std::string::npos ? "" : text.substr(digits));
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end);
  if (unit == kUnits.end() || number.empty() || *end != '\0') {
    return std::nullopt;
  }
  const double seconds = value * unit->second;
  const std::chrono::milliseconds time(
      static_cast<int64_t>(std::ceil(std::min(seconds, kMost) * 1000)));
  return time.count() > 0 && seconds <= kMost ? std::make_optional(time) : std::nullopt;
}

std::string check_duration(const std::string& text) {
  return duration_from(text) ? "" : "must be like 90s, 10m, 1.5h or 2d, got '" + text + "'";
}

void add_duration(CLI::App& command,
                  const std::string& name,
                  std::chrono::milliseconds& value,
                  const std::string& about) {
  command
      .add_option_function<std::string>(
          name, [&value](const std::string& text) { value = *duration_from(text); }, about)
      ->type_name("TIME")
      ->check(check_duration);
}

std::string duration_text(double seconds) {
  if (seconds < 90) {
    return fixed_text(seconds, 0) + " s";
  }
  return seconds < 5400 ? fixed_text(seconds / 60, 0) + " min"
                        : fixed_text(seconds / 3600, 1) + " h";
}

}  // namespace qsweep
