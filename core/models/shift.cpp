// Lava's fixed point for lif@1: PyLifModelBitAcc.
#include <cmath>

#include "core/models/coefficients.h"
#include "core/models/membrane.h"
#include "core/models/shift.h"

namespace ranvier::models {

// Lava's fixed point: 24-bit state, 12-bit decay, the input's gain as an integer of 1/256, everything towards zero.
Program build_shift(const Setting& s) {
  constexpr std::int32_t kHalf = 1 << 23;
  const double dt = s.dt();
  const auto rate = [=](Stored tau) { return tau.like(dt) / tau; };
  const auto decay = [=](Stored tau) { return rate(tau) * tau.like(4095); };
  const auto gain = [=](Stored tau) { return Stored(std::trunc(rate(tau).value() * 256), true); };

  ProgramBuilder p;
  const Reg x = p.receptor("input", DType::f32);
  const Reg v = p.state("v", DType::i32);
  const Reg dv = p.coefficient("dv", truncated(decay, s.parameter("tau")));
  const Reg w = p.coefficient("w", as_stored(DType::f32, gain, s.parameter("tau")));
  const Reg threshold = p.coefficient("threshold", shift_threshold(s.parameter("v_threshold")));

  // The current has no memory, and wraps once at 24 bits.
  const Reg c = p.shift_left(p.convert(w * x, DType::i32), 6);
  const Reg over = p.compare(RVD_OP_GT, c, p.constant(kHalf));
  const Reg under = p.compare(RVD_OP_LE, c, p.constant(-kHalf));
  const Reg period = p.constant(2 * kHalf);
  const Reg current = p.select(over, c - period, p.select(under, c + period, c));

  // |v| (4096 - dv) has up to 35 bits.
  const Reg wide = p.convert(v, DType::i64);
  const Reg factor = p.constant(std::int64_t{4096}) - p.convert(dv, DType::i64);
  const Reg magnitude = p.shift_right(p.unary(RVD_OP_ABS, wide) * factor, 12);
  const Reg negative = p.compare(RVD_OP_LT, v, p.constant(0));
  const Reg decayed = p.select(negative, p.unary(RVD_OP_NEG, magnitude), magnitude);
  const Reg sum = decayed + p.convert(current, DType::i64);
  const Reg low = p.binary(RVD_OP_MAX, sum, p.constant(std::int64_t{1 - kHalf}));
  const Reg after = p.convert(p.binary(RVD_OP_MIN, low, p.constant(std::int64_t{kHalf - 1})), DType::i32);

  const Reg fired = p.compare(RVD_OP_GT, after, threshold);
  const Reg reset = p.select(fired, p.constant(0), after);
  finish(p, s, {x, v, after}, threshold, after, reset, p.convert(fired, DType::f32));
  return p.finish();
}

}  // namespace ranvier::models
