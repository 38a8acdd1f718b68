#include "core/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <string_view>

#include <ranvier/driver.h>
#include <ranvier/error.h>
#include <ranvier/quantity.h>

namespace ranvier::cli {
namespace {

std::string convention_help() {
  std::string text = "how the tool that wrote a NIR file runs it:";
  for (const auto& [name, sentence] : conventions()) text += "\n  " + name + ": " + sentence;
  return text;
}

bool is_plan(const std::string& path) {
  constexpr std::string_view kMagic = RVD_PLAN_MAGIC;
  std::array<char, kMagic.size()> start{};
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), start.size());
  return file && std::string_view(start.data(), start.size()) == kMagic;
}

/// The names may hold anything but a comma in the first: the first ',' and the last '=' split.
void add_delay(const std::string& text, LoadOptions& options) {
  const std::size_t comma = text.find(',');
  const std::size_t equals = text.rfind('=');
  std::uint32_t steps = 0;
  if (comma != std::string::npos && equals != std::string::npos && comma < equals) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + equals + 1, end, steps);
    if (error == std::errc{} && stop == end) {
      options.delays[{text.substr(0, comma), text.substr(comma + 1, equals - comma - 1)}] = steps;
      return;
    }
  }
  throw Error(Code::invalid_argument, "'" + text + "' names no edge and its steps.", "--delay",
              "Write --delay source,target=3: two nodes and a whole number of steps.");
}

}  // namespace

void add_load_arguments(CLI::App& command, LoadArguments& arguments) {
  LoadOptions& options = arguments.options;
  command.add_option("FILE", arguments.file, "a NIR file, a network file or a plan")->required();
  const auto add = [&](const char* name, auto& value, const std::string& help) {
    CLI::Option* const option = command.add_option(name, value, help)->group("Reading a network");
    arguments.for_networks.push_back(option);
    return option;
  };
  add("--dt", arguments.dt, "length of a step, with its unit: 0.1ms; a NIR file needs it");
  add("--convention", options.convention, convention_help())->capture_default_str();
  add("--reset", options.reset, "zero or subtract; by default the convention's");
  add("--decay", options.decay, "euler or exponential");
  add("--input-gain", options.input_gain, "one, dt/tau or 1-exp");
  add("--comparator", options.comparator, "'>', '>=' or several");
  add("--hop-delay", options.hop_delay, "0 or 1: steps on every edge into a node with state");
  add("--feedback-bias", options.feedback_bias, "0 or 1: first step at which a feedback edge carries its source's bias");
  add("--probe", options.probe, "before or after: when, to the reset, a recorded v is read");
  add("--delay", arguments.delays, "source,target=3: steps on one edge; may be repeated")->allow_extra_args(false);
  add("--seed", options.seed, "of all random numbers")->check(whole_number, "")->capture_default_str();
}

Source open_source(const LoadArguments& arguments) {
  if (is_plan(arguments.file)) {
    for (const CLI::Option* option : arguments.for_networks) {
      if (option->count() == 0) continue;
      throw Error(Code::invalid_argument, "A plan is lowered already, so this option has no effect on it.", option->get_name(),
                  "Leave it out, or give the network that the plan was made from.");
    }
    return Plan::load(arguments.file);
  }
  LoadOptions options = arguments.options;
  if (arguments.dt) options.dt = parse_quantity(*arguments.dt);
  for (const std::string& delay : arguments.delays) add_delay(delay, options);
  return load(arguments.file, options);
}

std::string whole_number(const std::string& text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? "" : "'" + text + "' is no whole number from 0 on";
}

std::pair<std::string, std::string> split_input(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace ranvier::cli
