// `ranvier run`: arrays in, a network on a device, arrays out.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/cli/arguments.h"
#include "core/cli/commands.h"
#include "core/cli/npy.h"

namespace ranvier::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct RunArguments : LoadArguments {
  std::vector<std::string> inputs;  ///< "x.npy" or "name=x.npy"
  std::optional<std::uint64_t> steps;
  std::string device = "cpu";
  std::optional<std::size_t> lanes;
  std::vector<std::string> record;
  std::uint64_t every = 1;
  bool counts = false;
  std::optional<std::string> out;
  bool json = false;
};

volatile std::sig_atomic_t interrupted = 0;

/// While it lives, the first Ctrl-C asks the run to end; a second one ends the process.
class InterruptGuard {
 public:
  InterruptGuard() {
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, &before_);
  }
  ~InterruptGuard() { sigaction(SIGINT, &before_, nullptr); }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct sigaction before_ {};
};

/// A line on a terminal for runs that take longer than half a second.
class Progress {
 public:
  void show(std::uint64_t done, std::uint64_t total) {
    if (!terminal_ || Clock::now() - start_ < std::chrono::milliseconds(500)) return;
    std::fprintf(stderr, "\r%3d %%  step %llu of %llu",
                 static_cast<int>(100 * static_cast<double>(done) / static_cast<double>(total)),
                 static_cast<unsigned long long>(done), static_cast<unsigned long long>(total));
    shown_ = true;
  }
  ~Progress() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
  }

 private:
  Clock::time_point start_ = Clock::now();
  bool terminal_ = isatty(STDERR_FILENO) == 1;
  bool shown_ = false;
};

const Port& find_port(const Session& session, const std::string& name) {
  for (const Port& port : session.inputs()) {
    if (port.name == name) return port;
  }
  std::string names;
  for (const Port& port : session.inputs()) names += (names.empty() ? "" : ", ") + port.name;
  const bool unnamed = name.empty();
  throw Error(Code::unknown_name,
              unnamed ? "The network has " + std::to_string(session.inputs().size()) + " inputs."
                      : "The network has no input '" + name + "'.",
              "--input", "Write --input name=x.npy with one of: " + names + ".");
}

Inputs read_inputs(const RunArguments& arguments, const Session& session) {
  Inputs inputs;
  for (const std::string& text : arguments.inputs) {
    auto [name, path] = split_input(text);
    if (name.empty() && session.inputs().size() == 1) name = session.inputs().front().name;
    if (!inputs.emplace(find_port(session, name).name, read_npy(path)).second) {
      throw Error(Code::invalid_argument, "The input '" + name + "' is given twice.", "--input");
    }
  }
  return inputs;
}

/// The lanes of an array [steps, lanes, ...shape] or [steps, lanes, N]; nothing for one without that axis.
std::optional<std::size_t> lane_axis(const Tensor& input, const Shape& node) {
  if (input.shape().size() < 2) return {};
  const Shape row(input.shape().begin() + 1, input.shape().end());
  const Shape flat{element_count(node)};
  if (row == node || row == flat) return {};
  const Shape values(row.begin() + 1, row.end());
  if (values != node && values != flat) return {};  // the run says what is wrong with it
  return row.front();
}

/// Whether any input has a lane axis; the session then gets as many lanes, unless the user said how many.
bool adapt_lanes(const RunArguments& arguments, const Inputs& inputs, Session& session) {
  std::optional<std::size_t> lanes;
  for (const auto& [name, values] : inputs) {
    if (const auto axis = lane_axis(values, find_port(session, name).shape)) lanes = axis;
  }
  if (lanes && !arguments.lanes && *lanes != session.lanes()) session.reset(*lanes);
  return lanes.has_value();
}

Result run_session(const RunArguments& arguments, const Inputs& inputs, Session& session) {
  Progress progress;
  const InterruptGuard guard;
  RunOptions options;
  options.record = arguments.record;
  options.every = arguments.every;
  options.keep_going = [&](std::uint64_t done, std::uint64_t total) {
    progress.show(done, total);
    return interrupted == 0;
  };
  return arguments.steps ? session.run(*arguments.steps, options) : session.run(inputs, options);
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

Json summary_json(const RunArguments& arguments, const Session& session, const Result& result, double seconds,
                  const std::vector<NamedArray>& arrays) {
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
          {"seconds", seconds},
          {"arrays", std::move(shapes)},
          {"out", arguments.out ? Json(*arguments.out) : Json()}};
}

void print_summary(const RunArguments& arguments, const Session& session, const Result& result, double seconds,
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
  line("time") << format_number(seconds) << " s\n";
  for (const NamedArray& array : arrays) {
    line("array") << array.name << ' ' << to_string(array.values.shape()) << ' ' << name_of(array.values.dtype()) << '\n';
  }
  if (arguments.out) line("written") << *arguments.out << '\n';
  for (const ReportEntry& entry : session.report().entries) {
    if (entry.verdict == Verdict::exact) continue;
    std::cout << '\n' << session.report().text();
    break;
  }
}

Session open_session(const RunArguments& arguments) {
  SessionOptions options;
  options.lanes = arguments.lanes.value_or(1);
  const Source source = open_source(arguments);
  if (const Network* network = std::get_if<Network>(&source)) return network->to(arguments.device, options);
  return open(std::get<Plan>(source), arguments.device, options);
}

void run(const RunArguments& arguments) {
  if (arguments.inputs.empty() && !arguments.steps) {
    throw Error(Code::invalid_argument, "There is neither input nor a number of steps.", {},
                "Give --input x.npy, or --steps 1000 to run in silence.");
  }
  Session session = open_session(arguments);
  const Inputs inputs = read_inputs(arguments, session);
  const bool lane_axis = adapt_lanes(arguments, inputs, session) || arguments.lanes.value_or(1) > 1;
  const Clock::time_point start = Clock::now();
  const Result result = run_session(arguments, inputs, session);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const std::vector<NamedArray> arrays = arrays_of(result, arguments, lane_axis);
  if (arguments.out) write_npz(*arguments.out, arrays);
  if (arguments.json) print_json(summary_json(arguments, session, result, seconds, arrays));
  else print_summary(arguments, session, result, seconds, arrays);
}

}  // namespace

void add_run(CLI::App& program, Exit& exit) {
  const auto arguments = std::make_shared<RunArguments>();
  CLI::App* const command = program.add_subcommand("run", "Runs a network or a plan on a device.");
  add_load_arguments(*command, *arguments);
  CLI::Option* const input = command->add_option("--input", arguments->inputs,
                                                 "x.npy, or name=x.npy where there are several inputs (repeat): [steps, N] or "
                                                 "[steps, lanes, N]; N may be spread over the node's shape");
  input->allow_extra_args(false);
  add_whole_number(*command, "--steps", arguments->steps, {}, "run so many steps without input")->excludes(input);
  command->add_option("--device", arguments->device, "as in `ranvier devices`, or the path of a driver")->capture_default_str();
  add_whole_number(*command, "--lanes", arguments->lanes, kLanes,
                   "independent copies of the network; by default as many as the input has");
  command->add_option("--record", arguments->record, "node.spikes, node.v ... (repeat)")->allow_extra_args(false);
  add_whole_number(*command, "--every", arguments->every, {.least = 1}, "record states every so many steps");
  command->add_flag("--counts", arguments->counts, "spikes as counts (i32) instead of bool, for nodes that emit more than one");
  command->add_option("--out", arguments->out, "an .npz: outputs under their node's name, records under node.variable");
  command->add_flag("--json", arguments->json, "print JSON");
  command->callback([arguments, &exit] {
    run(*arguments);
    exit = Exit::ok;
  });
}

}  // namespace ranvier::cli
