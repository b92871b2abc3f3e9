#pragma once

#include "qsweep/core/error.hpp"

#include <CLI/CLI.hpp>

#include <functional>

namespace qsweep {

/// A subcommand: its place in the command line, and what it does once that has been read.
struct Command {
  CLI::App* app = nullptr;
  std::function<ExitCode()> act;
};

Command add_run_command(CLI::App& app);
Command add_plan_command(CLI::App& app);
Command add_inspect_command(CLI::App& app);
Command add_list_command(CLI::App& app);
Command add_status_command(CLI::App& app);
Command add_show_command(CLI::App& app);
Command add_export_command(CLI::App& app);
Command add_report_command(CLI::App& app);
Command add_compare_command(CLI::App& app);
Command add_worker_command(CLI::App& app);
Command add_man_command(CLI::App& app);
Command add_completion_command(CLI::App& app);

}  // namespace qsweep
