// Edges into convolutions and pools: where the kernel lies, from the node's numbers and the shapes of both ends.
#include <array>
#include <optional>

#include "core/lower/edges.h"
#include "core/models/record.h"

namespace ranvier::lower {
namespace {

using Axes = std::array<std::uint32_t, 2>;

/// A structural parameter for each axis of the kernel, 1 on a second axis that there is not (0 of padding). None where it has
/// too many values; or is missing or out of range, which the pass over populations has said.
std::optional<Axes> axes_of(Lowering& l, const net::Node& node, std::string_view name, std::size_t rank) {
  const models::Record& record = *models::find(node.model);
  for (const models::ParameterSpec& spec : record.parameters) {
    if (spec.name != name) continue;
    const auto at = node.parameters.find(std::string(name));
    if (at == node.parameters.end() && !spec.fallback) return std::nullopt;
    if (at != node.parameters.end() && at->second.size() > rank) {
      l.problems.add(Code::bad_shape,
                     "The parameter " + std::string(name) + " has " + std::to_string(at->second.size()) +
                         " values; it may have " + std::to_string(rank) + ".",
                     node.name);
      return std::nullopt;
    }
    Axes axes{name == "padding" ? 0U : 1U, name == "padding" ? 0U : 1U};
    for (std::size_t axis = 0; axis < rank; ++axis) {
      const double value = at == node.parameters.end() ? *spec.fallback
                           : at->second.size() == 1    ? at->second.at(0)
                           : axis < at->second.size()  ? at->second.at(axis)
                                                       : -1;
      if (!(value > spec.low && value < 0x1p31)) return std::nullopt;
      axes[axis] = static_cast<std::uint32_t>(value);
    }
    return axes;
  }
  return std::nullopt;
}

std::string both_shapes(const Ends& e) {
  return "'" + e.source.name + "' has the shape " + to_string(e.source.shape) + " and '" + e.target.name + "' " +
         to_string(e.target.shape);
}

/// The extent that follows from padding that is equal at both ends; or from one more at the end, where the kernel is even and
/// padded to keep the extent ("same").
bool fits(const rvd_window& window, unsigned axis) {
  const std::uint64_t reach = window.dilation[axis] * (window.kernel[axis] - std::uint64_t{1});
  const std::uint64_t padded = window.in[axis] + 2 * std::uint64_t{window.padding[axis]};
  const auto extent = [&](std::uint64_t with) { return with <= reach ? 0 : (with - reach - 1) / window.stride[axis] + 1; };
  if (window.out[axis] == extent(padded)) return true;
  return reach % 2 == 1 && window.padding[axis] == reach / 2 && window.out[axis] == extent(padded + 1);
}

/// Shapes [channels, x] or [channels, x, y] of both ends.
bool take_shapes(Lowering& l, const Ends& e, std::size_t rank, rvd_window& window) {
  if (e.source.shape.size() != rank + 1 || e.target.shape.size() != rank + 1) {
    const std::string axes = rank == 1 ? "[channels, x]" : "[channels, x, y]";
    l.problems.add(Code::bad_shape, both_shapes(e) + "; " + e.target.model + " takes and gives " + axes + ".", e.where);
    return false;
  }
  window.channels_in = static_cast<std::uint32_t>(e.source.shape[0]);
  window.channels_out = static_cast<std::uint32_t>(e.target.shape[0]);
  for (std::size_t axis = 0; axis < 2; ++axis) {
    window.in[axis] = axis < rank ? static_cast<std::uint32_t>(e.source.shape[axis + 1]) : 1;
    window.out[axis] = axis < rank ? static_cast<std::uint32_t>(e.target.shape[axis + 1]) : 1;
  }
  return true;
}

bool check_extents(Lowering& l, const Ends& e, const rvd_window& window) {
  if (fits(window, 0) && fits(window, 1)) return true;
  const auto pair = [](const std::uint32_t(&axes)[2]) { return std::to_string(axes[0]) + "x" + std::to_string(axes[1]); };
  l.problems.add(Code::bad_shape,
                 both_shapes(e) + ", which do not fit a kernel of " + pair(window.kernel) + " with stride " +
                     pair(window.stride) + ", padding " + pair(window.padding) + " and dilation " + pair(window.dilation) + ".",
                 e.where);
  return false;
}

void put(const Axes& axes, std::uint32_t (&field)[2]) {
  field[0] = axes[0];
  field[1] = axes[1];
}

}  // namespace

bool convolution_edge(Lowering& l, const Ends& e, plan::Projection& projection) {
  const std::optional<Tensor> weight = own_weight(l, e);
  if (!weight) return false;
  if (weight->shape().size() != 3 && weight->shape().size() != 4) {
    l.problems.add(Code::bad_shape,
                   "The weight of '" + e.target.name + "' has the shape " + to_string(weight->shape()) +
                       "; it must be [out, in / groups, kernel x] or [out, in / groups, kernel x, kernel y].",
                   e.where);
    return false;
  }
  const std::size_t rank = weight->shape().size() - 2;
  rvd_window& window = projection.window;
  const auto stride = axes_of(l, e.target, "stride", rank), padding = axes_of(l, e.target, "padding", rank),
             dilation = axes_of(l, e.target, "dilation", rank), groups = axes_of(l, e.target, "groups", 1);
  if (!stride || !padding || !dilation || !groups || !take_shapes(l, e, rank, window)) return false;
  put(*stride, window.stride);
  put(*padding, window.padding);
  put(*dilation, window.dilation);
  window.groups = (*groups)[0];
  window.kernel[0] = static_cast<std::uint32_t>(weight->shape()[2]);
  window.kernel[1] = rank == 2 ? static_cast<std::uint32_t>(weight->shape()[3]) : 1;
  const bool divides = window.channels_in % window.groups == 0 && window.channels_out % window.groups == 0;
  if (!divides || weight->shape()[0] != window.channels_out || weight->shape()[1] * window.groups != window.channels_in) {
    l.problems.add(Code::bad_shape,
                   "The weight of '" + e.target.name + "' has the shape " + to_string(weight->shape()) + " with " +
                       std::to_string(window.groups) + " groups, but " + both_shapes(e) + ".",
                   e.where,
                   "The weight is [out, in / groups, kernel x, kernel y], and groups divides both numbers of channels.");
    return false;
  }
  if (!check_extents(l, e, window)) return false;
  projection.kind = RVD_PROJECTION_CONVOLUTION;
  return take_weights(l, e, *weight, projection.weights);
}

bool pool_edge(Lowering& l, const Ends& e, plan::Projection& projection) {
  const std::size_t rank = e.target.shape.size() == 2 ? 1 : 2;
  const auto kernel = axes_of(l, e.target, "kernel_size", rank), stride = axes_of(l, e.target, "stride", rank),
             padding = axes_of(l, e.target, "padding", rank);
  rvd_window& window = projection.window;
  if (!kernel || !stride || !padding || !take_shapes(l, e, rank, window)) return false;
  put(*kernel, window.kernel);
  put(*stride, window.stride);
  put(*padding, window.padding);
  put({1, 1}, window.dilation);
  window.groups = window.channels_in;
  if (window.channels_in != window.channels_out) {
    l.problems.add(Code::bad_shape, both_shapes(e) + "; a pool keeps the number of channels.", e.where);
    return false;
  }
  projection.kind = RVD_PROJECTION_POOL;
  return check_extents(l, e, window);
}

bool stacked_edge(Lowering& l, const Ends& e, const Tensor& weight, plan::Projection& projection) {
  const Shape& shape = weight.shape();
  const std::size_t out = shape[shape.size() - 2], in = shape.back();
  const Shape leading(shape.begin(), shape.end() - 2);
  const std::size_t stack = element_count(leading);
  const auto with = [&](std::size_t last) {
    Shape result = leading;
    result.push_back(last);
    return result;
  };
  const auto matches = [&](const net::Node& node, std::size_t last) {
    return node.shape == with(last) || node.shape == Shape{stack * last};
  };
  if (!matches(e.source, in) || !matches(e.target, out)) {
    l.problems.add(Code::bad_shape,
                   "The weight of '" + e.target.name + "' has the shape " + to_string(shape) + " and takes " +
                       to_string(with(in)) + " to " + to_string(with(out)) + ", but " + both_shapes(e) + ".",
                   e.where);
    return false;
  }
  rvd_window& window = projection.window;
  window.channels_in = static_cast<std::uint32_t>(e.from);
  window.channels_out = static_cast<std::uint32_t>(e.to);
  window.groups = static_cast<std::uint32_t>(stack);
  for (unsigned axis = 0; axis < 2; ++axis) {
    window.in[axis] = window.out[axis] = window.kernel[axis] = window.stride[axis] = window.dilation[axis] = 1;
  }
  projection.kind = RVD_PROJECTION_CONVOLUTION;
  return take_weights(l, e, weight, projection.weights);
}

}  // namespace ranvier::lower
