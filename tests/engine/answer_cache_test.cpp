#include "qsweep/engine/answer_cache.hpp"

#include <filesystem>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {

TEST_CASE("an answer is found under its own key alone", "[engine]") {
  const test::ScratchFolder folder;
  const AnswerCache cache(folder.path("facts"));
  CHECK_FALSE(cache.find({{"q", 1}}));
  cache.store({{"q", 1}}, "one");
  CHECK(cache.find({{"q", 1}}) == Json("one"));
  CHECK_FALSE(cache.find({{"q", 2}}));
}

TEST_CASE("a damaged answer is none", "[engine]") {
  const test::ScratchFolder folder;
  const AnswerCache cache(folder.path());
  cache.store({{"q", 1}}, "one");
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    test::write_text(file.path().string(), "{\"key\":");
  }
  CHECK_FALSE(cache.find({{"q", 1}}));
}

}  // namespace qsweep
