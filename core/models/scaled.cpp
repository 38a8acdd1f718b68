// docs/conventions/spinnaker2.md has the rules and where they come from. All in f64.
#include "core/models/scaled.h"

#include "core/models/coefficients.h"
#include "core/models/membrane.h"
#include "kernels/math/exp.h"

namespace ranvier::models {
namespace {

constexpr DType kType = DType::f64;

bool exponential(const Setting& s) { return s.is("decay", "exponential"); }

// The share of the difference that a step takes away: dt / tau, or 1 - exp(-dt / tau).
double share(const Setting& s, double tau) { return exponential(s) ? -math::expm1(-(s.dt() / tau)) : s.dt() / tau; }

Reg kept(ProgramBuilder& p, const Setting& s, const std::string& name, const Tensor& tau) {
  const double dt = s.dt();
  if (exponential(s))
    return p.coefficient(name, rounded_once(
                                   kType, [=](double t) { return math::exp(-(dt / t)); }, tau));
  return p.coefficient(name, as_stored(
                                 kType, [=](Stored t) { return t.like(1) - t.like(dt) / t; }, tau));
}

// v, once the step's terms are in: threshold and constant in the scale q, which makes NIR's numbers the membrane's.
Program fire_scaled(ProgramBuilder& p, const Setting& s, Reg x, Reg before, Reg sum, const Tensor& q, const Tensor& constant) {
  const auto product = [](double a, double b) { return a * b; };
  const Reg threshold = p.coefficient("threshold", rounded_once(kType, product, s.parameter("v_threshold"), q));
  fire(p, s, {x, before, sum + p.coefficient("constant", constant)}, threshold);
  return p.finish();
}

}  // namespace

std::vector<ParameterSpec> scaled_parameters() { return {{"weight_scale", "", 1.0}, {"bias", "", 0.0}}; }

std::vector<Need> scaled_needs() {
  return {{"update", "scaled", "start", {"zero"}},
          {"update", "scaled", "threshold", {"plain"}},
          {"update", "scaled", "v_reset", {"ignored"}},
          {"update", "scaled", "precision", {"f64"}}};
}

Program build_scaled_if(const Setting& s) {
  ProgramBuilder p;
  const Reg x = p.receptor("input", kType);
  const Reg v = p.state("v", kType);
  const Tensor& k = s.parameter("weight_scale");
  const Tensor q = rounded_once(
      kType, [](double r, double scale) { return (1 / r) * scale; }, s.parameter("r"), k);
  const Tensor off = rounded_once(
      kType, [](double bias, double scale) { return bias * scale; }, s.parameter("bias"), k);
  return fire_scaled(p, s, x, v, v + x, q, off);
}

Program build_scaled_lif(const Setting& s) {
  ProgramBuilder p;
  const Reg x = p.receptor("input", kType);
  const Reg v = p.state("v", kType);
  const Tensor &k = s.parameter("weight_scale"), &tau = s.parameter("tau"), &r = s.parameter("r");
  const auto scale = [&](double t, double gain, double weight) { return (1 / (share(s, t) * gain)) * weight; };
  const auto constant = [&](double t, double gain, double weight, double leak, double bias) {
    return (share(s, t) * leak) * scale(t, gain, weight) + bias * weight;
  };
  const Tensor q = rounded_once(kType, scale, tau, r, k);
  const Tensor off = rounded_once(kType, constant, tau, r, k, s.parameter("v_leak"), s.parameter("bias"));
  return fire_scaled(p, s, x, v, kept(p, s, "a", tau) * v + x, q, off);
}

Program build_scaled_cubalif(const Setting& s) {
  ProgramBuilder p;
  const Reg x = p.receptor("input", kType);
  const Reg current = p.state("i", kType);
  const Reg v = p.state("v", kType);
  const Tensor &k = s.parameter("weight_scale"), &tau_syn = s.parameter("tau_syn"), &tau_mem = s.parameter("tau_mem");
  const Tensor &r = s.parameter("r"), &w_in = s.parameter("w_in");
  const auto gain = [&](double tau, double w) { return 1 / (share(s, tau) * w); };
  const auto scale = [&](double syn, double mem, double factor, double w, double weight) {
    return ((1 / (share(s, mem) * factor)) * gain(syn, w)) * weight;
  };
  const auto constant = [&](double syn, double mem, double factor, double w, double weight, double leak, double bias) {
    return (share(s, mem) * leak) * scale(syn, mem, factor, w, weight) + ((bias * w) * gain(syn, w)) * weight;
  };
  const Tensor q = rounded_once(kType, scale, tau_syn, tau_mem, r, w_in, k);
  const Tensor off = rounded_once(kType, constant, tau_syn, tau_mem, r, w_in, k, s.parameter("v_leak"), s.parameter("bias"));
  const Reg i = kept(p, s, "a_syn", tau_syn) * current + x;
  p.store("i", i);
  p.variable("i", "i");
  return fire_scaled(p, s, x, v, kept(p, s, "a_mem", tau_mem) * v + i, q, off);
}

}  // namespace ranvier::models
