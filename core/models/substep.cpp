// docs/conventions/nengo.md has the rules and where they come from. All in f64.
#include "core/models/substep.h"

#include "core/models/coefficients.h"
#include "core/models/membrane.h"

namespace ranvier::models {
namespace {

constexpr DType kType = DType::f64;

// One step of the membrane under the drive J, with `rest` the time for which the last spike still holds it: that spike came
// inside its step, and what was left of that step counts in the next.
Program fire_in_step(ProgramBuilder& p, const Setting& s, Reg x, Reg drive, const Tensor& tau_given) {
  const Reg zero = p.constant(0.0), one = p.constant(1.0), dt = p.constant(s.dt());
  const Reg tau = p.coefficient("tau", rounded_once(
                                           kType, [](double t) { return t; }, tau_given));
  const Reg v = p.state("v", kType);
  const Reg rest = p.state("rest", kType) - dt;
  const Reg free = p.binary(RVD_OP_MIN, p.binary(RVD_OP_MAX, dt - rest, zero), dt);
  const Reg after = v - (drive - v) * p.unary(RVD_OP_EXPM1, p.unary(RVD_OP_NEG, free) / tau);
  const Reg fired = p.compare(RVD_OP_GT, after, one);
  const Reg left = dt + tau * p.unary(RVD_OP_LOG1P, p.unary(RVD_OP_NEG, after - one) / (drive - one));
  const Reg floored = p.select(p.compare(RVD_OP_LT, after, zero), zero, after);
  p.store("rest", p.select(fired, left, rest));
  finish(p, s, {x, v, after}, one, after, p.select(fired, zero, floored), p.convert(fired, kType));
  return p.finish();
}

}  // namespace

Program build_unit_if(const Setting& s) {
  const double dt = s.dt();
  ProgramBuilder p;
  const Reg x = p.receptor("input", kType);
  const Reg v = p.state("v", kType);
  const auto gain = [=](double threshold) { return (1 / threshold) / dt; };
  const Reg drive = p.coefficient("gain", rounded_once(kType, gain, s.parameter("v_threshold"))) * x;
  const Reg after = v + drive * p.constant(dt);
  const Reg fired = p.compare(RVD_OP_GT, after, p.constant(1.0));
  finish(p, s, {x, v, after}, p.constant(1.0), after, p.select(fired, p.constant(0.0), after), p.convert(fired, kType));
  return p.finish();
}

Program build_substep_lif(const Setting& s) {
  ProgramBuilder p;
  const Reg x = p.receptor("input", kType);
  const auto gain = [](double threshold) { return 1 / threshold; };
  const Reg drive = p.coefficient("gain", rounded_once(kType, gain, s.parameter("v_threshold"))) * x;
  return fire_in_step(p, s, x, drive, s.parameter("tau"));
}

Program build_substep_cubalif(const Setting& s) {
  const double dt = s.dt();
  ProgramBuilder p;
  const Reg x = p.receptor("input", kType);
  const Reg current = p.state("i", kType);
  const Tensor& tau_syn = s.parameter("tau_syn");
  const Reg a = p.coefficient("a", rounded_once(
                                       kType, [=](double tau) { return 1 - dt / tau; }, tau_syn));
  const Reg b = p.coefficient("b", rounded_once(
                                       kType, [=](double tau) { return dt / tau; }, tau_syn));
  const Reg i = a * current + b * x;
  p.store("i", i);
  p.variable("i", "i");
  const auto gain = [](Stored w_in, Stored r, Stored threshold) {
    return Stored((w_in * r).value(), true) / Stored(threshold.value(), true);
  };
  const Reg drive =
      p.coefficient("gain", as_stored(kType, gain, s.parameter("w_in"), s.parameter("r"), s.parameter("v_threshold"))) * i;
  return fire_in_step(p, s, x, drive, s.parameter("tau_mem"));
}

}  // namespace ranvier::models
