/// The arguments that several commands share: which file, and how it is read.
#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ranvier/network.h>
#include <ranvier/plan.h>

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

/// Adds FILE, --dt, --convention and the rest. `arguments` must outlive the parsing.
void add_load_arguments(CLI::App& command, LoadArguments& arguments);

/// Opens the file: a plan by its first bytes, else what `load` reads.
/// @throws Error as `load` and `Plan::load` do; invalid_argument for an option that a plan has no use for.
Source open_source(const LoadArguments& arguments);

/// A check for CLI11, which by itself takes -1 for 2^64 - 1: empty when `text` is digits, else the complaint.
std::string whole_number(const std::string& text);

/// "name=path" -> (name, path); "path" -> ("", path).
std::pair<std::string, std::string> split_input(const std::string& text);

}  // namespace ranvier::cli
