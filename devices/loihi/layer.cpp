#include "devices/loihi/layer.h"

#include <algorithm>
#include <cmath>

namespace ranvier::loihi {
namespace {

/// What u must begin at, or v where u has no memory, for the first step to receive `more` than every later one.
void make_up_for(double more, Target& target) {
  const double missing = target.gain * more;
  if (target.u_decay > 0) target.u_first += missing / target.u_decay;
  else if (target.v_decay > 0) target.v_first += missing / target.v_decay;
}

}  // namespace

Target target_of(const Equation& e, double constant, double first) {
  Target target;
  target.v_decay = e.v_decay;
  target.threshold = e.threshold - e.reset;
  target.v_first = e.v_first - e.reset;
  target.v_shift = e.reset;
  target.gain = e.v_gain;
  target.drive = e.v_drive + e.v_gain * constant - (1 - e.v_decay) * e.reset;
  if (e.i_gain != 0 || e.v_from_i != 0) {
    const double kept = 1 - e.i_decay;
    target.u_decay = e.i_decay;
    target.v_per_i = e.i_gain == 0 ? e.v_from_i : (e.v_gain * kept + e.v_from_i * e.i_gain) / e.i_gain;
    target.gain = target.v_per_i * e.i_gain;
    target.i_shift = kept == 0 ? 0 : (e.i_drive + e.i_gain * constant) / kept;
    target.drive += e.v_from_i * target.i_shift;
    target.u_first = target.v_per_i * (e.i_first - target.i_shift);
  }
  make_up_for(first - constant, target);
  return target;
}

double response_difference(const Equation& e, const Target& target) {
  constexpr double kNegligible = 1e-6, kOver = 1e-9;
  constexpr int kLongest = 100'000;
  if (std::fabs(e.v_gain * e.i_decay - e.v_from_i * e.i_gain) <= kNegligible * std::fabs(target.gain)) return 0;
  double i = e.i_gain, v = e.v_gain, u = target.gain, w = target.gain, peak = 0, difference = 0;
  for (int step = 0; step < kLongest; ++step) {
    peak = std::max(peak, std::fabs(v));
    difference = std::max(difference, std::fabs(v - w));
    if (std::fabs(v) + std::fabs(w) + std::fabs(u) < kOver * peak) break;
    v = e.v_decay * v + e.v_from_i * i;
    i *= e.i_decay;
    u *= target.u_decay;
    w = target.v_decay * w + u;
  }
  return peak == 0 ? 0 : difference / peak;
}

}  // namespace ranvier::loihi
