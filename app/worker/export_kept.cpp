#include "qsweep/core/error.hpp"
#include "qsweep/journal/run_folder.hpp"
#include "qsweep/trial/export_trial.hpp"

#include <utility>

#include "worker.hpp"

namespace qsweep {
namespace {

Json told_of(const ExportRequest& request, Tables tables, const Workbench::Options& options) {
  try {
    Workbench bench(std::move(tables), options);
    const Trial trial = read_trial(options.run_directory, request.trial);
    return export_trial(trial, bench, request.as, request.out);
  } catch (const WriteError&) {
    throw;
  } catch (const Error& error) {
    return {{"error", error.what()}};
  } catch (const c10::Error& error) {
    return {{"error", error.what_without_backtrace()}};
  }
}

}  // namespace

void export_kept(const ExportRequest& request, Tables tables, const Workbench::Options& options) {
  tell(told_of(request, std::move(tables), options));
}

}  // namespace qsweep
