// `ranvier run`: arrays in, a network on a device, arrays out.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <ranvier/error.h>
#include <ranvier/executable.h>
#include <ranvier/run_folder.h>

#include "core/cli/arguments.h"
#include "core/cli/commands.h"
#include "core/cli/inputs.h"
#include "core/cli/npz.h"
#include "core/cli/progress.h"

namespace ranvier::cli {
namespace {

struct RunArguments : LoadArguments {
  InputArguments input;
  std::string device = "cpu";
  std::vector<std::string> calibrate;
  std::vector<std::string> record;
  std::uint64_t every = 1;
  bool counts = false;
  std::optional<std::string> out;
  std::optional<std::string> save;
  bool progress = true;
  bool json = false;
};

Result run_session(const RunArguments& arguments, const Inputs& inputs, Session& session) {
  Progress progress(arguments.progress);
  RunOptions options;
  options.record = arguments.record;
  options.every = arguments.every;
  options.keep_going = progress.keep_going();
  return arguments.input.steps ? session.run(*arguments.input.steps, options) : session.run(inputs, options);
}

/// [steps, lanes, ...shape] as [steps, lanes, N], or [steps, N] without a lane axis.
Tensor flat(const Tensor& values, bool lane_axis) {
  const Shape& shape = values.shape();
  const std::size_t width = element_count(Shape(shape.begin() + 2, shape.end()));
  return values.reshape(lane_axis ? Shape{shape[0], shape[1], width} : Shape{shape[0], width});
}

Tensor recorded(const Result& result, const std::string& node, const std::string& variable, bool counts) {
  if (variable != "spikes") return result.state(node, variable);
  return counts ? result.spikes(node).counts() : result.spikes(node).raster();
}

std::vector<NamedArray> arrays_of(const Result& result, const RunArguments& arguments, bool lane_axis) {
  std::vector<NamedArray> arrays;
  for (const auto& [name, values] : result.outputs) arrays.push_back({name, flat(values, lane_axis)});
  for (const std::string& name : std::set<std::string>(arguments.record.begin(), arguments.record.end())) {
    const std::size_t dot = name.rfind('.');
    const Tensor values = recorded(result, name.substr(0, dot), name.substr(dot + 1), arguments.counts);
    arrays.push_back({name, flat(values, lane_axis)});
  }
  return arrays;
}

Json summary_json(const RunArguments& arguments, const Session& session, const Result& result,
                  const std::vector<NamedArray>& arrays, const std::optional<std::string>& id) {
  Json shapes = Json::object();
  for (const NamedArray& array : arrays) {
    shapes[array.name] = {{"shape", array.values.shape()}, {"dtype", name_of(array.values.dtype())}};
  }
  Json lane_hashes = Json::array();
  for (const std::uint64_t hash : result.lane_hashes) lane_hashes.push_back(hex(hash));
  const DeviceFacts& device = session.device();
  return {{"device", {{"name", device.name}, {"version", device.version}, {"vendor", device.vendor}, {"facts", device.facts}}},
          {"report", to_json(session.report())},
          {"dt_ms", result.dt_ms},
          {"steps", result.steps},
          {"lanes", result.lanes},
          {"counters", result.counters},
          {"hash", result.lane_hashes.empty() ? Json() : Json(hex(result.hash()))},
          {"lane_hashes", std::move(lane_hashes)},
          {"seconds", result.seconds},
          {"arrays", std::move(shapes)},
          {"out", arguments.out ? Json(*arguments.out) : Json()},
          {"saved", id ? Json{{"folder", *arguments.save}, {"id", *id}} : Json()}};
}

void print_summary(const RunArguments& arguments, const Session& session, const Result& result,
                   const std::vector<NamedArray>& arrays) {
  const auto line = [](const std::string& what) -> std::ostream& {
    return std::cout << what << std::string(what.size() < 10 ? 10 - what.size() : 0, ' ') << ' ';
  };
  const DeviceFacts& device = session.device();
  line("device") << device.name << ' ' << device.version << '\n';
  line("run") << result.steps << " steps of " << format_number(result.dt_ms) << " ms in " << result.lanes << " lane"
              << (result.lanes == 1 ? "" : "s") << '\n';
  for (const auto& [name, value] : result.counters) {
    if (name != "steps") line(name) << value << '\n';
  }
  line("hash") << (result.lane_hashes.empty() ? "the device has none" : hex(result.hash())) << '\n';
  line("time") << format_number(result.seconds) << " s\n";
  for (const NamedArray& array : arrays) {
    line("array") << array.name << ' ' << to_string(array.values.shape()) << ' ' << name_of(array.values.dtype()) << '\n';
  }
  if (arguments.out) line("written") << *arguments.out << '\n';
  if (arguments.save) line("saved") << *arguments.save << '\n';
  for (const ReportEntry& entry : session.report().entries) {
    if (entry.verdict == Verdict::exact) continue;
    std::cout << '\n' << session.report().text();
    break;
  }
}

/// What FILE holds, and the executable where it is one.
struct Runnable {
  Source source;
  std::optional<Executable> executable;
};

Runnable open_runnable(const RunArguments& arguments) {
  if (!Executable::is_saved(arguments.file)) return {open_source(arguments), {}};
  refuse_network_options(arguments, "An executable");
  if (!arguments.calibrate.empty()) {
    throw Error(Code::invalid_argument, "The executable is compiled already.", "--calibrate",
                "Leave it out, or compile again.");
  }
  Executable executable = Executable::load(arguments.file, arguments.device);
  return {executable.plan(), std::move(executable)};
}

Session open_session(const Runnable& runnable, const RunArguments& arguments, const std::vector<Port>& ports,
                     std::size_t lanes) {
  if (runnable.executable) return runnable.executable->open(lanes);
  SessionOptions options;
  options.lanes = lanes;
  options.calibrate = read_inputs(arguments.calibrate, ports, "--calibrate");
  if (const Network* network = std::get_if<Network>(&runnable.source)) return network->to(arguments.device, options);
  return open(std::get<Plan>(runnable.source), arguments.device, options);
}

void run(const RunArguments& arguments) {
  require_steps(arguments.input);
  const Runnable runnable = open_runnable(arguments);
  const Source& source = runnable.source;
  const std::vector<Port> ports = ports_of(source);
  const Inputs inputs = read_inputs(arguments.input.inputs, ports);
  const std::optional<std::size_t> axis = lane_axis(inputs, ports);
  const std::size_t lanes = arguments.input.lanes.value_or(axis.value_or(1));
  Session session = open_session(runnable, arguments, ports, lanes);
  const Result result = run_session(arguments, inputs, session);
  const std::vector<NamedArray> arrays = arrays_of(result, arguments, axis || lanes > 1);
  if (arguments.out) write_npz(*arguments.out, arrays);
  std::optional<std::string> id;
  if (arguments.save) {
    id = std::visit([&](const auto& from) { return save_run(*arguments.save, from, inputs, result); }, source);
  }
  if (arguments.json) print_json(summary_json(arguments, session, result, arrays, id));
  else print_summary(arguments, session, result, arrays);
}

}  // namespace

void add_run(CLI::App& program, Exit& exit) {
  const auto arguments = std::make_shared<RunArguments>();
  CLI::App* const command = program.add_subcommand("run", "Runs a network, a plan or a saved executable on a device.");
  add_load_arguments(*command, *arguments);
  add_input_arguments(*command, arguments->input);
  command->add_option("--device", arguments->device, "as in `ranvier devices`, or the path of a driver")->capture_default_str();
  add_calibrate(*command, arguments->calibrate);
  command->add_option("--record", arguments->record, "node.spikes, node.v ... (repeat)")->allow_extra_args(false);
  add_whole_number(*command, "--every", arguments->every, {.least = 1}, "record states every so many steps");
  command->add_flag("--counts", arguments->counts, "spikes as counts (i32) instead of bool, for nodes that emit more than one");
  command->add_option("--out", arguments->out, "an .npz: outputs under their node's name, records under node.variable");
  command->add_option("--save", arguments->save,
                      "a new folder with the network, the input and all that is recorded, for `ranvier rerun`");
  add_progress(*command, arguments->progress);
  command->add_flag("--json", arguments->json, "print JSON");
  command->callback([arguments, &exit] {
    run(*arguments);
    exit = Exit::ok;
  });
}

}  // namespace ranvier::cli
