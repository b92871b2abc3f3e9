#include "qsweep/engine/row_filter.hpp"

#include "qsweep/core/error.hpp"

#include "support/catch.hpp"

namespace qsweep {
namespace {

const std::vector<std::string> kVariables{"w", "finetune.lr"};

bool matches(const std::vector<std::string>& expressions, const Row& row) {
  return RowFilter("--only", expressions, kVariables).matches(row);
}

std::string expression_error(const std::string& expression) {
  try {
    const RowFilter filter("--only", {expression}, kVariables);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a comma is and, several expressions are or", "[engine]") {
  const Row row{0, "resnet20", "all", {"4", "0.010"}, "synthetic"};
  CHECK(matches({"model=resnet*,w<=4"}, row));
  CHECK_FALSE(matches({"model=resnet*,w<4"}, row));
  CHECK(matches({"w=8", "w=4.0"}, row));
  CHECK(matches({"finetune.lr=0.01"}, row));
  CHECK(matches({"w>3", "model=vgg"}, row));
  CHECK(matches({"w>=4, policy != float"}, row));
  CHECK_FALSE(matches({"w>4"}, row));
  CHECK_FALSE(matches({"policy!=a*"}, row));
  CHECK(matches({"data==synth*"}, row));
}

TEST_CASE("a row without the variable is in no comparison of numbers", "[engine]") {
  const Row row{0, "resnet20", "float", {"", ""}, "synthetic"};
  CHECK_FALSE(matches({"w<=4"}, row));
  CHECK_FALSE(matches({"w>4"}, row));
  CHECK(matches({"w!=4"}, row));
  CHECK(matches({"w="}, row));
}

TEST_CASE("a filter that cannot be meant is an error", "[engine]") {
  CHECK(expression_error("modle=x") ==
        "--only 'modle=x': unknown name 'modle'; did you mean 'model'?");
  CHECK(expression_error("w<=four") == "--only 'w<=four': '<=' compares numbers, got 'four'");
  CHECK(expression_error("w=4,x") ==
        "--only 'w=4,x': 'x' must be like 'w<=4', with one of = != < <= > >=");
  CHECK(expression_error("w!4") ==
        "--only 'w!4': 'w!4' must be like 'w<=4', with one of = != < <= > >=");
  CHECK(expression_error("w=>4") ==
        "--only 'w=>4': 'w=>4' must be like 'w<=4', with one of = != < <= > >=");
  CHECK(expression_error("") == "--only '': '' must be like 'w<=4', with one of = != < <= > >=");
}

}  // namespace qsweep
