// li@1, lif@1: tau dv/dt = (v_leak - v) + r x, in the discretisations that simulators use.
#include "core/models/leak.h"

#include "core/models/coefficients.h"
#include "core/models/membrane.h"
#include "core/models/shift.h"
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
  const Reg a = p.coefficient("a", rounded_once(s.type(), decay, s.parameter("tau")));
  const Reg b = p.coefficient("b", rounded_once(s.type(), gain, s.parameter("tau"), s.parameter("r")));
  const Reg c = p.coefficient("c", rounded_once(s.type(), drive, s.parameter("tau"), s.parameter("v_leak")));
  return (a * v + b * x) + c;
}

// v = v + (dt/tau) ((v_leak - v) + r x).
Reg euler_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x) {
  const double dt = s.dt();
  const auto rate = [=](double tau) { return dt / tau; };
  const Reg k = p.coefficient("k", rounded_once(s.type(), rate, s.parameter("tau")));
  return v + k * ((plain(p, s, "v_leak") - v) + plain(p, s, "r") * x);
}

// v = v + k ((x + v_leak) - v), k = dt (1 / tau), all in f32.
Reg increment_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x) {
  const float dt = static_cast<float>(s.dt());
  const Reg k = p.coefficient("k", in_f32([=](float tau) { return dt * (1.0F / tau); }, s.parameter("tau")));
  return v + k * ((x + plain(p, s, "v_leak")) - v);
}

// v = beta v + x, beta = 1 - dt / tau in the file's own type, kept within 0 .. 1; the input's gain goes into the threshold.
Reg leaky_update(ProgramBuilder& p, const Setting& s, Reg v, Reg x) {
  return p.coefficient("beta", stored_decay(s.dt(), s.parameter("tau"))) * v + x;
}

Step step_of(ProgramBuilder& p, const Setting& s) {
  const Reg x = p.receptor("input", s.type());
  const Reg v = membrane_state(p, s, "v");
  const Reg after = s.is("update", "increment") ? increment_update(p, s, v, x)
                    : s.is("update", "leaky")   ? leaky_update(p, s, v, x)
                    : s.is("update", "euler")   ? euler_update(p, s, v, x)
                                                : linear_update(p, s, v, x);
  return {x, v, after};
}

Program build_li(const Setting& s) {
  ProgramBuilder p;
  pass_on(p, s, step_of(p, s));
  return p.finish();
}

Reg threshold_of(ProgramBuilder& p, const Setting& s) {
  if (!s.is("threshold", "divided")) return plain(p, s, "v_threshold");
  const double dt = s.dt();
  const auto scale = [=](Stored tau, Stored r, Stored) { return r * r.like(dt) / tau; };
  return p.coefficient("threshold", divided_threshold(scale, s.parameter("tau"), s.parameter("r"), s.parameter("v_threshold")));
}

Program build_lif(const Setting& s) {
  if (s.is("update", "shift")) return build_shift(s);
  ProgramBuilder p;
  const Step step = step_of(p, s);
  fire(p, s, step, threshold_of(p, s));
  return p.finish();
}

std::vector<ParameterSpec> parameters() { return {{"tau", "s", std::nullopt, 0.0}, {"r", "", 1.0}, {"v_leak", "", 0.0}}; }

std::vector<OptionSpec> options() {
  return {{"update", {"linear", "euler", "increment", "leaky", "shift"}},
          {"decay", {"exponential", "euler"}},
          {"input_gain", {"1-exp", "dt/tau", "one"}},
          {"r", {"used", "ignored"}}};
}

}  // namespace

Record li() {
  Record record;
  record.name = "li@1";
  record.summary = "leaky integrator: tau dv/dt = (v_leak - v) + r x; its v is its output";
  record.citation = "Pedersen et al., Nature Communications 15, 8122 (2024)";
  record.stateful = true;
  record.parameters = parameters();
  record.options = joined(membrane_options(), options());
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
  record.parameters = joined(parameters(), threshold_parameters());
  record.options = joined(joined(membrane_options(), threshold_options()), options());
  record.build = build_lif;
  return record;
}

}  // namespace ranvier::models
