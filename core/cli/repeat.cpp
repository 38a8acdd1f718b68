// `ranvier rerun`, `compare` and `diff`: is it the same, and if not, where does it begin to differ.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <ranvier/compare.h>
#include <ranvier/run_folder.h>

#include "core/cli/arguments.h"
#include "core/cli/commands.h"
#include "core/cli/inputs.h"
#include "core/cli/progress.h"

namespace ranvier::cli {
namespace {

/// What compare and diff share.
struct SidesArguments : LoadArguments {
  InputArguments input;
  std::vector<std::string> calibrate;
  std::optional<std::string> tau;
  bool progress = true;
  bool json = false;
};

void add_sides_arguments(CLI::App& command, SidesArguments& arguments) {
  add_input_arguments(command, arguments.input);
  add_calibrate(command, arguments.calibrate);
  command.add_option("--tau", arguments.tau, "time constant of van Rossum's distance, with its unit: 5ms (default: 10 dt)");
  add_progress(command, arguments.progress);
  command.add_flag("--json", arguments.json, "print JSON");
}

/// The options for a source's ports and the inputs that were read for them.
CompareOptions compare_options(const SidesArguments& arguments, const Inputs& inputs, const std::vector<Port>& ports,
                               Progress& progress) {
  CompareOptions options;
  options.session.lanes = arguments.input.lanes.value_or(lane_axis(inputs, ports).value_or(1));
  options.session.calibrate = read_inputs(arguments.calibrate, ports, "--calibrate");
  options.steps = arguments.input.steps;
  if (arguments.tau) options.tau_ms = 1e3 * duration(*arguments.tau, "--tau").si();
  options.keep_going = progress.keep_going();
  return options;
}

template <class Verdict>
Exit print(const Verdict& verdict, bool json) {
  std::cout << (json ? verdict.to_json() + "\n" : verdict.text());
  return verdict.equal() ? Exit::ok : Exit::different;
}

}  // namespace

void add_rerun(CLI::App& program, Exit& exit) {
  struct Arguments {
    std::string folder;
    std::optional<std::string> device;
    bool progress = true;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      program.add_subcommand("rerun", "Verifies a folder of `ranvier run --save`, runs it again and says equal, or where not.");
  command->add_option("FOLDER", arguments->folder, "what --save or Result.save wrote")->required();
  command->add_option("--device", arguments->device, "another device than the one it ran on");
  add_progress(*command, arguments->progress);
  command->add_flag("--json", arguments->json, "print JSON");
  command->callback([arguments, &exit] {
    const auto verdict = [&] {
      Progress progress(arguments->progress);
      return rerun(arguments->folder, {arguments->device, {}, progress.keep_going()});
    };
    exit = print(verdict(), arguments->json);
  });
}

void add_compare(CLI::App& program, Exit& exit) {
  struct Arguments : SidesArguments {
    std::vector<std::string> devices;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      program.add_subcommand("compare", "Runs one network on several devices: where do their spikes part?");
  add_load_arguments(*command, *arguments);
  command->add_option("DEVICES", arguments->devices, "two or more, as --device takes them; each is held against the first")
      ->required();
  add_sides_arguments(*command, *arguments);
  command->callback([arguments, &exit] {
    require_steps(arguments->input);
    const Source source = open_source(*arguments);
    const std::vector<Port> ports = ports_of(source);
    const Inputs inputs = read_inputs(arguments->input.inputs, ports);
    const auto comparison = [&](const auto& from) {
      Progress progress(arguments->progress);
      return compare(from, arguments->devices, inputs, compare_options(*arguments, inputs, ports, progress));
    };
    exit = print(std::visit(comparison, source), arguments->json);
  });
}

void add_diff(CLI::App& program, Exit& exit) {
  struct Arguments : SidesArguments {
    std::string a, b;
    std::string device = "cpu";
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command = program.add_subcommand("diff", "Runs one NIR file in two conventions: where do their spikes part?");
  add_load_arguments(*command, *arguments, Convention::elsewhere);
  command->add_option("A", arguments->a, "a convention; `ranvier conventions` lists them")->required();
  command->add_option("B", arguments->b, "another")->required();
  command->add_option("--device", arguments->device, "that runs both")->capture_default_str();
  add_sides_arguments(*command, *arguments);
  command->callback([arguments, &exit] {
    require_steps(arguments->input);
    LoadOptions options = load_options(*arguments);
    options.convention = arguments->a;
    const Network a = load(arguments->file, options);
    options.convention = arguments->b;
    const Network b = load(arguments->file, options);
    const std::vector<Port> ports = ports_of(a);
    const Inputs inputs = read_inputs(arguments->input.inputs, ports);
    const auto comparison = [&] {
      Progress progress(arguments->progress);
      const CompareOptions compare = compare_options(*arguments, inputs, ports, progress);
      return diff(a, arguments->a, b, arguments->b, inputs, compare, arguments->device);
    };
    exit = print(comparison(), arguments->json);
  });
}

}  // namespace ranvier::cli
