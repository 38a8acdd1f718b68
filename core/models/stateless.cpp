// Nodes without state: the sum of this step's terms, its own constant last, as one event.
#include "core/models/stateless.h"

namespace ranvier::models {
namespace {

const OptionSpec kPrecision{"precision", {"f32", "f64", "i32"}};
const OptionSpec kFloatPrecision{"precision", {"f32", "f64"}};

ParameterSpec structure(std::string_view name, std::optional<double> fallback, double low) {
  return {name, "", fallback, low, Extent::structure};
}

Reg sum_of(ProgramBuilder& p, const Setting& s) { return p.receptor("input", precision_of(s)); }

Program build_sum(const Setting& s) {
  ProgramBuilder p;
  p.emit(sum_of(p, s));
  return p.finish();
}

Program build_affine(const Setting& s) {
  ProgramBuilder p;
  const Reg sum = sum_of(p, s);
  p.emit(sum + p.coefficient("bias", s.parameter("bias").cast(precision_of(s))));
  return p.finish();
}

/// A value per channel as one per neuron; a single one stays.
Tensor spread(const Tensor& channels, std::size_t count, DType type) {
  if (channels.size() == 1) return channels.cast(type);
  const std::size_t repeat = count / channels.size();
  Tensor result(Shape{count}, DType::f64);
  double* out = result.mutable_data<double>();
  for (std::size_t i = 0; i < count; ++i) out[i] = channels.at(i / repeat);
  return result.cast(type);
}

Program build_conv(const Setting& s) {
  ProgramBuilder p;
  const Reg sum = sum_of(p, s);
  p.emit(sum + p.coefficient("bias", spread(s.parameter("bias"), s.count(), precision_of(s))));
  return p.finish();
}

Program build_scale(const Setting& s) {
  ProgramBuilder p;
  const Reg sum = sum_of(p, s);
  p.emit(p.coefficient("scale", s.parameter("scale").cast(precision_of(s))) * sum);
  return p.finish();
}

Program build_avgpool(const Setting& s) {
  ProgramBuilder p;
  const Tensor& kernel = s.parameter("kernel_size");
  const double size = kernel.at(0) * kernel.at(kernel.size() - 1);
  const Reg sum = sum_of(p, s);
  p.emit(sum / (sum.type == DType::f64 ? p.constant(size) : p.constant(static_cast<float>(size))));
  return p.finish();
}

}  // namespace

Record input() {
  Record record;
  record.name = "input@1";
  record.summary = "emits what the caller writes";
  record.options = {kPrecision};
  return record;
}

Record output() {
  Record record;
  record.name = "output@1";
  record.summary = "the sum of what arrives in a step";
  record.options = {kPrecision};
  record.build = build_sum;
  return record;
}

Record identity() {
  Record record = output();
  record.name = "identity@1";
  record.summary = "the sum of what arrives in a step, inside the network";
  return record;
}

Record flatten() {
  Record record = output();
  record.name = "flatten@1";
  record.summary = "the sum of what arrives in a step, under another shape: neuron i gets what neuron i of the source emits";
  return record;
}

Record delay() {
  Record record = output();
  record.name = "delay@1";
  record.summary = "what arrives, later by `delay` in whole steps";
  record.parameters = {{"delay", "s", std::nullopt}};
  return record;
}

Record scale() {
  Record record = output();
  record.name = "scale@1";
  record.summary = "y = scale * (the sum of what arrives)";
  record.parameters = {{"scale", "", std::nullopt}};
  record.build = build_scale;
  return record;
}

Record linear() {
  Record record = output();
  record.name = "linear@1";
  record.summary = "y = W x, with weight [..., out, in] on x [..., in]";
  record.linear = true;
  return record;
}

Record affine() {
  Record record = linear();
  record.name = "affine@1";
  record.summary = "y = W x + bias, with weight [..., out, in] and bias [..., out]";
  record.parameters = {{"bias", "", std::nullopt}};
  record.build = build_affine;
  return record;
}

std::vector<ParameterSpec> window_parameters() {
  return {structure("stride", 1, 0), structure("padding", 0, -1), structure("dilation", 1, 0), structure("groups", 1, 0)};
}

Record conv() {
  Record record = linear();
  record.name = "conv@1";
  record.summary =
      "cross-correlation of [channels, x, y] with weight [out, in / groups, kernel x, kernel y], or without y; + bias";
  record.parameters = {{"bias", "", std::nullopt, -std::numeric_limits<double>::infinity(), Extent::channels}};
  for (const ParameterSpec& spec : window_parameters()) record.parameters.push_back(spec);
  record.build = build_conv;
  return record;
}

Record sumpool() {
  Record record = output();
  record.name = "sumpool@1";
  record.summary = "each channel's sum over a window";
  record.parameters = {structure("kernel_size", std::nullopt, 0), structure("stride", std::nullopt, 0),
                       structure("padding", 0, -1)};
  return record;
}

Record avgpool() {
  Record record = sumpool();
  record.name = "avgpool@1";
  record.summary = "each channel's sum over a window, divided by the window's size; pads count";
  record.options = {kFloatPrecision};
  record.build = build_avgpool;
  return record;
}

}  // namespace ranvier::models
