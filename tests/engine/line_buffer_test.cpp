#include "qsweep/engine/line_buffer.hpp"

#include <array>
#include <unistd.h>

#include "support/catch.hpp"

namespace qsweep {

TEST_CASE("lines come whole, however the pipe cuts them", "[engine]") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const auto send = [&](const std::string& text) {
    REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  };
  LineBuffer lines;
  send("one\ntw");
  CHECK(lines.read_from(ends[0]));
  CHECK(lines.next() == "one");
  CHECK_FALSE(lines.next());
  send("o\n\nrest");
  CHECK(lines.read_from(ends[0]));
  CHECK(lines.next() == "two");
  CHECK(lines.next() == "");
  CHECK_FALSE(lines.next());
  CHECK(lines.rest() == "rest");
  CHECK(lines.rest().empty());
  ::close(ends[1]);
  CHECK_FALSE(lines.read_from(ends[0]));
  ::close(ends[0]);
}

}  // namespace qsweep
