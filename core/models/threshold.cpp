// threshold@1: 1 where what arrives in a step exceeds the threshold.
#include "core/models/threshold.h"

#include "core/models/coefficients.h"

namespace ranvier::models {
namespace {

Program build_threshold(const Setting& s) {
  ProgramBuilder p;
  const Reg x = p.receptor("input", s.type());
  const auto as_given = [](double value) { return value; };
  const Reg height = p.coefficient("threshold", rounded_once(s.type(), as_given, s.parameter("threshold")));
  p.emit(p.convert(p.compare(s.is("comparator", ">=") ? RVD_OP_GE : RVD_OP_GT, x, height), s.type()));
  return p.finish();
}

}  // namespace

Record threshold() {
  Record record;
  record.name = "threshold@1";
  record.summary = "spikes where the sum of what arrives in a step exceeds the threshold";
  record.citation = "Pedersen et al., Nature Communications 15, 8122 (2024)";
  record.spiking = true;
  record.parameters = {{"threshold", "", std::nullopt}};
  record.options = {{"comparator", {">", ">="}}, {"precision", {"f32", "f64"}}};
  record.build = build_threshold;
  return record;
}

}  // namespace ranvier::models
