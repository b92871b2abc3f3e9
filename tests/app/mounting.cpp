#include "mounting.hpp"

#include <cstdlib>
#include <filesystem>

#include "support/catch.hpp"

namespace qsweep::test {
namespace {

bool succeeds(const std::string& line) {
  return std::system(line.c_str()) == 0;
}

}  // namespace

Mounted run_mounting(const Workplace& place, const std::string& lines) {
  const std::string point = place.path("mount_point");
  std::filesystem::create_directory(point);
  place.write("script", lines);
  for (const std::string shell : {"unshare -m", "unshare -rm"}) {
    if (succeeds(shell + " mount -t tmpfs tmpfs '" + point + "' 2>/dev/null")) {
      const bool is_well = succeeds(shell + " sh -e '" + place.path("script") + "'");
      return is_well ? Mounted::Done : Mounted::Failed;
    }
  }
  WARN("skipped: no file system can be mounted here, not even in a namespace of its own");
  return Mounted::Cannot;
}

std::string told(const Workplace& place,
                 const std::string& arguments,
                 const std::string& name,
                 const std::string& fake) {
  return "code=0; (" + place.shell_line(arguments, fake) + ") >'" + place.path(name + ".out") +
         "' 2>'" + place.path(name + ".err") + "' </dev/null || code=$?; echo $code >'" +
         place.path(name + ".code") + "'\n";
}

}  // namespace qsweep::test
