#include "qsweep/data/synthetic_shapes.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace qsweep {
namespace {

bool disc(int64_t u, int64_t v) {
  return u * u + v * v <= int64_t{1024} * 1024;
}
bool ring(int64_t u, int64_t v) {
  return disc(u, v) && u * u + v * v >= int64_t{520} * 520;
}
bool square(int64_t u, int64_t v) {
  return std::max(std::abs(u), std::abs(v)) <= 860;
}
bool frame(int64_t u, int64_t v) {
  return square(u, v) && std::max(std::abs(u), std::abs(v)) >= 440;
}
// The apex is at the top, where v is negative.
bool triangle(int64_t u, int64_t v) {
  return v <= 800 && 2 * std::abs(u) <= v + 1024;
}
bool plus(int64_t u, int64_t v) {
  return std::min(std::abs(u), std::abs(v)) <= 300 && std::max(std::abs(u), std::abs(v)) <= 1000;
}
bool bars(int64_t u, int64_t v) {
  return std::abs(u) <= 920 && (std::abs(v) <= 220 || (std::abs(v) >= 560 && std::abs(v) <= 1000));
}
bool quarters(int64_t u, int64_t v) {
  return disc(u, v) && (u >= 0) == (v >= 0);
}
// Open at the bottom, so that a mirror image is the same shape.
bool arch(int64_t u, int64_t v) {
  return disc(u, v) && !(std::abs(u) <= 480 && v >= -300);
}
bool hourglass(int64_t u, int64_t v) {
  return std::abs(v) <= 940 && std::abs(u) <= std::abs(v) + 120;
}

struct Shape {
  const char* name;
  bool (*covers)(int64_t u, int64_t v);
};

constexpr std::array<Shape, 10> kShapes{{{"disc", disc},
                                         {"ring", ring},
                                         {"square", square},
                                         {"frame", frame},
                                         {"triangle", triangle},
                                         {"plus", plus},
                                         {"bars", bars},
                                         {"quarters", quarters},
                                         {"arch", arch},
                                         {"hourglass", hourglass}}};

}  // namespace

const std::vector<std::string>& shape_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    list.reserve(kShapes.size());
    for (const Shape& shape : kShapes) {
      list.emplace_back(shape.name);
    }
    return list;
  }();
  return names;
}

bool shape_covers(int64_t shape, int64_t u, int64_t v) {
  return kShapes[static_cast<size_t>(shape)].covers(u, v);
}

}  // namespace qsweep
