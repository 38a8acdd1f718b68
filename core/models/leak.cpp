// li@1, lif@1: tau dv/dt = (v_leak - v) + r x, in the discretisations that simulators use.
#include "core/models/leak.h"

#include "core/models/coefficients.h"
#include "core/models/fixed.h"
#include "core/models/membrane.h"
#include "core/models/scaled.h"
#include "core/models/substep.h"
#include "kernels/math/exp.h"

namespace ranvier::models {
namespace {

// v = (a v + b x) + c: the solution over one step with x held (exponential), or its first order (euler).
Reg linear_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x) {
  const double dt = s.dt();
  const bool exponential = s.is("decay", "exponential");
  const bool r_ignored = s.is("r", "ignored");
  const auto euler = [=](double tau) { return 1 - dt / tau; };
  const auto gain = [&](double tau, double r) {
    if (s.is("input_gain", "one")) return 1.0;
    const double used = r_ignored ? 1.0 : r;
    return s.is("input_gain", "dt/tau") ? used * (dt / tau) : -(used * math::expm1(-(dt / tau)));
  };
  const auto drive = [&](double tau, double leak) {
    if (!s.is("drive", "leak")) return s.is("drive", "v_leak") ? leak : 0.0;
    return exponential ? -(leak * math::expm1(-(dt / tau))) : leak * (dt / tau);
  };
  const Tensor& tau = s.parameter("tau");
  const Reg a = p.coefficient("a", exponential ? exponential_decay(s, tau) : rounded_once(s.type(), euler, tau));
  const Reg b = p.coefficient("b", rounded_once(s.type(), gain, tau, s.parameter("r")));
  const Reg c = p.coefficient("c", rounded_once(s.type(), drive, tau, s.parameter("v_leak")));
  return (a * v + b * x) + c;
}

// v = v + (dt/tau) ((v_leak - v) + r x).
Reg euler_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x) {
  const double dt = s.dt();
  const auto rate = [=](double tau) { return dt / tau; };
  const Reg k = p.coefficient("k", rounded_once(s.type(), rate, s.parameter("tau")));
  return v + k * ((plain(p, s, "v_leak") - v) + plain(p, s, "r") * x);
}

// v = v + k ((x + v_leak) - v) for a LIF, v + k ((v_leak - v) + x) for a LI; k = dt (1 / tau), all in f32.
Reg increment_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x, bool spiking) {
  const float dt = static_cast<float>(s.dt());
  const Reg k = p.coefficient("k", in_f32(
                                       s.type(), [=](float tau) { return dt * (1.0F / tau); }, s.parameter("tau")));
  const Reg leak = plain(p, s, "v_leak");
  return v + k * (spiking ? (x + leak) - v : (leak - v) + x);
}

// v = d v + g x, g = dt / tau and d = 1 - g in the file's own type.
Reg stored_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x) {
  const double dt = s.dt();
  const auto gain = [=](Stored tau) { return tau.like(dt) / tau; };
  const auto decay = [=](Stored tau) { return tau.like(1) - gain(tau); };
  const Reg d = p.coefficient("d", as_stored(s.type(), decay, s.parameter("tau")));
  return d * v + p.coefficient("g", as_stored(s.type(), gain, s.parameter("tau"))) * x;
}

// v = a v + b x, a = exp(-dt / tau), b = 1 - a: a discrete lowpass; b x alone where tau is far below dt.
Reg lowpass_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x) {
  const double dt = s.dt();
  const auto decay = [=](double tau) { return tau <= 0.03 * dt ? 0 : math::exp(-dt / tau); };
  const auto gain = [=](double tau) { return 1 - decay(tau); };
  const Reg a = p.coefficient("a", rounded_once(s.type(), decay, s.parameter("tau")));
  return a * v + p.coefficient("b", rounded_once(s.type(), gain, s.parameter("tau"))) * x;
}

// v = (v + x) a: the input decays with the rest.
Reg filter_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x) {
  return (v + x) * p.coefficient("a", exponential_decay(s, s.parameter("tau")));
}

// In units of tau / dt, T: v + (x - (v - v_reset)) / T, or (v - (v - v_reset) / T) + x.
Reg quotient_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x) {
  const double dt = s.dt();
  const Reg steps = p.coefficient("steps", rounded_once(
                                               s.type(), [=](double tau) { return tau / dt; }, s.parameter("tau")));
  const Reg above = v - plain(p, s, "v_reset");
  return s.is("update", "quotient") ? v + (x - above) / steps : (v - above / steps) + x;
}

// v = beta v + x, beta = 1 - dt / tau in the file's own type, kept within 0 .. 1; the input's gain goes into the threshold.
Reg leaky_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x) {
  return p.coefficient("beta", stored_decay(s, s.parameter("tau"))) * v + x;
}

Step step_of(ProgramBuilder& p, const Setting& s, bool spiking) {
  const Reg x = p.receptor("input", s.type());
  const Reg v = membrane_state(p, s, "v");
  const Reg after = s.is("update", "increment") ? increment_update(p, s, v, x, spiking)
                    : s.is("update", "leaky")   ? leaky_update(p, s, v, x)
                    : s.is("update", "euler")   ? euler_update(p, s, v, x)
                    : s.is("update", "filter")  ? filter_update(p, s, v, x)
                    : s.is("update", "stored")  ? stored_update(p, s, v, x)
                    : s.is("update", "lowpass") ? lowpass_update(p, s, v, x)
                    : s.is("update", "linear")  ? linear_update(p, s, v, x)
                                                : quotient_update(p, s, v, x);
  return {x, v, after};
}

Program build_li(const Setting& s) {
  ProgramBuilder p;
  pass_on(p, s, step_of(p, s, false));
  return p.finish();
}

Reg threshold_of(ProgramBuilder& p, const Setting& s) {
  if (!s.is("threshold", "divided")) return plain(p, s, "v_threshold");
  const double dt = s.dt();
  const auto scale = [=](Stored tau, Stored r, Stored) { return r * r.like(dt) / tau; };
  return p.coefficient("threshold",
                       divided_threshold(s, scale, s.parameter("tau"), s.parameter("r"), s.parameter("v_threshold")));
}

Program build_lif(const Setting& s) {
  if (s.is("update", "shift")) return build_shift(s);
  if (s.is("update", "substep")) return build_substep_lif(s);
  if (s.is("update", "scaled")) return build_scaled_lif(s);
  ProgramBuilder p;
  const Step step = step_of(p, s, true);
  fire(p, s, step, threshold_of(p, s));
  return p.finish();
}

std::vector<ParameterSpec> parameters() { return {{"tau", "s", std::nullopt, 0.0}, {"r", "", 1.0}, {"v_leak", "", 0.0}}; }

std::vector<OptionSpec> options(std::vector<std::string_view> updates) {
  return {
      {"update", std::move(updates)},        {"decay", {"exponential", "euler"}}, {"input_gain", {"1-exp", "dt/tau", "one"}},
      {"drive", {"leak", "v_leak", "none"}}, {"r", {"used", "ignored"}},          {"rate", {"f64", "steps", "reciprocal"}}};
}

}  // namespace

Record li() {
  Record record;
  record.name = "li@1";
  record.summary = "leaky integrator: tau dv/dt = (v_leak - v) + r x; its v is its output";
  record.citation = "Pedersen et al., Nature Communications 15, 8122 (2024)";
  record.stateful = true;
  record.parameters = parameters();
  record.options = joined(membrane_options({"zero", "v_leak"}), options({"linear", "euler", "increment", "filter", "lowpass"}));
  record.build = build_li;
  return record;
}

Record lif() {
  Record record;
  record.name = "lif@1";
  record.summary = "leaky integrate-and-fire: tau dv/dt = (v_leak - v) + r x; spike and reset at v_threshold";
  record.citation = "Pedersen et al., Nature Communications 15, 8122 (2024); Lapicque (1907)";
  record.stateful = true;
  record.spiking = true;
  record.parameters = joined(joined(parameters(), threshold_parameters()), scaled_parameters());
  const std::vector<std::string_view> tests{"after", "late", "before"};
  record.options = joined(
      joined(membrane_options({"zero", "v_leak", "v_reset"}), joined(threshold_options(tests), gain_options())),
      options({"linear", "euler", "increment", "leaky", "quotient", "decay_quotient", "stored", "shift", "substep", "scaled"}));
  record.needs = joined(joined(threshold_needs(tests), gain_needs()), scaled_needs());
  record.needs = joined(record.needs, joined(needs_of_own_program("shift", "f32"), needs_of_own_program("substep", "f64")));
  record.check = check_shift;
  record.build = build_lif;
  return record;
}

}  // namespace ranvier::models
