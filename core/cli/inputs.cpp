#include "core/cli/inputs.h"

#include <utility>

#include <CLI/CLI.hpp>

#include <ranvier/devices.h>
#include <ranvier/error.h>
#include <ranvier/npy.h>

namespace ranvier::cli {
namespace {

const Port& find_port(const std::vector<Port>& ports, const std::string& name, const std::string& option = "--input") {
  std::string names;
  for (const Port& port : ports) {
    if (port.name == name) return port;
    names += (names.empty() ? "" : ", ") + port.name;
  }
  throw Error(Code::unknown_name,
              name.empty() ? "The network has " + std::to_string(ports.size()) + " inputs."
                           : "The network has no input '" + name + "'.",
              option, "Write " + option + " name=x.npy with one of: " + names + ".");
}

std::optional<std::size_t> lane_axis(const Tensor& input, const Shape& node) {
  if (input.shape().size() < 2) return {};
  const Shape row(input.shape().begin() + 1, input.shape().end());
  const Shape flat{element_count(node)};
  if (row == node || row == flat) return {};
  const Shape values(row.begin() + 1, row.end());
  if (values != node && values != flat) return {};  // the run says what is wrong with it
  return row.front();
}

}  // namespace

void add_input_arguments(CLI::App& command, InputArguments& arguments) {
  CLI::Option* const input = command.add_option("--input", arguments.inputs,
                                                "x.npy, or name=x.npy where there are several inputs (repeat): [steps, N] or "
                                                "[steps, lanes, N]; N may be spread over the node's shape");
  input->allow_extra_args(false);
  add_whole_number(command, "--steps", arguments.steps, {}, "run so many steps without input")->excludes(input);
  add_whole_number(command, "--lanes", arguments.lanes, kLanes,
                   "independent copies of the network; by default as many as the input has");
}

void add_calibrate(CLI::App& command, std::vector<std::string>& files) {
  command
      .add_option(
          "--calibrate", files,
          "x.npy, or name=x.npy (repeat): input that is typical of what will be run, for devices that choose scales by it")
      ->allow_extra_args(false);
}

void require_steps(const InputArguments& arguments) {
  if (!arguments.inputs.empty() || arguments.steps) return;
  throw Error(Code::invalid_argument, "There is neither input nor a number of steps.", {},
              "Give --input x.npy, or --steps 1000 to run in silence.");
}

std::vector<Port> ports_of(const Source& source) {
  if (const Plan* const plan = std::get_if<Plan>(&source)) return inputs_of(*plan);
  std::vector<Port> ports;
  for (const NodeInfo& node : std::get<Network>(source).nodes()) {
    if (node.model == "input@1") ports.push_back({node.name, node.shape, DType::f32});
  }
  return ports;
}

Inputs read_inputs(const std::vector<std::string>& files, const std::vector<Port>& ports, const char* option) {
  Inputs inputs;
  for (const std::string& text : files) {
    auto [name, path] = split_input(text);
    if (name.empty() && ports.size() == 1) name = ports.front().name;
    name = find_port(ports, name, option).name;  // before the file is looked for
    if (!inputs.emplace(name, read_npy(path)).second) {
      throw Error(Code::invalid_argument, "The input '" + name + "' is given twice.", option);
    }
  }
  return inputs;
}

std::optional<std::size_t> lane_axis(const Inputs& inputs, const std::vector<Port>& ports) {
  std::optional<std::size_t> lanes;
  for (const auto& [name, values] : inputs) {
    if (const auto axis = lane_axis(values, find_port(ports, name).shape)) lanes = axis;
  }
  return lanes;
}

}  // namespace ranvier::cli
