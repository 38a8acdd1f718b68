/// The commands. Each adds its options to `program` and, when it is called, writes its exit code to `exit`.
#pragma once

#include <CLI/App.hpp>

#include "core/cli/output.h"

namespace ranvier::cli {

void add_show(CLI::App& program, Exit& exit);
void add_convert(CLI::App& program, Exit& exit);
void add_run(CLI::App& program, Exit& exit);
void add_rerun(CLI::App& program, Exit& exit);
void add_compare(CLI::App& program, Exit& exit);
void add_diff(CLI::App& program, Exit& exit);
void add_check(CLI::App& program, Exit& exit);
void add_compile(CLI::App& program, Exit& exit);
void add_lower(CLI::App& program, Exit& exit);
void add_devices(CLI::App& program, Exit& exit);
void add_conventions(CLI::App& program, Exit& exit);

}  // namespace ranvier::cli
