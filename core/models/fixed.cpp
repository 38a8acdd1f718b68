// Fixed-point membranes. docs/conventions/lava-fixed.md and lava-dl.md have the rules and where they come from.
#include <algorithm>
#include <cmath>

#include <ranvier/quantity.h>

#include "core/models/coefficients.h"
#include "core/models/fixed.h"
#include "core/models/membrane.h"

namespace ranvier::models {
namespace {

// Towards zero, so that what decays reaches it.
Reg shifted(ProgramBuilder& p, Reg a) {
  const Reg positive = p.compare(RVD_OP_GT, a, p.constant(std::int64_t{0}));
  const Reg mirrored = p.unary(RVD_OP_NEG, p.shift_right(p.unary(RVD_OP_NEG, a), 12));
  return p.select(positive, p.shift_right(a, 12), mirrored);
}

// state * (4096 - round(4096 dt / tau)) / 4096.
Reg decayed(ProgramBuilder& p, const Setting& s, const std::string& name, Reg state, const Tensor& tau) {
  const double dt = s.dt();
  Tensor kept(Shape{tau.size()}, DType::i64);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const Stored t(tau, i);
    const float rate = static_cast<float>((t.like(4096) * (t.like(dt) / t)).value());
    kept.mutable_data<std::int64_t>()[i] = 4096 - static_cast<std::int64_t>(std::clamp(std::nearbyint(rate), 0.0F, 4096.0F));
  }
  return shifted(p, state * p.coefficient(name, std::move(kept)));
}

// What arrives, in units of 1 / scale.
Reg arrived(ProgramBuilder& p, Reg x, float scale) { return p.convert(p.constant(scale) * x, DType::i64); }

// A current passes through an f32 tensor on its way to the membrane.
Reg passed(ProgramBuilder& p, Reg current) { return p.convert(p.convert(current, DType::f32), DType::i64); }

// Slayer tests v / scale >= threshold + 0.01 / scale in f32: v > threshold, or v >= threshold once 0.01 / scale is lost.
Tensor slayer_threshold(const Tensor& threshold, const Tensor& factor, double fraction, std::int64_t unit) {
  constexpr std::int64_t kLost = 1 << 18;
  Tensor result(Shape{extent(threshold, factor)}, DType::i64);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const Stored thr(threshold, threshold.size() == 1 ? 0 : i), r(factor, factor.size() == 1 ? 0 : i);
    const std::int64_t height = unit * static_cast<std::int64_t>(fraction * (thr * r).value());
    result.mutable_data<std::int64_t>()[i] = height >= kLost ? height - 1 : height;
  }
  return result;
}

Program fire_fixed(ProgramBuilder& p, const Setting& s, const Step& step, Tensor threshold) {
  const Reg height = p.coefficient("threshold", std::move(threshold));
  const Reg fired = p.compare(RVD_OP_GT, step.after, height);
  const Reg reset = p.select(fired, p.constant(std::int64_t{0}), step.after);
  finish(p, s, step, height, step.after, reset, p.convert(fired, DType::f32));
  return p.finish();
}

// A problem with the first element whose value(parameter...) is below 0 or at least `limit`.
template <class Value, class... Parameter>
void check_range(const std::string& where, Problems& problems, const std::string& what, double limit, Value value,
                 const Parameter&... parameters) {
  for (std::size_t i = 0; i < extent(parameters...); ++i) {
    const double number = value(widened(parameters, i)...);
    if (number >= 0 && number < limit) continue;
    problems.add(Code::out_of_range,
                 what + " is " + format_number(number) + " at index " + std::to_string(i) + "; it must be 0 to below " +
                     format_number(limit) + ".",
                 where);
    return;
  }
}

}  // namespace

void check_shift(const Setting& s, const std::string& where, Problems& problems) {
  if (!s.is("update", "shift")) return;
  const double dt = s.dt();
  const auto decay = [=](double tau) { return dt / tau * 4095; };
  check_range(where, problems, "4095 dt / tau", 4096, decay, s.parameter("tau"));
  const auto height = [](double threshold) { return threshold * 131071; };
  check_range(where, problems, "131071 v_threshold", 0x1p26, height, s.parameter("v_threshold"));
}

void check_fixed_if(const Setting& s, const std::string& where, Problems& problems) {
  if (!s.is("update", "fixed")) return;
  const auto height = [](double threshold, double r) { return threshold * r; };
  check_range(where, problems, "v_threshold r", 0x1p20, height, s.parameter("v_threshold"), s.parameter("r"));
}

void check_fixed_cubalif(const Setting& s, const std::string& where, Problems& problems) {
  if (!s.is("update", "fixed")) return;
  check_range(
      where, problems, "v_threshold", 0x1p20, [](double threshold) { return threshold; }, s.parameter("v_threshold"));
}

Program build_fixed_if(const Setting& s) {
  ProgramBuilder p;
  const Reg x = p.receptor("input", DType::f32);
  const Reg v = p.state("v", DType::i64);
  const Reg after = v + passed(p, arrived(p, x, 262144));
  return fire_fixed(p, s, {x, v, after}, slayer_threshold(s.parameter("v_threshold"), s.parameter("r"), 4096, 64));
}

Program build_fixed_cubalif(const Setting& s) {
  const double dt = s.dt();
  const Tensor& tau_syn = s.parameter("tau_syn");
  const auto gain = [=](Stored w_in, Stored tau) { return w_in * (tau.like(dt) / tau); };

  ProgramBuilder p;
  const Reg x = p.receptor("input", DType::f32);
  const Reg current = p.state("i", DType::i64);
  const Reg v = p.state("v", DType::i64);
  const Reg weighted = p.coefficient("gain", near_one(as_stored(DType::f32, gain, s.parameter("w_in"), tau_syn))) * x;
  const Reg i = decayed(p, s, "kept_syn", current, tau_syn) + arrived(p, weighted, 4096);
  const Reg after = decayed(p, s, "kept_mem", v, s.parameter("tau_mem")) + passed(p, i);
  p.store("i", i);
  p.variable("i", "i");
  return fire_fixed(p, s, {x, v, after}, slayer_threshold(s.parameter("v_threshold"), Tensor::of<float>({1}), 64, 64));
}

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
