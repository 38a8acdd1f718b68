#include <limits>

#include "kernels/fixed/step.h"

namespace ranvier::fixed {
namespace {

std::int32_t at(const Column& column, std::size_t i) { return column.values[i & column.each]; }

void set(std::uint64_t* mask, std::size_t i, bool on) {
  if (i % 64 == 0) mask[i / 64] = 0;
  mask[i / 64] |= std::uint64_t{on} << (i % 64);
}

/// What arrives at neuron i; its sums are 0 afterwards.
std::int64_t take(const Sums& sums, std::size_t i, bool& wraps) {
  std::int64_t arriving = 0;
  for (std::size_t k = 0; k < sums.count; ++k) {
    const Sum& sum = sums.first[k];
    std::int64_t x = static_cast<std::int32_t>(sum.terms[i]);
    sum.terms[i] = 0;
    if (sum.clamped) {
      const std::int64_t kept = wrapped(x, 23);
      wraps |= kept != x;
      x = kept;
    }
    arriving = plus(arriving, shifted(x >> sum.shift.right, sum.shift.left));
  }
  return arriving;
}

template <Rules kRules>
void step(const Parameters& p, const Arrays& a, Tally& tally) {
  auto *us = static_cast<std::int64_t*>(a.u), *vs = static_cast<std::int64_t*>(a.v);
  for (std::size_t i = 0; i < a.count; ++i) {
    bool wraps = false;
    const std::int64_t arriving = plus(take(a.sums, i, wraps), a.noise_u == nullptr ? 0 : a.noise_u[i]);
    const std::int64_t bias = plus(at(p.bias, i), a.noise_v == nullptr ? 0 : a.noise_v[i]);
    const std::int32_t du = at(p.du, i), dv = at(p.dv, i);
    const std::int64_t u = current_of(kRules, us[i], du, arriving);
    std::int64_t v = potential_of(kRules, vs[i], dv, u, bias, at(p.vmin, i), at(p.vmax, i));
    const bool waits = a.wait != nullptr && a.wait[i] > 0;
    if constexpr (kRules != Rules::brian2) {
      const std::int64_t sum = plus(toward_zero(us[i], 4096 - du - 1), arriving), driven = plus(u, bias);
      wraps |= u != sum;
      if constexpr (kRules == Rules::nengo) wraps |= wrapped(arriving, 21) != arriving || wrapped(driven, 23) != driven;
      const std::int64_t drive = kRules == Rules::nengo ? wrapped(driven, 23) : driven;
      tally.clips += !waits && v != plus(toward_zero(vs[i], 4096 - dv), drive) ? 1 : 0;
    }
    tally.wraps += wraps ? 1 : 0;
    if (waits) v = 0;
    const bool fired = p.fires && v > at(p.threshold, i);
    if (a.wait != nullptr) {
      const std::int32_t steps = (fired ? at(p.refractory, i) : a.wait[i]) - 1;
      a.wait[i] = steps > 0 ? steps : 0;
    }
    us[i] = u;
    vs[i] = fired ? 0 : v;
    set(a.mask, i, fired);
  }
}

}  // namespace

void wide_step(const Parameters& parameters, const Arrays& arrays, Tally& tally) {
  switch (parameters.rules) {
    case Rules::lava: return step<Rules::lava>(parameters, arrays, tally);
    case Rules::nengo: return step<Rules::nengo>(parameters, arrays, tally);
    default: return step<Rules::brian2>(parameters, arrays, tally);
  }
}

void graded_step(Column threshold, Sums sums, std::size_t count, std::int32_t* values, std::uint64_t* mask) {
  bool wraps = false;  // nobody counts them
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t v = take(sums, i, wraps) >> kUnit;
    const std::int64_t size = v < 0 ? minus(0, v) : v;
    values[i] = size > at(threshold, i) ? static_cast<std::int32_t>(v) : 0;
    set(mask, i, values[i] != 0);
  }
}

}  // namespace ranvier::fixed
