#include "tests/onehash/settings.h"

namespace ranvier::onehash {

std::vector<Axis> axes_with(const std::vector<std::string>& isas) {
  return {
      {"isa", isas, true},
      {"threads", {"1", "2", "3", "8"}, true},
      {"share", {"auto", "slices", "pipeline"}, true},  // the networks are too small for `auto` to share them
      {"delivery", {"auto", "events", "dense"}, true},
      {"kernels", {"auto", "blocks"}, true},
      {"precision", {"f32", "f32", "f64"}, true},
      {"lanes", {"1", "7", "64"}, false},
      {"cuts", {"one", "random", "each"}, false},
      {"input", {"ahead", "by piece", "dense"}, false},         // all events first, or a block for each piece of the run
      {"record", {"all", "spikes", "last", "nothing"}, false},  // last: everything, in the last step only
      {"again", {"no", "no", "yes"}, false},                    // after half a run and a reset
  };
}

Choice random_choice(Dice& dice, const std::vector<Axis>& axes) {
  Choice choice;
  for (const Axis& axis : axes) choice[axis.name] = dice.any(axis.values);
  return choice;
}

conformance::Settings device_settings(const std::vector<Axis>& axes, const Choice& choice) {
  conformance::Settings settings;
  for (const Axis& axis : axes) {
    if (axis.device) settings[axis.name] = choice.at(axis.name);
  }
  return settings;
}

std::string text_of(const Choice& choice) {
  std::string text;
  for (const auto& [name, value] : choice) text += (text.empty() ? "" : ", ") + name + "=" + value;
  return text;
}

}  // namespace ranvier::onehash
