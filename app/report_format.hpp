#pragma once

#include "qsweep/report/render.hpp"

#include <map>
#include <string>

namespace qsweep {

/// The names of report formats on the command line.
inline const std::map<std::string, ReportFormat> kReportFormats{
    {"text", ReportFormat::Text},
    {"markdown", ReportFormat::Markdown},
    {"csv", ReportFormat::Csv},
    {"json", ReportFormat::JsonArray},
    {"latex", ReportFormat::Latex}};

}  // namespace qsweep
