#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <ranvier/quantity.h>

#include "core/models/record.h"

namespace ranvier::models {
namespace {

template <class Range, class Name>
std::string list_of(const Range& range, Name name) {
  std::string list;
  for (const auto& item : range) list += (list.empty() ? "" : ", ") + std::string(name(item));
  return list.empty() ? "none" : list;
}

const ParameterSpec* spec_of(const Record& record, std::string_view name) {
  const auto at =
      std::find_if(record.parameters.begin(), record.parameters.end(), [&](const auto& p) { return p.name == name; });
  return at == record.parameters.end() ? nullptr : &*at;
}

/// What a parameter may have one value for each of: how many there are in a node of this shape, and their name.
std::pair<std::size_t, std::string> elements_of(Extent extent, const Shape& shape) {
  if (extent == Extent::neurons) return {element_count(shape), "neuron"};
  if (extent == Extent::channels) return {shape.empty() ? 1 : shape.front(), "channel"};
  if (extent == Extent::node) return {1, "node"};
  return {2, "axis"};
}

constexpr double kMaxStructure = std::numeric_limits<std::int32_t>::max();

/// What the value must be, or empty where it is that.
std::string broken_range(const ParameterSpec& spec, double value, bool whole) {
  const bool in_range = std::isfinite(value) && value > spec.low;
  const std::string range = std::isfinite(spec.low) ? "greater than " + format_number(spec.low) : "finite";
  if (!whole) return in_range ? "" : range;
  const bool holds = in_range && std::fabs(value) <= kMaxStructure && value == std::floor(value);
  return holds ? "" : range + ", and a whole number of 32 bits";
}

void check_values(const ParameterSpec& spec, const Tensor& values, const Shape& shape, bool whole, const std::string& where,
                  Problems& problems) {
  const std::string name(spec.name);
  const auto [count, element] = elements_of(spec.extent, shape);
  if (values.size() != 1 && spec.extent == Extent::node) {
    problems.add(
        Code::bad_shape,
        "The parameter " + name + " has the shape " + to_string(values.shape()) + "; it is one number for the whole node.",
        where);
    return;
  }
  if (values.size() != 1 && values.size() != count) {
    problems.add(Code::bad_shape,
                 "The parameter " + name + " has the shape " + to_string(values.shape()) + ", but the node has " +
                     std::to_string(count) + (element == "axis" ? " axes." : " " + element + "s."),
                 where, "Give one value, or one per " + element + ".");
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values.at(i);
    const std::string range = broken_range(spec, value, whole || spec.extent >= Extent::structure);
    if (range.empty()) continue;
    problems.add(Code::out_of_range,
                 "The parameter " + name + " is " + format_number(value) + " at index " + std::to_string(i) + "; it must be " +
                     range + ".",
                 where);
    return;
  }
}

Parameters resolve_parameters(const Record& record, const std::string& where, const Shape& shape, const Parameters& given,
                              bool whole, Problems& problems) {
  for (const auto& [name, values] : given) {
    if (spec_of(record, name) != nullptr || (record.linear && name == "weight")) continue;
    problems.add(Code::unknown_name, std::string(record.name) + " has no parameter '" + name + "'.", where,
                 "It has: " + list_of(record.parameters, [](const auto& p) { return p.name; }) + ".");
  }
  Parameters complete;
  for (const ParameterSpec& spec : record.parameters) {
    const auto at = given.find(std::string(spec.name));
    if (at != given.end()) {
      check_values(spec, at->second, shape, whole, where, problems);
      complete[at->first] = at->second;
    } else if (spec.fallback) {
      complete[std::string(spec.name)] = Tensor::of<double>({*spec.fallback});
    } else {
      problems.add(Code::bad_value, std::string(record.name) + " needs the parameter '" + std::string(spec.name) + "'.", where);
    }
  }
  return complete;
}

Options resolve_options(const Record& record, const std::string& where, const Options& given, Problems& problems) {
  Options complete;
  for (const OptionSpec& spec : record.options) complete[std::string(spec.key)] = std::string(spec.choices.front());
  for (const auto& [option, choice] : given) {
    const std::string& key = option;  // clang 14 captures no structured bindings
    const auto at = std::find_if(record.options.begin(), record.options.end(), [&](const auto& o) { return o.key == key; });
    if (at == record.options.end()) {
      problems.add(Code::unknown_name, std::string(record.name) + " has no option '" + key + "'.", where,
                   "It has: " + list_of(record.options, [](const auto& o) { return o.key; }) + ".");
    } else if (std::find(at->choices.begin(), at->choices.end(), choice) == at->choices.end()) {
      problems.add(Code::bad_value, "The option " + key + " of " + std::string(record.name) + " is '" + choice + "'.", where,
                   "Choose one of: " + list_of(at->choices, [](std::string_view c) { return c; }) + ".");
    } else {
      complete[key] = choice;
    }
  }
  return complete;
}

void check_needs(const Record& record, const std::string& where, const Options& complete, Problems& problems) {
  for (const Need& need : record.needs) {
    const auto key = complete.find(std::string(need.key)), found = complete.find(std::string(need.other));
    if (key == complete.end() || found == complete.end() || key->second != need.choice) continue;
    const auto& [other, choice] = *found;
    if (std::find(need.allowed.begin(), need.allowed.end(), choice) != need.allowed.end()) continue;
    problems.add(Code::unsupported,
                 "The option " + std::string(need.key) + " = " + std::string(need.choice) + " of " + std::string(record.name) +
                     " has no meaning with " + other + " = " + choice + ".",
                 where, "Set " + other + " to: " + list_of(need.allowed, [](std::string_view c) { return c; }) + ".");
  }
}

void check_finite(const Coefficient& coefficient, const std::string& where, Problems& problems) {
  if (!is_floating(coefficient.values.dtype())) return;
  for (std::size_t i = 0; i < coefficient.values.size(); ++i) {
    if (std::isfinite(coefficient.values.at(i))) continue;
    problems.add(Code::out_of_range,
                 "The coefficient " + coefficient.name + " is " + format_number(coefficient.values.at(i)) + " for neuron " +
                     std::to_string(i) + ": the parameters and dt are too far apart for its type.",
                 where, "Check the units: NIR's time constants are in seconds.");
    return;
  }
}

void check_divisor(const Coefficient& threshold, const std::string& where, Problems& problems) {
  for (std::size_t i = 0; i < threshold.values.size(); ++i) {
    if (threshold.values.at(i) > 0) continue;
    problems.add(Code::out_of_range,
                 "The threshold is " + format_number(threshold.values.at(i)) + " for neuron " + std::to_string(i) +
                     "; comparator = several divides by it and needs it to be greater than 0.",
                 where);
    return;
  }
}

}  // namespace

Setting resolve(const Record& record, const std::string& where, double dt, const Shape& shape, const Parameters& parameters,
                const Options& options, Problems& problems) {
  Options complete = resolve_options(record, where, options, problems);
  check_needs(record, where, complete, problems);
  const auto precision = complete.find("precision");
  const bool whole = precision != complete.end() && precision->second == "i32";
  return {dt, shape, resolve_parameters(record, where, shape, parameters, whole, problems), std::move(complete)};
}

DType precision_of(const Setting& setting) {
  if (setting.is("precision", "f64")) return DType::f64;
  return setting.is("precision", "i32") ? DType::i32 : DType::f32;
}

Program build(const Record& record, const Setting& setting, const std::string& where, Problems& problems) {
  Problems own;
  if (record.check != nullptr) record.check(setting, where, own);
  if (!own.empty()) {
    problems.take(std::move(own));
    return {};
  }
  Program program = record.build(setting);
  for (const Coefficient& coefficient : program.coefficients) {
    check_finite(coefficient, where, problems);
    const bool threshold = coefficient.name == "threshold" || coefficient.name == "v_threshold";
    if (threshold && setting.is("comparator", "several")) check_divisor(coefficient, where, problems);
  }
  return program;
}

}  // namespace ranvier::models
