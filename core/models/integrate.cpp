// i@1, if@1: dv/dt = r x, in the discretisations that simulators use.
#include "core/models/integrate.h"

#include "core/models/coefficients.h"
#include "core/models/membrane.h"

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
  ProgramBuilder p;
  fire(p, s, step_of(p, s));
  return p.finish();
}

std::vector<OptionSpec> options() { return {{"input_gain", {"dt", "one"}}}; }

// An integrator has no v_leak to start from.
std::vector<OptionSpec> membrane() {
  std::vector<OptionSpec> all = membrane_options();
  std::erase_if(all, [](const OptionSpec& option) { return option.key == "start"; });
  return all;
}

}  // namespace

Record integrator() {
  Record record;
  record.name = "i@1";
  record.summary = "integrator: dv/dt = r x; its v is its output";
  record.citation = "Pedersen et al., Nature Communications 15, 8122 (2024)";
  record.stateful = true;
  record.parameters = {{"r", "", 1.0}};
  record.options = joined(membrane(), options());
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
  record.parameters = joined({{"r", "", 1.0}}, threshold_parameters());
  record.options = joined(joined(membrane(), threshold_options()), options());
  record.build = build_integrate_and_fire;
  return record;
}

}  // namespace ranvier::models
