#include "qsweep/config/split_expression.hpp"

#include "qsweep/core/error.hpp"

#include "support/catch.hpp"

namespace qsweep {
namespace {

ImageRange range_of(const std::string& text, int64_t count) {
  return resolve_split(parse_split(text).value(), count, "data.train");
}

}  // namespace

TEST_CASE("a split is a name, or a name with a slice", "[config]") {
  const auto [text, split, first, last] =
      GENERATE(table<std::string, std::string, int64_t, int64_t>({{"train", "train", 0, 60},
                                                                  {"test[:40]", "test", 0, 40},
                                                                  {"test[40:]", "test", 40, 60},
                                                                  {"val[10:20]", "val", 10, 20},
                                                                  {"val[:]", "val", 0, 60},
                                                                  {"val[-5:]", "val", 55, 60},
                                                                  {"val[:-5]", "val", 0, 55}}));
  CHECK(parse_split(text)->split == split);
  CHECK(range_of(text, 60).first == first);
  CHECK(range_of(text, 60).last == last);
}

TEST_CASE("what is not a split, or never holds an image, is none", "[config]") {
  const std::string text = GENERATE("",
                                    "[:3]",
                                    "train[",
                                    "train[:",
                                    "train[3]",
                                    "train[1:2",
                                    "train[a:]",
                                    "train[1:2x]",
                                    "train[1 :2]",
                                    "train[0:1:2]",
                                    "train[1:2]]",
                                    "a b",
                                    "../train",
                                    "train]",
                                    "train[:]x",
                                    "train[5:5]",
                                    "train[-3:-5]",
                                    "train[99999999999999999999:]");
  CHECK_FALSE(parse_split(text));
}

TEST_CASE("a slice stays inside its split and holds an image", "[config]") {
  CHECK_THROWS_WITH(range_of("test[:61]", 60),
                    "data.train: 'test[:61]' reaches beyond the 60 images of 'test'");
  CHECK_THROWS_WITH(range_of("test[-61:]", 60),
                    "data.train: 'test[-61:]' reaches beyond the 60 images of 'test'");
  CHECK_THROWS_WITH(range_of("test[60:]", 60), "data.train: 'test[60:]' holds no image");
  CHECK_THROWS_WITH(range_of("test[-20:10]", 60), "data.train: 'test[-20:10]' holds no image");
}

TEST_CASE("a slice of everything is spelled as the split", "[config]") {
  CHECK(to_string(parse_split("train[0:]").value()) == "train");
  CHECK(to_string(parse_split("train[0:5]").value()) == "train[:5]");
  CHECK(to_string(parse_split("train[4:5]").value()) == "train[4:5]");
}

}  // namespace qsweep
