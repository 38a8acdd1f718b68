// i@1, if@1: dv/dt = r x, in the discretisations that simulators use.
#include "core/models/integrate.h"

#include "core/models/coefficients.h"
#include "core/models/fixed.h"
#include "core/models/membrane.h"
#include "core/models/scaled.h"
#include "core/models/substep.h"

namespace ranvier::models {
namespace {

Step step_of(ProgramBuilder& p, const Setting& s) {
  const double dt = s.dt();
  const Reg x = p.receptor("input", s.type());
  const Reg v = membrane_state(p, s, "v");
  if (s.is("input_gain", "one")) return {x, v, v + x};
  const auto gain = [=](double r) { return r * dt; };
  return {x, v, v + p.coefficient("b", rounded_once(s.type(), gain, s.parameter("r"))) * x};
}

Program build_integrator(const Setting& s) {
  ProgramBuilder p;
  pass_on(p, s, step_of(p, s));
  return p.finish();
}

Program build_integrate_and_fire(const Setting& s) {
  if (s.is("update", "unit")) return build_unit_if(s);
  if (s.is("update", "fixed")) return build_fixed_if(s);
  if (s.is("update", "scaled")) return build_scaled_if(s);
  ProgramBuilder p;
  fire(p, s, step_of(p, s));
  return p.finish();
}

std::vector<OptionSpec> options() { return {{"input_gain", {"dt", "one"}}}; }

}  // namespace

Record integrator() {
  Record record;
  record.name = "i@1";
  record.summary = "integrator: dv/dt = r x; its v is its output";
  record.citation = "Pedersen et al., Nature Communications 15, 8122 (2024)";
  record.stateful = true;
  record.parameters = {{"r", "", 1.0}};
  record.options = joined(membrane_options({"zero"}), options());
  record.build = build_integrator;
  return record;
}

Record integrate_and_fire() {
  Record record;
  record.name = "if@1";
  record.summary = "integrate-and-fire: dv/dt = r x; spike and reset at v_threshold";
  record.citation = "Pedersen et al., Nature Communications 15, 8122 (2024)";
  record.stateful = true;
  record.spiking = true;
  record.parameters = joined(joined({{"r", "", 1.0}}, threshold_parameters()), scaled_parameters());
  const std::vector<std::string_view> tests{"after", "late", "before"};
  record.options = joined(joined(membrane_options({"zero", "v_reset"}), threshold_options(tests)), options());
  record.options.push_back({"update", {"plain", "unit", "fixed", "scaled"}});
  record.needs = joined(threshold_needs(tests), needs_of_own_program("unit", "f64"));
  record.needs = joined(record.needs, joined(needs_of_own_program("fixed", "f32"), scaled_needs()));
  record.check = check_fixed_if;
  record.build = build_integrate_and_fire;
  return record;
}

}  // namespace ranvier::models
