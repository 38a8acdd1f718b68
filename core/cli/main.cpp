// The program `ranvier`: one command a verb; errors leave as sentences and exit codes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <iostream>
#include <new>
#include <string_view>

#include <ranvier/log.h>

#include "core/cli/commands.h"

namespace ranvier::cli {
namespace {

void log_to_stderr(LogLevel level, std::string_view message) {
  if (level == LogLevel::warning) std::cerr << "ranvier: warning: " << message << '\n';
  if (level == LogLevel::error) std::cerr << "ranvier: error: " << message << '\n';
}

Exit dispatch(int argc, char** argv) {
  CLI::App program("Runs spiking neural networks on any device.", "ranvier");
  program.set_version_flag("--version", "ranvier " RANVIER_VERSION);
  program.require_subcommand(1);
  program.footer(kExitCodes);
  Exit exit = Exit::ok;
  for (const auto add : {add_show, add_run, add_check, add_lower, add_devices}) add(program, exit);
  for (CLI::App* command : program.get_subcommands({})) command->footer(kExitCodes);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version arrive here too, as successes.
    if (error.get_exit_code() == 0) return static_cast<Exit>(program.exit(error));
    throw Error(Code::invalid_argument, std::string(error.what()) + ".", {},
                "ranvier --help, or --help after a command, lists what there is.");
  }
  return exit;
}

/// Before the arguments are parsed, since parsing itself may fail.
bool wants_json(int argc, char** argv) {
  return std::any_of(argv, argv + argc, [](const char* argument) { return std::string_view(argument) == "--json"; });
}

}  // namespace
}  // namespace ranvier::cli

int main(int argc, char** argv) {
  using namespace ranvier;
  using namespace ranvier::cli;
  set_log_hook(log_to_stderr);
  const bool json = wants_json(argc, argv);
  const auto fail = [json](const Error& error) {
    print_errors(error, json);
    return exit_of(error.code());
  };
  Exit exit = Exit::fault;
  try {
    exit = dispatch(argc, argv);
  } catch (const Error& error) {
    exit = fail(error);
  } catch (const std::bad_alloc&) {
    exit = fail(Error(Code::out_of_memory, "There is not enough memory."));
  } catch (const std::exception& error) {
    exit = fail(Error(Code::internal, std::string("An internal error: ") + error.what()));
  }
  if (!std::cout.flush()) {
    std::cerr << "ranvier: The standard output cannot be written to.\n";
    if (exit == Exit::ok) exit = Exit::bad_file;
  }
  set_log_hook({});
  return static_cast<int>(exit);
}
