/// What must not change a bit: settings of a device, and ways to use it. Each is a word and the values it is tried with.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/conformance/rig.h"
#include "tests/onehash/dice.h"

namespace ranvier::onehash {

struct Axis {
  std::string name;
  std::vector<std::string> values;
  bool device;  ///< a setting of the device; else how the session is used
};

/// Axis -> value.
using Choice = std::map<std::string, std::string>;

/// The axes for a device that offers these instruction sets.
std::vector<Axis> axes_with(const std::vector<std::string>& isas);
/// One value of each, by chance.
Choice random_choice(Dice& dice, const std::vector<Axis>& axes);
/// Those that the device is told.
conformance::Settings device_settings(const std::vector<Axis>& axes, const Choice& choice);
/// "isa=avx2 lanes=7 ..."
std::string text_of(const Choice& choice);

}  // namespace ranvier::onehash
