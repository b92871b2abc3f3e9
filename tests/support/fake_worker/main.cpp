// Stands in for qsweep-worker. What it does at a trial is said by QSWEEP_FAKE, a JSON object from
// the trial's bits (of its first group; "float" for a float trial, "*" for all others) to one of:
//   fail, kill, exit3, full, sleep
//   lose N       gets N more of 1000 images wrong
//   slow N       takes N percent longer for an image
//   deaf         sleeps, whatever signal asks it to stop
//   once         is killed the first time only
//   sleep once   sleeps the first time only
//   checkpoint   the first time keeps a checkpoint and sleeps; later ends with 3 if that is gone
//   doze         takes some milliseconds
//   wait         waits half a second for another trial
//   second       takes a second
//   tear         is killed within the line of its record
//   mute         says that it has finished, and writes no record
//   heavy        leaves a file of 64 KiB
// "kill facts" and "kill catalog" as the value of "start" kill it when it is started to tell that.
// Each start adds a line to the file QSWEEP_FAKE_LOG.

#include "qsweep/core/error.hpp"
#include "qsweep/journal/correct_bits.hpp"
#include "qsweep/journal/journal.hpp"
#include "qsweep/journal/run_folder.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

#include "plan/small_world.hpp"

namespace qsweep {
namespace {

void note(const std::string& line) {
  if (const char* path = std::getenv("QSWEEP_FAKE_LOG")) {
    std::ofstream(path, std::ios::app) << line << "\n";
  }
}

void say(const Json& json) {
  std::cout << json.dump() << std::endl;
}

std::string bits_of(const Trial& trial) {
  return trial.groups.empty() ? "float" : trial.groups[0].quantizer.value("bits", Json(1)).dump();
}

Json behaviours() {
  const char* text = std::getenv("QSWEEP_FAKE");
  return text == nullptr ? Json::object() : Json::parse(text);
}

std::string behaviour_at(const Trial& trial) {
  const Json all = behaviours();
  return all.value(bits_of(trial), all.value("*", ""));
}

// Files that a trial leaves, as the real worker does.
void leave_much(const std::string& folder) {
  std::filesystem::create_directories(folder);
  std::ofstream file(folder + "/heavy", std::ios::trunc);
  file << std::string(size_t{1} << 16U, 'x');
  file.close();
  if (!file) {
    throw WriteError(folder + "/heavy", "cannot be written: " + system_reason());
  }
}

// Is it the first time that this is asked of the trial?
bool is_first_time(const std::string& folder) {
  const std::string mark = folder + "/tried";
  const bool first = !std::filesystem::exists(mark);
  std::filesystem::create_directories(folder);
  std::ofstream(mark) << "once\n";
  return first;
}

void write_half_a_record(const std::string& journal) {
  std::ofstream(journal, std::ios::app) << R"({"trial":"0123", "failed":fa)" << std::flush;
}

// Of 1000 images the float model has the first 900 right; fewer bits lose the last of these.
Record record_of(const Trial& trial, int64_t more_lost, int repeats) {
  const double lost = trial.groups.empty() ? 0 : 40 / std::stod(bits_of(trial));
  const double top1 = 90 - lost - 0.1 * static_cast<double>(more_lost);
  Record record;
  record.trial = trial.id;
  record.final = Evaluation{1000, top1, 99, 0.5 + 90 - top1};
  record.ptq = record.final;
  record.images_lost = static_cast<int64_t>(lost * 10) + more_lost;
  record.seconds = {{"evaluate", 0.001 * static_cast<double>(::getpid() % 100)}};
  record.images_per_second = 1000;
  record.repeats = repeats;
  record.host = "fake";
  return record;
}

void leave_bits(const std::string& run, const Record& record) {
  std::string bits(125, '\0');
  for (int64_t i = 0; i < 900 - record.images_lost; ++i) {
    char& byte = bits[static_cast<size_t>(i / 8)];
    byte = static_cast<char>(byte | 1 << (i % 8));
  }
  const std::string path = correct_bits_path(run, record.trial);
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bits;
}

void sleep_after_checkpoint(const std::string& folder) {
  const std::string checkpoint = folder + "/checkpoint.pt";  // as checkpoint_path() has it
  if (is_first_time(folder)) {
    std::ofstream(checkpoint) << "half of it";
    note("checkpoint");
    ::sleep(60);
  } else if (!std::filesystem::exists(checkpoint)) {
    ::_exit(3);
  }
}

void misbehave(const std::string& how, const std::string& folder, const std::string& journal) {
  std::cerr << "about to " << how << std::endl;
  if (how == "kill" || (how == "once" && is_first_time(folder))) {
    ::kill(::getpid(), SIGKILL);
  } else if (how == "tear") {
    write_half_a_record(journal);
    ::kill(::getpid(), SIGKILL);
  } else if (how == "doze") {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  } else if (how == "wait") {
    say({{"event", "waits"}});
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    say({{"event", "goes_on"}});
  } else if (how == "second") {
    std::this_thread::sleep_for(std::chrono::seconds(1));
  } else if (how == "heavy") {
    leave_much(folder);
  } else if (how == "checkpoint") {
    sleep_after_checkpoint(folder);
  } else if (how == "deaf") {
    std::signal(SIGTERM, SIG_IGN);
    std::this_thread::sleep_for(std::chrono::minutes(1));
  } else if (how == "full when stopped") {
    std::signal(SIGTERM, [](int) {
      const std::string_view reason = "checkpoint.pt: cannot be written: No space left on device\n";
      [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, reason.data(), reason.size());
      ::_exit(static_cast<int>(ExitCode::CannotWrite));
    });
    ::sleep(60);
  } else if (how == "exit3") {
    ::_exit(3);
  } else if (how == "full") {
    std::cerr << "journal: cannot be written: No space left on device" << std::endl;
    ::_exit(static_cast<int>(ExitCode::CannotWrite));
  } else if (how == "sleep" || (how == "sleep once" && is_first_time(folder))) {
    ::sleep(60);
  }
}

void run_trial(const std::string& run,
               const Json& request,
               const std::string& name,
               JournalWriter& journal) {
  const std::string id = request.at("trial");
  const Trial trial = read_trial(run, id);
  note("trial " + bits_of(trial));
  say({{"event", "started"}, {"trial", id}});
  const std::string how = behaviour_at(trial);
  const bool loses = how.rfind("lose ", 0) == 0;
  const bool is_slow = how.rfind("slow ", 0) == 0;
  const int64_t lost = loses ? std::stoll(how.substr(5)) : 0;
  Record record = record_of(trial, lost, request.at("repeats"));
  if (is_slow) {
    record.images_per_second /= 1 + std::stod(how.substr(5)) / 100;
  }
  if (how == "fail") {
    record = Record();
    record.trial = id;
    record.failed = true;
    record.error = "a made-up reason";
    record.error_text = "/data/x: a made-up reason";
    record.error_kind = "error";
  } else if (!how.empty() && !loses && !is_slow) {
    misbehave(how, run + "/trials/" + id, journal_path(run, name));
  }
  if (!record.failed) {
    leave_bits(run, record);
  }
  say({{"event", "stage"}, {"trial", id}, {"stage", "finetune"}, {"epoch", 1}, {"epochs", 2}});
  if (how != "mute") {
    journal.append(record);
  }
  say({{"event", "finished"}, {"trial", id}, {"failed", record.failed}});
}

void run_trials(const std::string& run, const std::string& name) {
  JournalWriter journal(journal_path(run, name));
  for (std::string line; std::getline(std::cin, line);) {
    run_trial(run, Json::parse(line), name, journal);
  }
}

Json facts_for(const Json& request) {
  if (request.contains("corrections")) {
    return {{"corrected_layers", SmallFacts().corrected_layers(request.get<CorrectionQuestion>())}};
  }
  if (request.contains("inspect")) {
    ModelChoice model;
    model.zoo = request.at("inspect").at("zoo");
    return {{"model", SmallFacts().model(model, Settings())}};
  }
  const auto settings = request.at("settings").get<Settings>();
  if (settings.data.name != "synthetic") {
    return {{"error", settings.data.root + ": no such folder"}};
  }
  SmallFacts facts;
  Json answer{{"data", facts.data(settings, {})}, {"model", nullptr}};
  if (!request.at("model").is_null()) {
    ModelChoice model;
    model.zoo = request.at("model").at("zoo");
    answer["model"] = facts.model(model, settings);
  }
  return answer;
}

Catalog fake_catalog() {
  Catalog catalog = small_catalog();
  Catalog::Dataset folder;
  folder.name = "image_folder";
  folder.needs_root = true;
  catalog.datasets.push_back(folder);
  return catalog;
}

int work(const std::vector<std::string>& arguments) {
  const std::string& command = arguments.at(0);
  note("start " + command);
  if (behaviours().value("start", "") == "kill " + command) {
    ::kill(::getpid(), SIGKILL);
  }
  if (command == "catalog") {
    say(fake_catalog());
  } else if (command == "version") {
    say({{"qsweep", "0.1.0"}, {"libtorch", "fake"}, {"build", "fake"}});
  } else if (command == "facts") {
    for (std::string line; std::getline(std::cin, line);) {
      say(facts_for(Json::parse(line)));
    }
  } else {
    run_trials(arguments.at(1), arguments.at(3));
  }
  return 0;
}

}  // namespace
}  // namespace qsweep

int main(int argc, char** argv) {
  try {
    return qsweep::work({argv + 1, argv + argc});
  } catch (const qsweep::WriteError& error) {
    std::cerr << error.what() << std::endl;
    return static_cast<int>(qsweep::ExitCode::CannotWrite);
  }
}
