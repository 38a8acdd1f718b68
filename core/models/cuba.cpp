// cubali@1, cubalif@1: tau_syn dI/dt = -I + w_in x, tau_mem dv/dt = (v_leak - v) + r I, in the discretisations of simulators.
#include "core/models/cuba.h"

#include "core/models/coefficients.h"
#include "core/models/fixed.h"
#include "core/models/membrane.h"
#include "core/models/scaled.h"
#include "core/models/substep.h"
#include "kernels/math/exp.h"

namespace ranvier::models {
namespace {

struct Dynamics {
  Reg current;  ///< I after this step
  Reg voltage;  ///< v after this step, before threshold and reset
};

// The exact solution over one step with x held; v from the old I.
Dynamics linear_update(ProgramBuilder& p, const Setting& s, Reg current, Reg v, Reg x) {
  const double dt = s.dt();
  const auto response = [=](double tau_syn, double tau_mem, double r) {
    const double m = dt / tau_mem;
    const double u = m - dt / tau_syn;
    const double quotient = u == 0 ? 1 : math::expm1(u) / u;
    return r * ((m * math::exp(-m)) * quotient);
  };
  const Tensor& tau_mem = s.parameter("tau_mem");
  const Tensor& tau_syn = s.parameter("tau_syn");
  const Tensor& r = s.parameter("r");
  const auto decay = [=](double tau) { return math::exp(-(dt / tau)); };
  const auto rest = [=](double tau) { return -math::expm1(-(dt / tau)); };
  const auto scaled_rest = [=](double tau, double factor) { return factor * rest(tau); };

  const Reg a = p.coefficient("a", rounded_once(s.type(), decay, tau_mem));
  const Reg rp = p.coefficient("rp", rounded_once(s.type(), response, tau_syn, tau_mem, r));
  const Reg rest_v = p.coefficient("r_rest", rounded_once(s.type(), scaled_rest, tau_mem, r));
  const Reg c = p.coefficient("c", rounded_once(s.type(), scaled_rest, tau_mem, s.parameter("v_leak")));
  const Reg a_syn = p.coefficient("a_syn", rounded_once(s.type(), decay, tau_syn));
  const Reg rest_syn = p.coefficient("rest_syn", rounded_once(s.type(), rest, tau_syn));

  const Reg d = plain(p, s, "w_in") * x;
  const Reg voltage = ((a * v + rp * (current - d)) + rest_v * d) + c;
  return {a_syn * current + rest_syn * d, voltage};
}

// First order, v from the new I; coefficients in f64, rounded once.
Dynamics euler_update(ProgramBuilder& p, const Setting& s, Reg current, Reg v, Reg x) {
  const double dt = s.dt();
  const auto rate = [=](double tau) { return dt / tau; };
  const Reg k_syn = p.coefficient("k_syn", rounded_once(s.type(), rate, s.parameter("tau_syn")));
  const Reg k_mem = p.coefficient("k_mem", rounded_once(s.type(), rate, s.parameter("tau_mem")));
  const Reg i = current + k_syn * (plain(p, s, "w_in") * x - current);
  return {i, v + k_mem * ((plain(p, s, "v_leak") - v) + plain(p, s, "r") * i)};
}

// Two chained first-order cells that both leak to v_leak, in f32 throughout.
Dynamics increment_update(ProgramBuilder& p, const Setting& s, Reg current, Reg v, Reg x) {
  const float dt = static_cast<float>(s.dt());
  const auto rate = [=](float tau) { return dt * (1.0F / tau); };
  const Reg k_syn = p.coefficient("k_syn", in_f32(s.type(), rate, s.parameter("tau_syn")));
  const Reg k_mem = p.coefficient("k_mem", in_f32(s.type(), rate, s.parameter("tau_mem")));
  const Reg leak = plain(p, s, "v_leak");
  const Reg i = current + k_syn * ((leak - current) + plain(p, s, "w_in") * x);
  const Reg y = plain(p, s, "r") * i;
  return {i, v + k_mem * ((y + leak) - v)};
}

// I = alpha I + x, v = beta v + I: all gains are one, or in the threshold.
Dynamics leaky_update(ProgramBuilder& p, const Setting& s, Reg current, Reg v, Reg x) {
  const double dt = s.dt();
  const auto exponential = [=](double tau) { return math::exp(-(dt / tau)); };
  const auto euler = [=](double tau) { return 1 - dt / tau; };
  const auto factor = [&](const Tensor& tau) {
    if (s.is("decay", "exponential")) return rounded_once(s.type(), exponential, tau);
    return s.is("coefficients", "wide") ? rounded_once(s.type(), euler, tau) : stored_decay(s, tau);
  };
  const Reg alpha = p.coefficient("alpha", factor(s.parameter("tau_syn")));
  const Reg beta = p.coefficient("beta", factor(s.parameter("tau_mem")));
  const Reg i = alpha * current + x;
  return {i, beta * v + i};
}

// I = (I + x) a_syn: the input decays with the rest; v = (a_mem v + I) + v_leak.
Dynamics filter_update(ProgramBuilder& p, const Setting& s, Reg current, Reg v, Reg x) {
  const double dt = s.dt();
  const auto euler = [=](double tau) { return 1 - dt / tau; };
  const auto decay = [&](const Tensor& tau) {
    return s.is("decay", "exponential") ? exponential_decay(s, tau) : rounded_once(s.type(), euler, tau);
  };
  const Reg i = (current + x) * p.coefficient("a_syn", decay(s.parameter("tau_syn")));
  return {i, (p.coefficient("a_mem", decay(s.parameter("tau_mem"))) * v + i) + plain(p, s, "v_leak")};
}

// `threshold`: of those that spike.
Step step_of(ProgramBuilder& p, const Setting& s, const Reg* threshold = nullptr) {
  const Reg x = p.receptor("input", s.type());
  const Reg current = membrane_state(p, s, "i");
  const Reg left = membrane_state(p, s, "v");
  const bool early = s.is("test", "early") || s.is("test", "before_twice");
  const Reg v = threshold != nullptr && early ? late_reset(p, s, left, left, *threshold) : left;
  const Dynamics after = s.is("update", "euler")       ? euler_update(p, s, current, v, x)
                         : s.is("update", "increment") ? increment_update(p, s, current, v, x)
                         : s.is("update", "leaky")     ? leaky_update(p, s, current, v, x)
                         : s.is("update", "filter")    ? filter_update(p, s, current, v, x)
                                                       : linear_update(p, s, current, v, x);
  p.store("i", after.current);
  p.variable("i", "i");
  return {x, left, after.voltage};
}

Program build_cubali(const Setting& s) {
  ProgramBuilder p;
  pass_on(p, s, step_of(p, s));
  return p.finish();
}

Reg threshold_of(ProgramBuilder& p, const Setting& s) {
  if (!s.is("threshold", "divided")) return plain(p, s, "v_threshold");
  const double dt = s.dt();
  const auto scale = [=](Stored tau_syn, Stored w_in, Stored) { return w_in * (tau_syn.like(dt) / tau_syn); };
  return p.coefficient("threshold",
                       divided_threshold(s, scale, s.parameter("tau_syn"), s.parameter("w_in"), s.parameter("v_threshold")));
}

Program build_cubalif(const Setting& s) {
  if (s.is("update", "fixed")) return build_fixed_cubalif(s);
  if (s.is("update", "substep")) return build_substep_cubalif(s);
  if (s.is("update", "scaled")) return build_scaled_cubalif(s);
  ProgramBuilder p;
  const Reg threshold = threshold_of(p, s);
  fire(p, s, step_of(p, s, &threshold), threshold);
  return p.finish();
}

std::vector<ParameterSpec> parameters() {
  return {{"tau_syn", "s", std::nullopt, 0.0},
          {"tau_mem", "s", std::nullopt, 0.0},
          {"w_in", "", 1.0},
          {"r", "", 1.0},
          {"v_leak", "", 0.0}};
}

std::vector<OptionSpec> options(std::vector<std::string_view> updates) {
  return {{"update", std::move(updates)},
          {"decay", {"exponential", "euler"}},
          {"coefficients", {"stored", "wide"}},
          {"rate", {"f64", "steps", "reciprocal"}}};
}

}  // namespace

Record cubali() {
  Record record;
  record.name = "cubali@1";
  record.summary =
      "current-based leaky integrator: tau_syn dI/dt = -I + w_in x; tau_mem dv/dt = (v_leak - v) + r I; its v is its output";
  record.citation = "Pedersen et al., Nature Communications 15, 8122 (2024)";
  record.stateful = true;
  record.parameters = parameters();
  record.options = joined(membrane_options({"zero", "v_leak"}), options({"linear", "euler"}));
  record.build = build_cubali;
  return record;
}

Record cubalif() {
  Record record;
  record.name = "cubalif@1";
  record.summary = "current-based LIF: tau_syn dI/dt = -I + w_in x; tau_mem dv/dt = (v_leak - v) + r I; spike at v_threshold";
  record.citation = "Pedersen et al., Nature Communications 15, 8122 (2024)";
  record.stateful = true;
  record.spiking = true;
  record.parameters = joined(joined(parameters(), threshold_parameters()), scaled_parameters());
  const std::vector<std::string_view> tests{"after", "late", "early", "before", "before_twice"};
  record.options =
      joined(joined(membrane_options({"zero", "v_leak", "v_reset"}), joined(threshold_options(tests), gain_options())),
             options({"linear", "euler", "increment", "leaky", "filter", "fixed", "substep", "scaled"}));
  record.needs = joined(joined(threshold_needs(tests), gain_needs()), scaled_needs());
  record.needs = joined(record.needs, joined(needs_of_own_program("fixed", "f32"), needs_of_own_program("substep", "f64")));
  record.check = check_fixed_cubalif;
  record.build = build_cubalif;
  return record;
}

}  // namespace ranvier::models
