#include "core/models/membrane.h"

#include "core/models/coefficients.h"

namespace ranvier::models {
namespace {

Reg exceeds(ProgramBuilder& p, const Setting& s, Reg v, Reg threshold) {
  return p.compare(s.is("comparator", ">=") ? RVD_OP_GE : RVD_OP_GT, v, threshold);
}

// What a subtractive reset takes away. Where the threshold was divided by a gain, v lives on that scale and v_reset is ignored.
Reg reset_step(ProgramBuilder& p, const Setting& s, Reg threshold) {
  if (s.is("v_reset", "ignored")) return threshold;
  const auto height = [](double thr, double reset) { return thr - reset; };
  return p.coefficient("reset_step", rounded_once(threshold.type, height, s.parameter("v_threshold"), s.parameter("v_reset")));
}

Reg reset_value(ProgramBuilder& p, const Setting& s, DType type) {
  if (s.is("v_reset", "ignored")) return p.number(0, type);
  return p.coefficient("v_reset", rounded_once(
                                      type, [](double v) { return v; }, s.parameter("v_reset")));
}

// v, not below the negative threshold; rounded twice at each step, as Sinabs does.
Reg kept_above(ProgramBuilder& p, const Setting& s, Reg v, Reg threshold) {
  if (s.is("floor", "none")) return v;
  return p.binary(RVD_OP_MAX, v + threshold, p.number(0, v.type)) - threshold;
}

// The reset of a spike enters in the step after its test, before the dynamics (early), after them (late, before), or both
// (before_twice); what is emitted is the test of this step's v (late, early), or of what the previous step left (before).
void fire_late(ProgramBuilder& p, const Setting& s, const Step& step, Reg threshold) {
  const bool early = s.is("test", "early");
  const Reg v = early ? step.after : late_reset(p, s, step.before, step.after, threshold);
  const Reg tested = early || s.is("test", "late") ? v : step.before;
  finish(p, s, step, threshold, v, v, p.convert(exceeds(p, s, tested, threshold), v.type));
}

}  // namespace

Reg late_reset(ProgramBuilder& p, const Setting& s, Reg before, Reg v, Reg threshold) {
  return v - p.convert(exceeds(p, s, before, threshold), v.type) * threshold;
}

std::vector<ParameterSpec> threshold_parameters() { return {{"v_threshold", "", 1.0}, {"v_reset", "", 0.0}}; }

std::vector<OptionSpec> membrane_options(std::vector<std::string_view> starts) {
  return {
      {"probe", {"after", "before"}}, {"start", std::move(starts)}, {"trace", {"none", "all"}}, {"precision", {"f32", "f64"}}};
}

std::vector<OptionSpec> threshold_options(std::vector<std::string_view> tests) {
  return {{"reset", {"zero", "subtract", "guarded"}},
          {"v_reset", {"used", "ignored"}},
          {"comparator", {">", ">=", "several"}},
          {"test", std::move(tests)},
          {"floor", {"none", "-threshold"}}};
}

std::vector<Need> threshold_needs(const std::vector<std::string_view>& tests) {
  std::vector<Need> needs{{"comparator", "several", "reset", {"subtract"}}, {"comparator", "several", "test", {"after"}}};
  const auto takes_the_threshold = [&](std::string_view key, std::string_view choice) {
    needs.push_back({key, choice, "v_reset", {"ignored"}});
    needs.push_back({key, choice, "floor", {"none"}});
  };
  takes_the_threshold("reset", "guarded");
  for (const std::string_view test : tests) {
    if (test == "after") continue;
    needs.push_back({"test", test, "reset", {"subtract"}});
    takes_the_threshold("test", test);
  }
  return needs;
}

std::vector<OptionSpec> gain_options() { return {{"threshold", {"plain", "divided"}}}; }

// v has the divided threshold's scale, v_reset has not.
std::vector<Need> gain_needs() { return {{"threshold", "divided", "v_reset", {"ignored"}}}; }

std::vector<Need> needs_of_own_program(std::string_view update, std::string_view precision) {
  return {{"update", update, "start", {"zero"}},       {"update", update, "reset", {"zero"}},
          {"update", update, "comparator", {">"}},     {"update", update, "threshold", {"plain"}},
          {"update", update, "test", {"after"}},       {"update", update, "floor", {"none"}},
          {"update", update, "precision", {precision}}};
}

Reg plain(ProgramBuilder& p, const Setting& s, const std::string& parameter) {
  return p.coefficient(parameter, rounded_once(
                                      s.type(), [](double value) { return value; }, s.parameter(parameter)));
}

Reg membrane_state(ProgramBuilder& p, const Setting& s, const std::string& name) {
  const std::string from = s.is("start", "v_leak") ? "v_leak" : s.is("start", "v_reset") && name == "v" ? "v_reset" : "";
  Tensor initial;
  if (!from.empty())
    initial = rounded_once(
        s.type(), [](double v) { return v; }, s.parameter(from));
  return p.state(name, s.type(), std::move(initial));
}

void pass_on(ProgramBuilder& p, const Setting& s, const Step& step) {
  p.store("v", step.after);
  p.variable("v", "v");
  if (s.is("trace", "all")) {
    p.shadow("input", step.input);
    p.variable("input", "input");
  }
  p.emit(step.after);
}

void finish(ProgramBuilder& p, const Setting& s, const Step& step, Reg threshold, Reg unreset, Reg reset, Reg event) {
  const bool all = s.is("trace", "all");
  p.store("v", reset);
  if (all || s.is("probe", "before")) p.shadow("v_before", unreset);
  p.variable("v", s.is("probe", "before") ? "v_before" : "v");
  if (all) {
    p.variable("v_before", "v_before");
    p.shadow("input", step.input);
    p.variable("input", "input");
    p.shadow("threshold", threshold);
    p.variable("threshold", "threshold");
  }
  p.emit(event);
}

void fire(ProgramBuilder& p, const Setting& s, const Step& step, Reg threshold) {
  const DType type = step.after.type;
  const Reg after = step.after;
  if (!s.is("test", "after")) return fire_late(p, s, step, threshold);
  if (s.is("comparator", "several")) {
    // As many events as thresholds fit into v, each taking its share away.
    const Reg zero = p.number(0, type);
    const Reg positive = p.compare(RVD_OP_GT, after, zero);
    const Reg n = p.select(positive, p.unary(RVD_OP_FLOOR, after / threshold), zero);
    const Reg reset = kept_above(p, s, after - n * reset_step(p, s, threshold), threshold);
    return finish(p, s, step, threshold, after, reset, n);
  }
  if (s.is("reset", "guarded")) {
    // The reset of the previous step's v enters with this step's dynamics; a fresh spike is taken back at once.
    const Reg late = p.convert(exceeds(p, s, step.before, threshold), type);
    const Reg v = after - late * threshold;
    const Reg spike = p.convert(exceeds(p, s, v, threshold), type);
    return finish(p, s, step, threshold, v, v - (spike - late) * threshold, spike);
  }
  const Reg fired = exceeds(p, s, after, threshold);
  const Reg target = s.is("reset", "subtract") ? after - reset_step(p, s, threshold) : reset_value(p, s, type);
  const Reg reset = kept_above(p, s, p.select(fired, target, after), threshold);
  finish(p, s, step, threshold, after, reset, p.convert(fired, type));
}

}  // namespace ranvier::models
