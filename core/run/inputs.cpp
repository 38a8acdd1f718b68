#include "core/run/inputs.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>

#include <ranvier/quantity.h>

namespace ranvier::run {
namespace {

// An event takes 24 bytes (20 where values are of 4), a dense element 4 or 8: events are the shorter form up to about this
// share.
constexpr std::uint64_t kDensestEvents = 8;  // one in so many

template <class Visitor>
decltype(auto) visit_input(DType dtype, Visitor&& visitor) {
  switch (dtype) {
    case DType::f32: return visitor(float{});
    case DType::f64: return visitor(double{});
    case DType::i32: return visitor(std::int32_t{});
    case DType::i64: return visitor(std::int64_t{});
    case DType::i16: return visitor(std::int16_t{});
    case DType::i8: return visitor(std::int8_t{});
    case DType::u8: return visitor(std::uint8_t{});
    case DType::boolean: break;
  }
  return visitor(bool{});
}

template <class Visitor>
decltype(auto) visit_event(DType dtype, Visitor&& visitor) {
  switch (dtype) {
    case DType::f64: return visitor(double{});
    case DType::i32: return visitor(std::int32_t{});
    case DType::i64: return visitor(std::int64_t{});
    default: return visitor(float{});
  }
}

// Why `value` cannot become a To, as the end of a sentence; nullptr when it can.
template <class To, class From>
const char* misfit(From value) {
  if constexpr (std::is_floating_point_v<From>) {
    if (!std::isfinite(value)) return "is not finite";
    if constexpr (std::is_floating_point_v<To>) {
      return std::isfinite(static_cast<To>(value)) ? nullptr : "is out of range";
    } else {
      if (std::trunc(value) != value) return "is not a whole number";
      // -2^k and 2^k are floats exactly.
      const From high = std::ldexp(From(1), std::numeric_limits<To>::digits);
      return value >= -high && value < high ? nullptr : "is out of range";
    }
  } else if constexpr (std::is_floating_point_v<To> || sizeof(From) < sizeof(To)) {
    return nullptr;
  } else {
    const auto wide = static_cast<std::int64_t>(value);
    return wide >= std::numeric_limits<To>::min() && wide <= std::numeric_limits<To>::max() ? nullptr : "is out of range";
  }
}

struct Scan {
  std::uint64_t nonzero = 0;
  std::uint64_t bad = std::numeric_limits<std::uint64_t>::max();
  const char* reason = nullptr;
};

template <class To, class From>
Scan scan(const From* values, std::uint64_t count) {
  Scan result;
  for (std::uint64_t i = 0; i < count; ++i) {
    result.nonzero += values[i] != From(0) ? 1 : 0;
    if (const char* const reason = misfit<To>(values[i])) return {result.nonzero, i, reason};
  }
  return result;
}

void check_values(const Node& node, const Tensor& tensor, InputRows& rows, Problems& problems) {
  visit_input(tensor.dtype(), [&](auto from) {
    visit_event(node.type, [&](auto to) {
      using From = decltype(from);
      const auto* values = static_cast<const From*>(tensor.data());
      const Scan found = scan<decltype(to)>(values, tensor.size());
      rows.sparse = found.nonzero <= tensor.size() / kDensestEvents;
      if (found.reason == nullptr) return;
      const std::uint64_t row = rows.lanes * node.count;
      const std::string lane = rows.lanes == 1 ? "" : ", lane " + std::to_string(found.bad % row / node.count);
      problems.add(Code::bad_value,
                   "The input " + format_number(static_cast<double>(values[found.bad])) + " at row " +
                       std::to_string(found.bad / row) + lane + ", neuron " + std::to_string(found.bad % node.count) + " " +
                       found.reason + "; this node takes " + std::string(name_of(node.type)) + ".",
                   node.name, "Give finite values that this type holds.");
    });
  });
}

Shape with_front(std::size_t front, const Shape& shape) {
  Shape result{front};
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

// Events of the rows, in the order (step, lane, id).
template <class To, class From>
std::uint64_t gather(const From* values, const rvd_block& block) {
  auto* const out = static_cast<To*>(block.values);
  std::uint64_t found = 0;
  for (std::uint64_t step = 0; step < block.steps; ++step) {
    for (std::uint32_t lane = 0; lane < block.lanes; ++lane) {
      for (std::uint32_t id = 0; id < block.width; ++id, ++values) {
        if (*values == From(0)) continue;
        block.step[found] = block.first_step + step;
        block.lane[found] = lane;
        block.id[found] = id;
        out[found] = static_cast<To>(*values);
        ++found;
      }
    }
  }
  return found;
}

template <class T>
void grow(std::vector<T>& buffer, std::uint64_t size) {
  if (buffer.size() < size) buffer.resize(std::max<std::size_t>(size, buffer.size() * 2));
}

}  // namespace

InputRows check_input(const Node& node, const Tensor& tensor, std::uint64_t lanes, Problems& problems) {
  const Shape& shape = tensor.shape();
  const Shape rest(shape.empty() ? shape.begin() : shape.begin() + 1, shape.end());
  const Shape flat{node.count};
  const bool laned = rest == with_front(lanes, flat) || rest == with_front(lanes, node.shape);
  const bool unlaned = lanes == 1 && (rest == flat || rest == node.shape);
  InputRows rows{&node, tensor.data(), tensor.dtype(), shape.empty() ? 0 : shape.front(), lanes, false};
  if (shape.empty() || !(laned || unlaned)) {
    std::string wanted = lanes == 1 ? "[steps, " + std::to_string(node.count) + "]" : "";
    wanted += (wanted.empty() ? "[steps, " : " or [steps, ") + std::to_string(lanes) + ", " + std::to_string(node.count) + "]";
    problems.add(Code::bad_shape, "The input has the shape " + to_string(shape) + " where " + wanted + " is needed.", node.name,
                 "The last axis may be spread over the node's shape " + to_string(node.shape) + ".");
    return rows;
  }
  check_values(node, tensor, rows, problems);
  return rows;
}

rvd_block InputBlocks::make(const InputRows& input, std::uint64_t begin, std::uint64_t end, std::uint64_t first_step) {
  const Node& node = *input.node;
  const std::uint64_t elements = (end - begin) * input.lanes * node.count;
  const std::uint64_t offset = begin * input.lanes * node.count;
  rvd_block block{};
  block.struct_size = sizeof block;
  block.layout = input.sparse ? RVD_LAYOUT_EVENTS : RVD_LAYOUT_DENSE;
  block.population = node.population;
  block.type = static_cast<std::uint32_t>(node.type);
  block.first_step = first_step;
  block.steps = end - begin;
  block.lanes = input.lanes;
  block.width = node.count;
  block.count = elements;
  if (!input.sparse && input.dtype == node.type) {
    // The driver only reads what it is given.
    const auto* const bytes = static_cast<const std::byte*>(input.data) + offset * size_of(input.dtype);
    block.values = const_cast<std::byte*>(bytes);
    return block;
  }
  grow(values_, elements);
  block.values = values_.data();
  if (input.sparse) {
    grow(steps_, elements);
    grow(lanes_, elements);
    grow(ids_, elements);
    block.step = steps_.data();
    block.lane = lanes_.data();
    block.id = ids_.data();
  }
  visit_input(input.dtype, [&](auto from) {
    visit_event(node.type, [&](auto to) {
      using To = decltype(to);
      const auto* const values = static_cast<const decltype(from)*>(input.data) + offset;
      if (input.sparse) {
        block.count = gather<To>(values, block);
      } else {
        std::transform(values, values + elements, static_cast<To*>(block.values), [](auto v) { return static_cast<To>(v); });
      }
    });
  });
  return block;
}

}  // namespace ranvier::run
