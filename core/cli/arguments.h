/// The arguments that several commands share: which file, and how it is read.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ranvier/network.h>
#include <ranvier/plan.h>
#include <ranvier/quantity.h>

namespace ranvier::cli {

/// What a file on the command line may hold.
using Source = std::variant<Network, Plan>;

struct LoadArguments {
  std::string file;
  std::optional<std::string> dt;
  LoadOptions options;
  std::vector<std::string> delays;         ///< "source,target=steps"
  std::vector<CLI::Option*> for_networks;  ///< those that mean nothing to a plan
};

/// `diff` names two of them in its own way.
enum class Convention { option, elsewhere };

/// Adds FILE, --dt, --convention and the rest. `arguments` must outlive the parsing.
void add_load_arguments(CLI::App& command, LoadArguments& arguments, Convention convention = Convention::option);

/// The options as `load` takes them. @throws Error for --dt and --delay, all mistakes at once.
LoadOptions load_options(const LoadArguments& arguments);

/// "0.1ms". @throws Error bad_value, bad_unit, with the argument.
Quantity duration(const std::string& text, const char* argument);

/// By its first bytes; false for a file that cannot be read.
bool is_plan(const std::string& path);

/// For a file that is no network any more, but `what`: "A plan". @throws Error invalid_argument for an option that has no effect
/// on it.
void refuse_network_options(const LoadArguments& arguments, const std::string& what);

/// Opens the file: a plan by its first bytes, else what `load` reads.
/// @throws Error as `load` and `Plan::load` do; invalid_argument for an option that a plan has no use for.
Source open_source(const LoadArguments& arguments);

/// Lowers a network. @throws Error with all problems of the network.
Plan plan_of(const Source& source);

/// Both ends are allowed.
struct WholeRange {
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
};

/// The lanes that a session opens with.
inline constexpr WholeRange kLanes{1, std::uint64_t{1} << 24};

/// Reads base 10 without sign or leading zeros; CLI11 by itself takes -1 for 2^64 - 1 and 010 for 8.
/// @throws Error bad_value, out_of_range, with the argument, the text and the range.
std::uint64_t whole_number(const std::string& text, const char* argument, const WholeRange& range);

CLI::Option* add_whole_number(CLI::App& command, const char* name, std::function<void(std::uint64_t)> set,
                              const WholeRange& range, const std::string& help);

/// Adds an option for an integer, whose value becomes the default in --help, or for an optional one. The range must fit it.
template <class Number>
CLI::Option* add_whole_number(CLI::App& command, const char* name, Number& value, const WholeRange& range,
                              const std::string& help) {
  if constexpr (requires { typename Number::value_type; }) {
    const auto set = [&value](std::uint64_t number) { value = static_cast<typename Number::value_type>(number); };
    return add_whole_number(command, name, std::function<void(std::uint64_t)>(set), range, help);
  } else {
    const auto set = [&value](std::uint64_t number) { value = static_cast<Number>(number); };
    return add_whole_number(command, name, std::function<void(std::uint64_t)>(set), range, help)
        ->default_str(std::to_string(value));
  }
}

/// "name=path" -> (name, path); "path" -> ("", path).
std::pair<std::string, std::string> split_input(const std::string& text);

}  // namespace ranvier::cli
