// The small commands: check, compile, lower, devices, conventions.
#include "core/cli/commands.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ranvier/executable.h>

#include "core/cli/arguments.h"
#include "core/cli/inputs.h"

namespace ranvier::cli {
namespace {

void print(const DeviceInfo& device) {
  std::cout << device.name;
  if (!device.version.empty()) std::cout << ' ' << device.version;
  if (!device.vendor.empty()) std::cout << " by " << device.vendor;
  std::cout << (device.usable ? "" : ": not usable: " + device.reason) << '\n';
  for (const auto& [name, value] : device.facts) std::cout << "    " << name << ": " << value << '\n';
  std::cout << "    " << device.path << '\n';
}

}  // namespace

void add_check(CLI::App& program, Exit& exit) {
  struct Arguments : LoadArguments {
    std::string device = "cpu";
    SessionOptions session;
    std::vector<std::string> calibrate;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command = program.add_subcommand("check", "Says what a device makes of a network, before it runs.");
  add_load_arguments(*command, *arguments);
  command->add_option("--device", arguments->device, "as in `ranvier devices`, or the path of a driver")->capture_default_str();
  add_whole_number(*command, "--lanes", arguments->session.lanes, kLanes, "independent copies of the network");
  add_calibrate(*command, arguments->calibrate);
  command->add_flag("--json", arguments->json, "print JSON");
  command->callback([arguments, &exit] {
    const Source source = open_source(*arguments);
    arguments->session.calibrate = read_inputs(arguments->calibrate, ports_of(source), "--calibrate");
    const auto checked = [&](const auto& from) {
      if constexpr (requires { from.check(arguments->device, arguments->session); }) {
        return from.check(arguments->device, arguments->session);
      } else {
        return check(from, arguments->device, arguments->session);
      }
    };
    const Report report = std::visit(checked, source);
    if (arguments->json) print_json(to_json(report));
    else std::cout << report.text();
    exit = report.ok ? Exit::ok : Exit::unsupported;
  });
}

void add_compile(CLI::App& program, Exit& exit) {
  struct Arguments : LoadArguments {
    std::string device = "cpu";
    std::vector<std::string> calibrate;
    std::string out;
    std::optional<std::string> format;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command = program.add_subcommand(
      "compile", "Writes what a device makes of a network: for `ranvier run`, or for a chip's own tools.");
  add_load_arguments(*command, *arguments);
  command->add_option("--device", arguments->device, "as in `ranvier devices`, or the path of a driver")->capture_default_str();
  add_calibrate(*command, arguments->calibrate);
  command->add_option("-o,--out", arguments->out, "the executable's file")->required();
  command->add_option("--format", arguments->format, "another than the device's own; a wrong name lists what there is");
  command->add_flag("--json", arguments->json, "print JSON");
  command->callback([arguments, &exit] {
    const Source source = open_source(*arguments);
    const CompileOptions options{.settings = {},
                                 .calibrate = read_inputs(arguments->calibrate, ports_of(source), "--calibrate")};
    const Executable executable = compile(plan_of(source), arguments->device, options);
    std::optional<Report> written;
    if (arguments->format) written = executable.write(arguments->out, *arguments->format);
    else executable.save(arguments->out);
    if (arguments->json) {
      print_json({{"out", arguments->out},
                  {"format", arguments->format ? Json(*arguments->format) : Json()},
                  {"report", to_json(executable.report())},
                  {"written", written ? to_json(*written) : Json()}});
    } else {
      std::cout << executable.report().text();
      if (written && !written->entries.empty()) std::cout << '\n' << written->text();
    }
    exit = Exit::ok;
  });
}

void add_lower(CLI::App& program, Exit& exit) {
  struct Arguments : LoadArguments {
    std::string out;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      program.add_subcommand("lower", "Writes a network's plan, which devices and embedded programs take.");
  add_load_arguments(*command, *arguments);
  command->add_option("-o,--out", arguments->out, "the plan's file")->required();
  command->add_flag("--json", arguments->json, "print JSON");
  command->callback([arguments, &exit] {
    const Plan plan = plan_of(open_source(*arguments));
    plan.save(arguments->out);
    if (arguments->json) print_json({{"out", arguments->out}, {"bytes", plan.bytes().size()}});
    exit = Exit::ok;
  });
}

void add_devices(CLI::App& program, Exit& exit) {
  const auto json = std::make_shared<bool>(false);
  CLI::App* const command = program.add_subcommand("devices", "Lists the devices that are there, and why one is not usable.");
  command->add_flag("--json", *json, "print JSON");
  command->callback([json, &exit] {
    const std::vector<DeviceInfo> found = devices();
    if (*json) print_json(to_json(found));
    else
      for (const DeviceInfo& device : found) print(device);
    exit = Exit::ok;
  });
}

void add_conventions(CLI::App& program, Exit& exit) {
  const auto json = std::make_shared<bool>(false);
  CLI::App* const command = program.add_subcommand("conventions", "Lists the ways to read a NIR file, one a simulator.");
  command->add_flag("--json", *json, "print JSON");
  command->callback([json, &exit] {
    Json list = Json::array();
    for (const auto& [name, sentence] : conventions()) {
      list.push_back({{"name", name}, {"sentence", sentence}});
      if (!*json) std::cout << name << ": " << sentence << '\n';
    }
    if (*json) print_json({{"conventions", std::move(list)}});
    exit = Exit::ok;
  });
}

}  // namespace ranvier::cli
