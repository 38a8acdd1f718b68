// lif@1: leaky integrate-and-fire, tau dv/dt = (v_leak - v) + r x, in the discretisations that simulators use.
#include "core/models/lif.h"

#include "core/models/coefficients.h"
#include "core/models/spiking.h"
#include "kernels/math/exp.h"

namespace ranvier::models {
namespace {

// v = (a v + b x) + c: the solution over one step with x held (exponential), or its first order (euler).
Reg linear_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x) {
  const double dt = s.dt();
  const bool exponential = s.is("decay", "exponential");
  const bool r_ignored = s.is("r", "ignored");
  const auto decay = [=](double tau) { return exponential ? math::exp(-(dt / tau)) : 1 - dt / tau; };
  const auto gain = [&](double tau, double r) {
    if (s.is("input_gain", "one")) return 1.0;
    const double used = r_ignored ? 1.0 : r;
    return s.is("input_gain", "dt/tau") ? used * (dt / tau) : -(used * math::expm1(-(dt / tau)));
  };
  const auto drive = [=](double tau, double leak) {
    return exponential ? -(leak * math::expm1(-(dt / tau))) : leak * (dt / tau);
  };
  const Reg a = p.coefficient("a", rounded_once(decay, s.parameter("tau")));
  const Reg b = p.coefficient("b", rounded_once(gain, s.parameter("tau"), s.parameter("r")));
  const Reg c = p.coefficient("c", rounded_once(drive, s.parameter("tau"), s.parameter("v_leak")));
  return (a * v + b * x) + c;
}

// v = v + k ((x + v_leak) - v), k = dt (1 / tau), all in f32.
Reg increment_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x) {
  const float dt = static_cast<float>(s.dt());
  const Reg k = p.coefficient("k", in_f32([=](float tau) { return dt * (1.0F / tau); }, s.parameter("tau")));
  const Reg leak = p.coefficient("v_leak", in_f32([](float v_leak) { return v_leak; }, s.parameter("v_leak")));
  return v + k * ((x + leak) - v);
}

// v = beta v + x, beta = 1 - dt / tau in the file's own type, kept within 0 .. 1; the input's gain goes into the threshold.
Reg leaky_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x) {
  return p.coefficient("beta", stored_decay(s.dt(), s.parameter("tau"))) * v + x;
}

Tensor lif_divided_threshold(const Setting& s) {
  const double dt = s.dt();
  const auto scale = [=](Stored tau, Stored r, Stored) { return r * r.like(dt) / tau; };
  return divided_threshold(scale, s.parameter("tau"), s.parameter("r"), s.parameter("v_threshold"));
}

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
  const Reg w = p.coefficient("w", as_stored(gain, s.parameter("tau")));
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
  p.store("v", p.select(fired, p.constant(0), after));
  p.variable("v", "v");
  p.emit(p.convert(fired, DType::f32));
  return p.finish();
}

Program build_lif(const Setting& s) {
  if (s.is("update", "shift")) return build_shift(s);
  ProgramBuilder p;
  const Reg x = p.receptor("input", DType::f32);
  const Reg v = membrane_state(p, s, "v");
  const Reg after = s.is("update", "increment") ? increment_update(p, s, v, x)
                    : s.is("update", "leaky")   ? leaky_update(p, s, v, x)
                                                : linear_update(p, s, v, x);
  const Tensor divided = s.is("threshold", "divided") ? lif_divided_threshold(s) : Tensor();
  fire(p, s, v, after, threshold_of(p, s, divided));
  return p.finish();
}

}  // namespace

Record lif() {
  Record record;
  record.name = "lif@1";
  record.summary = "leaky integrate-and-fire: tau dv/dt = (v_leak - v) + r x; spike and reset at v_threshold";
  record.citation = "Pedersen et al., Nature Communications 15, 8122 (2024); Lapicque (1907)";
  record.stateful = true;
  record.spiking = true;
  record.parameters = membrane_parameters();
  record.parameters.insert(record.parameters.begin(), {"tau", "s", std::nullopt, 0.0});
  record.options = membrane_options();
  record.options.push_back({"update", {"linear", "increment", "leaky", "shift"}});
  record.options.push_back({"decay", {"exponential", "euler"}});
  record.options.push_back({"input_gain", {"1-exp", "dt/tau", "one"}});
  record.options.push_back({"r", {"used", "ignored"}});
  record.build = build_lif;
  return record;
}

}  // namespace ranvier::models
