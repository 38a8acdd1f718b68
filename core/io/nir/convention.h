/// The table of conventions, and the choices that one `load` makes of it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ranvier/network.h>

namespace ranvier::io {

/// One simulator's reading of NIR. An empty own choice means that the tool has no such switch and the argument is refused.
struct Convention {
  std::string_view name;
  std::string_view summary;
  std::string_view update;  ///< option `update` of lif@1 and cubalif@1
  std::string_view reset;   ///< default
  std::string_view decay;
  std::string_view input_gain;
  bool overridable;  ///< decay, input_gain, comparator, hop_delay, feedback_bias, probe, reset
  int hop_delay;
  int feedback_bias;           ///< first step at which a feedback edge carries its source's bias
  std::string_view start;      ///< option `start`
  std::string_view v_reset;    ///< option `v_reset`
  std::string_view lif_r;      ///< option `r` of lif@1
  std::string_view subtract;   ///< what reset="subtract" means: option `reset`
  std::string_view threshold;  ///< option `threshold` while the input's gain is left out
};

std::span<const Convention> all_conventions();

/// A convention with this load's overrides filled in.
struct Choices {
  const Convention* convention = nullptr;
  std::string reset, decay, input_gain, comparator, probe;
  int hop_delay = 0;
  int feedback_bias = 1;
  bool own_update() const { return decay == convention->decay && input_gain == convention->input_gain; }
};

/// Problems: an unknown convention, an unknown choice, a combination that the convention does not define.
Choices choose(const LoadOptions& options, Problems& problems);

}  // namespace ranvier::io
