#include "qsweep/journal/journal.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/journal/journal_line.hpp"

#include <algorithm>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

using test::read_text;
using test::ScratchFolder;
using test::write_text;

Record result(const std::string& trial, double top1) {
  Record record;
  record.trial = trial;
  record.final = Evaluation{100, top1, top1, 1.0};
  return record;
}

Record failure(const std::string& trial, const std::string& reason) {
  Record record;
  record.trial = trial;
  record.failed = true;
  record.error = reason;
  record.error_kind = "error";
  return record;
}

}  // namespace

TEST_CASE("what one writer appends, a reader of the run finds", "[journal]") {
  const ScratchFolder run;
  {
    JournalWriter writer(journal_path(run.path(), "w1"));
    writer.append(result("a", 50));
    writer.append(failure("b", "too bad"));
  }
  JournalWriter(journal_path(run.path(), "w2")).append(result("c", 70));
  const Journal journal = read_journal(run.path());
  REQUIRE(journal.entries.size() == 3);
  CHECK(journal.find("a")->final->top1 == 50);
  CHECK(journal.find("b")->error == "too bad");
  CHECK(journal.find("c")->final->top1 == 70);
  CHECK(journal.find("d") == nullptr);
  CHECK(journal.ignored == 0);
}

TEST_CASE("a line ends with the CRC-32 of its text without the checksum", "[journal]") {
  const std::string line = journal_line({result("a", 50), 1700000000000});
  REQUIRE(line.size() > 18);
  const std::string suffix = line.substr(line.size() - 18);
  CHECK(suffix.substr(0, 8) == ",\"crc\":\"");
  CHECK(suffix.substr(16) == "\"}");
  // Computed with Python's zlib.crc32.
  const std::string object = line.substr(0, line.size() - 18) + "}";
  CHECK(
      object ==
      R"({"at":1700000000000,"failed":false,"final":{"images":100,"loss":1.0,"top1":50.0,"top5":50.0},)"
      R"("host":"","images_lost":0,"images_per_second":0.0,"images_won":0,"peak_memory":0,)"
      R"("seconds":{},"trial":"a"})");
  CHECK(suffix.substr(8, 8) == "4706c2ce");
}

TEST_CASE("a changed digit, a cut and a foreign line are no entries", "[journal]") {
  const std::string line = journal_line({result("a", 50), 1});
  REQUIRE(parse_journal_line(line));
  std::string changed = line;
  changed.replace(changed.find("50.0"), 4, "60.0");
  CHECK_FALSE(parse_journal_line(changed));
  CHECK_FALSE(parse_journal_line(line.substr(0, line.size() - 1)));
  CHECK_FALSE(parse_journal_line(""));
  CHECK_FALSE(parse_journal_line(R"({"trial":"a","crc":"00000000"})"));
}

TEST_CASE("a line that a kill cut off is left behind, and what follows counts", "[journal]") {
  const ScratchFolder run;
  const std::string path = journal_path(run.path(), "w1");
  JournalWriter(path).append(result("a", 50));
  const std::string whole = read_text(path);
  write_text(path, whole + whole.substr(0, 40));
  CHECK(read_journal(run.path()).entries.size() == 1);
  CHECK(read_journal(run.path()).ignored == 0);  // it may still be growing

  JournalWriter(path).append(result("b", 60));
  const std::string text = read_text(path);
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  const Journal journal = read_journal(run.path());
  CHECK(journal.entries.size() == 2);
  CHECK(journal.ignored == 1);
}

TEST_CASE("of a trial's records the result counts, else the last failure", "[journal]") {
  Journal journal;
  journal.add({failure("a", "first"), 10});
  journal.add({failure("a", "second"), 20});
  CHECK(journal.find("a")->error == "second");
  journal.add({result("a", 50), 15});
  CHECK_FALSE(journal.find("a")->failed);
  journal.add({failure("a", "later"), 30});
  CHECK_FALSE(journal.find("a")->failed);
}

TEST_CASE("a reader that follows a file sees each record once", "[journal]") {
  const ScratchFolder run;
  const std::string path = journal_path(run.path(), "w1");
  JournalReader reader(path);
  CHECK(reader.read_new().empty());
  JournalWriter writer(path);
  writer.append(result("a", 50));
  REQUIRE(reader.read_new().size() == 1);
  CHECK(reader.read_new().empty());
  writer.append(result("b", 60));
  const auto entries = reader.read_new();
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].record.trial == "b");
}

TEST_CASE("a run is followed into files that come later", "[journal]") {
  const ScratchFolder run;
  JournalFollower follower(run.path());
  CHECK(follower.read_new().empty());
  JournalWriter(journal_path(run.path(), "w2")).append(result("a", 50));
  CHECK(follower.read_new().size() == 1);
  JournalWriter(journal_path(run.path(), "w1")).append(result("b", 50));
  const auto entries = follower.read_new();
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].record.trial == "b");
  CHECK(follower.read_new().empty());
}

TEST_CASE("the records of one trial come in the order of time, whoever wrote them", "[journal]") {
  const ScratchFolder run;
  JournalWriter(journal_path(run.path(), "w2")).append(failure("a", "first"));
  JournalWriter(journal_path(run.path(), "w2")).append(result("b", 60));
  ::usleep(2000);
  JournalWriter(journal_path(run.path(), "w1")).append(result("a", 50));
  const auto records = records_of(run.path(), "a");
  REQUIRE(records.size() == 2);
  CHECK(records[0].record.error == "first");
  CHECK(records[1].record.final->top1 == 50);
  CHECK(records_of(run.path(), "c").empty());
}

TEST_CASE("a reason with bytes that are no text is kept all the same", "[journal]") {
  const auto entry = parse_journal_line(journal_line({failure("a", "bad \xff byte"), 1}));
  REQUIRE(entry);
  CHECK(entry->record.error == "bad \xef\xbf\xbd byte");
}

TEST_CASE("a full disk is a WriteError that names the journal", "[journal]") {
  JournalWriter writer("/dev/full");
  CHECK_THROWS_AS(writer.append(result("a", 50)), WriteError);
  CHECK_THROWS_WITH(writer.append(result("a", 50)),
                    "/dev/full: cannot be written: No space left on device");
}

}  // namespace qsweep
