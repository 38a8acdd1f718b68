// Nodes without state: the sum of this step's terms, its own constant last, as one event.
#include "core/models/stateless.h"

#include "core/models/coefficients.h"

namespace ranvier::models {
namespace {

Program build_sum(const Setting&) {
  ProgramBuilder p;
  p.emit(p.receptor("input", DType::f32));
  return p.finish();
}

Program build_affine(const Setting& s) {
  ProgramBuilder p;
  const Reg sum = p.receptor("input", DType::f32);
  p.emit(sum + p.coefficient("bias", rounded_once(DType::f32, [](double b) { return b; }, s.parameter("bias"))));
  return p.finish();
}

}  // namespace

Record input() {
  Record record;
  record.name = "input@1";
  record.summary = "emits what the caller writes";
  return record;
}

Record output() {
  Record record;
  record.name = "output@1";
  record.summary = "the sum of what arrives in a step";
  record.build = build_sum;
  return record;
}

Record linear() {
  Record record;
  record.name = "linear@1";
  record.summary = "y = W x, with weight [out, in]";
  record.linear = true;
  record.build = build_sum;
  return record;
}

Record affine() {
  Record record = linear();
  record.name = "affine@1";
  record.summary = "y = W x + bias, with weight [out, in] and bias [out]";
  record.parameters = {{"bias", "", std::nullopt}};
  record.build = build_affine;
  return record;
}

}  // namespace ranvier::models
