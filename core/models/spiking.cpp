#include "core/models/spiking.h"

#include "core/models/coefficients.h"

namespace ranvier::models {
namespace {

Reg exceeds(ProgramBuilder& p, const Setting& s, Reg v, Reg threshold) {
  return p.compare(s.is("comparator", ">=") ? RVD_OP_GE : RVD_OP_GT, v, threshold);
}

// What a subtractive reset takes away. Where the threshold was divided by a gain, v lives on that scale and v_reset is ignored.
Reg reset_step(ProgramBuilder& p, const Setting& s, Reg threshold) {
  if (s.is("v_reset", "ignored")) return threshold;
  return p.coefficient("reset_step", rounded_once([](double thr, double reset) { return thr - reset; },
                                                  s.parameter("v_threshold"), s.parameter("v_reset")));
}

Reg reset_value(ProgramBuilder& p, const Setting& s) {
  if (s.is("v_reset", "ignored")) return p.constant(0.0F);
  return p.coefficient("v_reset", rounded_once([](double v) { return v; }, s.parameter("v_reset")));
}

void finish(ProgramBuilder& p, const Setting& s, Reg unreset, Reg reset, Reg event) {
  p.store("v", reset);
  if (s.is("probe", "before")) {
    p.shadow("v_before_reset", unreset);
    p.variable("v", "v_before_reset");
  } else {
    p.variable("v", "v");
  }
  p.emit(event);
}

}  // namespace

std::vector<ParameterSpec> membrane_parameters() {
  return {{"r", "", 1.0}, {"v_leak", "", 0.0}, {"v_threshold", "", 1.0}, {"v_reset", "", 0.0}};
}

std::vector<OptionSpec> membrane_options() {
  return {{"reset", {"zero", "subtract", "guarded"}}, {"v_reset", {"used", "ignored"}}, {"comparator", {">", ">=", "several"}},
          {"threshold", {"plain", "divided"}},        {"probe", {"after", "before"}},   {"start", {"zero", "v_leak"}}};
}

Reg threshold_of(ProgramBuilder& p, const Setting& s, const Tensor& divided) {
  if (s.is("threshold", "divided")) return p.coefficient("threshold", divided);
  return p.coefficient("threshold", rounded_once([](double thr) { return thr; }, s.parameter("v_threshold")));
}

Reg membrane_state(ProgramBuilder& p, const Setting& s, const std::string& name) {
  Tensor initial;
  if (s.is("start", "v_leak")) initial = rounded_once([](double v) { return v; }, s.parameter("v_leak"));
  return p.state(name, DType::f32, std::move(initial));
}

void fire(ProgramBuilder& p, const Setting& s, Reg before, Reg after, Reg threshold) {
  if (s.is("comparator", "several")) {
    // As many events as thresholds fit into v, each taking its share away.
    const Reg zero = p.constant(0.0F);
    const Reg positive = p.compare(RVD_OP_GT, after, zero);
    const Reg n = p.select(positive, p.unary(RVD_OP_FLOOR, after / threshold), zero);
    finish(p, s, after, after - n * reset_step(p, s, threshold), n);
    return;
  }
  if (s.is("reset", "guarded")) {
    // The reset of the previous step's v enters with this step's dynamics; a fresh spike is taken back at once.
    const Reg late = p.convert(exceeds(p, s, before, threshold), DType::f32);
    const Reg v = after - late * threshold;
    const Reg spike = p.convert(exceeds(p, s, v, threshold), DType::f32);
    finish(p, s, v, v - (spike - late) * threshold, spike);
    return;
  }
  const Reg fired = exceeds(p, s, after, threshold);
  const Reg target = s.is("reset", "subtract") ? after - reset_step(p, s, threshold) : reset_value(p, s);
  finish(p, s, after, p.select(fired, target, after), p.convert(fired, DType::f32));
}

}  // namespace ranvier::models
