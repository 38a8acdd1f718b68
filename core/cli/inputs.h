/// --input: arrays for a network's inputs, and the lanes that they tell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include <ranvier/session.h>

#include "core/cli/arguments.h"

namespace ranvier::cli {

struct InputArguments {
  std::vector<std::string> inputs;  ///< "x.npy" or "name=x.npy"
  std::optional<std::uint64_t> steps;
  std::optional<std::size_t> lanes;
};

/// Adds --input, --steps and --lanes.
void add_input_arguments(CLI::App& command, InputArguments& arguments);

/// @throws Error invalid_argument where there is neither input nor a number of steps.
void require_steps(const InputArguments& arguments);

/// The inputs of a network or a plan, without opening a session.
std::vector<Port> ports_of(const Source& source);

/// Reads the files: "x.npy" or "name=x.npy". @throws Error unknown_name for a name that is no port's, naming `option`, and as
/// `read_npy` does.
Inputs read_inputs(const std::vector<std::string>& files, const std::vector<Port>& ports, const char* option = "--input");

/// Adds --calibrate, for `read_inputs`.
void add_calibrate(CLI::App& command, std::vector<std::string>& files);

/// The size of the lane axis where an input has one: [steps, lanes, ...shape] or [steps, lanes, N].
std::optional<std::size_t> lane_axis(const Inputs& inputs, const std::vector<Port>& ports);

}  // namespace ranvier::cli
