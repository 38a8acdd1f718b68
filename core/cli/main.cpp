// The program `ranvier`: one command a verb; errors leave as sentences and exit codes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <ranvier/log.h>

#include "core/cli/commands.h"

namespace ranvier::cli {
namespace {

void log_to_stderr(LogLevel level, std::string_view message) {
  if (level == LogLevel::warning) std::cerr << "ranvier: warning: " << message << '\n';
  if (level == LogLevel::error) std::cerr << "ranvier: error: " << message << '\n';
}

/// One letter more, less or other, or two neighbours swapped.
bool nearly(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty() && a.front() == b.front()) a.remove_prefix(1), b.remove_prefix(1);
  while (!a.empty() && !b.empty() && a.back() == b.back()) a.remove_suffix(1), b.remove_suffix(1);
  if (a.size() <= 1 && b.size() <= 1) return true;
  return a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[1] == b[0];
}

/// For a command line that holds none of the commands.
Error no_command(const CLI::App& program) {
  const std::vector<std::string> words = program.remaining();
  std::string commands, near;
  for (const CLI::App* command : program.get_subcommands({})) {
    commands += (commands.empty() ? "" : ", ") + command->get_name();
    if (!words.empty() && nearly(words.front(), command->get_name())) near = "Did you mean '" + command->get_name() + "'? ";
  }
  const std::string remedy = near + "The commands are: " + commands + ".";
  if (words.empty()) return Error(Code::invalid_argument, "There is no command.", {}, remedy);
  const bool option = words.front().starts_with('-');
  return Error(Code::invalid_argument,
               std::string("There is no ") + (option ? "option" : "command") + " '" + words.front() + "'.", {}, remedy);
}

Exit dispatch(int argc, char** argv) {
  CLI::App program("Runs spiking neural networks on any device.", "ranvier");
  program.set_version_flag("--version", "ranvier " RANVIER_VERSION);
  program.require_subcommand(1);
  program.footer(kExitCodes);
  Exit exit = Exit::ok;
  for (const auto add : {add_show, add_convert, add_run, add_rerun, add_compare, add_diff, add_check, add_compile, add_lower,
                         add_devices, add_conventions})
    add(program, exit);
  for (CLI::App* command : program.get_subcommands({})) command->footer(kExitCodes);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version arrive here too, as successes.
    if (error.get_exit_code() == 0) return static_cast<Exit>(program.exit(error));
    if (program.get_subcommands().empty()) throw no_command(program);
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
