#include "core/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string_view>
#include <utility>

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

/// The names may hold anything but a comma in the first: the first ',' and the last '=' split.
void add_delay(const std::string& text, LoadOptions& options) {
  const std::size_t comma = text.find(',');
  const std::size_t equals = text.rfind('=');
  if (comma == std::string::npos || equals == std::string::npos || equals < comma) {
    throw Error(Code::invalid_argument, "'" + text + "' names no edge and its steps.", "--delay",
                "Write --delay source,target=3: two nodes and a whole number of steps.");
  }
  const std::string source = text.substr(0, comma), target = text.substr(comma + 1, equals - comma - 1);
  const std::uint64_t steps = whole_number(text.substr(equals + 1), "--delay", {0, std::numeric_limits<std::uint32_t>::max()});
  if (!options.delays.try_emplace({source, target}, static_cast<std::uint32_t>(steps)).second) {
    throw Error(Code::invalid_argument, "The delay of the edge " + source + " -> " + target + " is given twice.", "--delay",
                "Give it once.");
  }
}

/// Hands on what is wrong, so that the user sees all of it at once.
template <class Step>
void collect(Problems& problems, const Step& step) {
  try {
    step();
  } catch (const Error& error) {
    for (const Problem& problem : error.problems()) problems.add(problem.code, problem.message, problem.where, problem.remedy);
  }
}

}  // namespace

void add_load_arguments(CLI::App& command, LoadArguments& arguments, Convention convention) {
  LoadOptions& options = arguments.options;
  command.add_option("FILE", arguments.file, "a NIR file, a netx file, a network file or a plan")->required();
  const auto of_networks = [&](CLI::Option* option) {
    arguments.for_networks.push_back(option);
    return option->group("Reading a network");
  };
  const auto add = [&](const char* name, auto& value, const std::string& help) {
    return of_networks(command.add_option(name, value, help));
  };
  const auto add_whole = [&](const char* name, auto& value, const WholeRange& range, const std::string& help) {
    of_networks(add_whole_number(command, name, value, range, help));
  };
  add("--dt", arguments.dt, "length of a step, with its unit: 0.1ms; a NIR file needs it");
  if (convention == Convention::option) {
    add("--convention", options.convention, convention_help())->capture_default_str();
  }
  add("--reset", options.reset, "zero or subtract; by default the convention's");
  add("--decay", options.decay, "euler or exponential");
  add("--input-gain", options.input_gain, "one, dt/tau or 1-exp");
  add("--comparator", options.comparator, "'>', '>=' or several");
  add_whole("--hop-delay", options.hop_delay, {0, 1}, "0 or 1: steps on every edge into a node with state");
  add_whole("--feedback-bias", options.feedback_bias, {0, 1},
            "0 or 1: first step at which a feedback edge carries its source's bias");
  add("--probe", options.probe, "before or after: when, to the reset, a recorded v is read");
  add("--delay", arguments.delays, "source,target=3: steps on one edge; may be repeated")->allow_extra_args(false);
  add_whole("--seed", options.seed, {}, "of all random numbers");
  of_networks(command.add_flag("--strict,!--lenient", options.strict,
                               "refuse a NIR file that contradicts itself (the default), or load what can be loaded and say "
                               "what was done"));
}

Quantity duration(const std::string& text, const char* argument) {
  constexpr const char* kRemedy = "Write a number and one of s, ms, us, like 0.1ms.";
  try {
    const Quantity time = parse_quantity(text);
    if (time.unit.dimension == Dimension::time) return time;
  } catch (const Error& error) {
    throw Error(error.code(), error.problems().front().message, argument, kRemedy);
  }
  throw Error(Code::bad_unit, "'" + text + "' is no time.", argument, kRemedy);
}

bool is_plan(const std::string& path) {
  constexpr std::string_view kMagic = RVD_PLAN_MAGIC;
  std::array<char, kMagic.size()> start{};
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), start.size());
  return file && std::string_view(start.data(), start.size()) == kMagic;
}

void refuse_network_options(const LoadArguments& arguments, const std::string& what) {
  for (const CLI::Option* option : arguments.for_networks) {
    if (option->count() == 0) continue;
    throw Error(Code::invalid_argument, what + " is lowered already, so this option has no effect on it.", option->get_name(),
                "Leave it out, or give the network that it was made from.");
  }
}

Source open_source(const LoadArguments& arguments) {
  if (is_plan(arguments.file)) {
    refuse_network_options(arguments, "A plan");
    return Plan::load(arguments.file);
  }
  return load(arguments.file, load_options(arguments));
}

LoadOptions load_options(const LoadArguments& arguments) {
  LoadOptions options = arguments.options;
  Problems problems;
  if (arguments.dt) collect(problems, [&] { options.dt = duration(*arguments.dt, "--dt"); });
  for (const std::string& delay : arguments.delays) collect(problems, [&] { add_delay(delay, options); });
  problems.raise();
  return options;
}

Plan plan_of(const Source& source) {
  if (const Plan* plan = std::get_if<Plan>(&source)) return *plan;
  return std::get<Network>(source).lower();
}

std::uint64_t whole_number(const std::string& text, const char* argument, const WholeRange& range) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool digits = error != std::errc::invalid_argument && stop == end;
  const bool zeros = digits && text.size() > 1 && text.front() == '0';
  if (digits && !zeros && error == std::errc{} && range.least <= number && number <= range.most) return number;
  throw Error(
      digits && !zeros ? Code::out_of_range : Code::bad_value,
      "'" + text + "' is no whole number from " + std::to_string(range.least) + " to " + std::to_string(range.most) + ".",
      argument, zeros ? "Write it without leading zeros; numbers are read in base 10." : "");
}

CLI::Option* add_whole_number(CLI::App& command, const char* name, std::function<void(std::uint64_t)> set,
                              const WholeRange& range, const std::string& help) {
  const auto read = [name, set = std::move(set), range](const CLI::results_t& texts) {
    set(whole_number(texts.front(), name, range));
    return true;
  };
  return command.add_option(name, read, help)->type_name("UINT");
}

std::pair<std::string, std::string> split_input(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace ranvier::cli
