// The commands that only look and translate; run.cpp has the one that runs.
#include "core/cli/commands.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "core/cli/arguments.h"

namespace ranvier::cli {
namespace {

Plan plan_of(const Source& source) {
  if (const Plan* plan = std::get_if<Plan>(&source)) return *plan;
  return std::get<Network>(source).lower();
}

void print(const DeviceInfo& device) {
  std::cout << device.name;
  if (!device.version.empty()) std::cout << ' ' << device.version;
  if (!device.vendor.empty()) std::cout << " by " << device.vendor;
  std::cout << (device.usable ? "" : ": not usable: " + device.reason) << '\n';
  for (const auto& [name, value] : device.facts) std::cout << "    " << name << ": " << value << '\n';
  std::cout << "    " << device.path << '\n';
}

}  // namespace

void add_show(CLI::App& program, Exit& exit) {
  struct Arguments : LoadArguments {
    bool programs = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command = program.add_subcommand("show", "Prints a network with every assumption, or a plan.");
  add_load_arguments(*command, *arguments);
  command->add_flag("--programs", arguments->programs, "lower the network and print its plan with the update programs");
  command->callback([arguments, &exit] {
    const Source source = open_source(*arguments);
    const Network* const network = std::get_if<Network>(&source);
    const bool as_network = network != nullptr && !arguments->programs;
    std::cout << (as_network ? network->describe() : plan_of(source).describe(arguments->programs));
    exit = Exit::ok;
  });
}

void add_check(CLI::App& program, Exit& exit) {
  struct Arguments : LoadArguments {
    std::string device = "cpu";
    SessionOptions session;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command = program.add_subcommand("check", "Says what a device makes of a network, before it runs.");
  add_load_arguments(*command, *arguments);
  command->add_option("--device", arguments->device, "as in `ranvier devices`, or the path of a driver")->capture_default_str();
  add_whole_number(*command, "--lanes", arguments->session.lanes, kLanes, "independent copies of the network");
  command->add_flag("--json", arguments->json, "print JSON");
  command->callback([arguments, &exit] {
    const Source source = open_source(*arguments);
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

void add_lower(CLI::App& program, Exit& exit) {
  struct Arguments : LoadArguments {
    std::string out;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      program.add_subcommand("lower", "Writes a network's plan, which devices and embedded programs take.");
  add_load_arguments(*command, *arguments);
  command->add_option("-o,--out", arguments->out, "the plan's file")->required();
  command->callback([arguments, &exit] {
    plan_of(open_source(*arguments)).save(arguments->out);
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

}  // namespace ranvier::cli
