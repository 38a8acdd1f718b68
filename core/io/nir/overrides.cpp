// Which arguments of `load` a convention takes, and what they mean together.
#include <algorithm>
#include <initializer_list>
#include <optional>

#include "core/io/nir/convention.h"

namespace ranvier::io {
namespace {

const Convention* find(const std::string& name, Problems& problems) {
  std::string list;
  for (const Convention* convention : all_conventions()) {
    if (convention->name == name) return convention;
    list += (list.empty() ? "" : ", ") + std::string(convention->name);
  }
  problems.add(Code::unknown_name, "There is no convention '" + name + "'.", "convention",
               "The conventions are: " + list + ".");
  return nullptr;
}

bool takes(const Convention& convention, std::string_view word) {
  const std::string words = " " + std::string(convention.overrides) + " ";
  return words.find(" " + std::string(word) + " ") != std::string::npos;
}

void refuse(const Convention& convention, const char* argument, const std::string& value, Problems& problems) {
  std::string list;
  for (const Convention* other : all_conventions()) {
    if (takes(*other, argument)) list += (list.empty() ? "" : ", ") + std::string(other->name);
  }
  problems.add(Code::unsupported, std::string(convention.name) + " does not define " + argument + " = " + value + ".", argument,
               "Leave " + std::string(argument) + " out, or choose a convention that takes it: " + list + ".");
}

// One override: the given choice, or the convention's own.
std::string pick(const Convention& convention, const char* argument, const std::optional<std::string>& given,
                 std::string_view own, std::initializer_list<std::string_view> choices, Problems& problems) {
  if (!given || (*given == own && !own.empty())) return std::string(own);
  if (std::find(choices.begin(), choices.end(), *given) == choices.end()) {
    std::string list;
    for (const std::string_view choice : choices) list += (list.empty() ? "" : ", ") + std::string(choice);
    problems.add(Code::bad_value, std::string(argument) + " is '" + *given + "'.", argument, "Choose one of: " + list + ".");
  } else if (!takes(convention, argument)) {
    refuse(convention, argument, "'" + *given + "'", problems);
  }
  return *given;
}

int pick(const Convention& convention, const char* argument, std::optional<int> given, int own, Problems& problems) {
  if (!given || *given == own) return own;
  if (*given != 0 && *given != 1) {
    problems.add(Code::out_of_range, std::string(argument) + " is " + std::to_string(*given) + "; it must be 0 or 1.",
                 argument);
  } else if (!takes(convention, argument)) {
    refuse(convention, argument, std::to_string(*given), problems);
  }
  return *given;
}

}  // namespace

Choices choose(const LoadOptions& options, Problems& problems) {
  Choices c;
  c.convention = find(options.convention, problems);
  if (c.convention == nullptr) return c;
  const Convention& own = *c.convention;
  c.reset = pick(own, "reset", options.reset, own.reset, {"zero", "subtract"}, problems);
  c.reset_given = options.reset.has_value();
  c.decay = pick(own, "decay", options.decay, own.decay, {"exponential", "euler"}, problems);
  c.input_gain = pick(own, "input_gain", options.input_gain, own.input_gain, {"one", "dt/tau", "1-exp"}, problems);
  c.comparator = pick(own, "comparator", options.comparator, own.comparator, {">", ">=", "several"}, problems);
  c.probe = pick(own, "probe", options.probe, own.probe, {"before", "after"}, problems);
  c.hop_delay = pick(own, "hop_delay", options.hop_delay, own.hop_delay, problems);
  c.hop_delay_given = options.hop_delay.has_value();
  c.feedback_bias = pick(own, "feedback_bias", options.feedback_bias, own.feedback_bias, problems);
  if (c.comparator != "several" || !takes(own, "comparator")) return c;
  if (!takes(own, "several")) {
    refuse(own, "comparator", "'several'", problems);
  } else if (c.reset != "subtract") {
    problems.add(Code::unsupported,
                 std::string(own.name) + " does not define comparator = 'several' with reset = '" + c.reset + "'.",
                 "comparator", "Several spikes in one step need reset='subtract'; or choose comparator='>'.");
  }
  return c;
}

}  // namespace ranvier::io
