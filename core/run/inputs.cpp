#include "core/run/inputs.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <type_traits>

#include <ranvier/quantity.h>

namespace ranvier::run {
namespace {

// Events are written where at most one element in so many is one. An event takes 24 bytes (20 where values are of 4), a dense
// element 4 or 8; where the user's array can be handed on as it is, there is nothing to gain before events are rare.
constexpr std::uint64_t kDensestEvents = 8;
constexpr std::uint64_t kDensestEventsOfOwnType = 32000;

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

// Whether any value cannot become a To. Plain loops without an early end, so that they are vectors.
template <class To, class From>
bool any_misfit(const From* values, std::uint64_t count) {
  if constexpr (std::is_floating_point_v<From> && std::is_floating_point_v<To>) {
    // NaN and infinities are what has an exponent of ones; adding one to its last bit carries into the sign.
    using Bits = std::conditional_t<sizeof(To) == 4, std::uint32_t, std::uint64_t>;
    constexpr Bits kExponent = std::bit_cast<Bits>(std::numeric_limits<To>::infinity());
    constexpr Bits kOne = Bits{1} << (std::numeric_limits<To>::digits - 1);
    Bits carried = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      carried |= (std::bit_cast<Bits>(static_cast<To>(values[i])) & kExponent) + kOne;
    }
    return carried >> (8 * sizeof(Bits) - 1) != 0;
  } else if constexpr (std::is_floating_point_v<To> || (std::is_integral_v<From> && sizeof(From) < sizeof(To))) {
    return false;
  } else {
    return std::any_of(values, values + count, [](From value) { return misfit<To>(value) != nullptr; });
  }
}

void check_values(const Node& node, const Tensor& tensor, const InputRows& rows, Problems& problems) {
  visit_input(tensor.dtype(), [&](auto from) {
    visit_event(node.type, [&](auto to) {
      using From = decltype(from);
      const auto* values = static_cast<const From*>(tensor.data());
      using To = decltype(to);
      if (!any_misfit<To>(values, tensor.size())) return;
      const auto* const bad =
          std::find_if(values, values + tensor.size(), [](From value) { return misfit<To>(value) != nullptr; });
      const auto place = static_cast<std::uint64_t>(bad - values);
      const std::uint64_t row = rows.lanes * node.count;
      const std::string lane = rows.lanes == 1 ? "" : ", lane " + std::to_string(place % row / node.count);
      problems.add(Code::bad_value,
                   "The input " + format_number(static_cast<double>(*bad)) + " at row " + std::to_string(place / row) + lane +
                       ", neuron " + std::to_string(place % node.count) + " " + misfit<To>(*bad) + "; this node takes " +
                       std::string(name_of(node.type)) + ".",
                   node.name, "Give finite values that this type holds.");
    });
  });
}

Shape with_front(std::size_t front, const Shape& shape) {
  Shape result{front};
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

// Writes ids and values of what is not zero in one row, in ascending order, and returns how many there are; the arrays have
// room for one more. Zeros are passed by 32 bytes at a time; within eight there are no branches, which none would foresee.
template <class To, class From>
std::uint64_t gather_row(const From* values, std::uint32_t count, std::uint32_t* ids, To* out) {
  constexpr std::uint32_t kPerWord = sizeof(std::uint64_t) / sizeof(From);
  constexpr std::uint64_t kSigns = !std::is_floating_point_v<From> ? 0 : sizeof(From) == 4 ? 0x8000000080000000 : 1ULL << 63;
  const auto word = [&](std::uint32_t at) {
    std::uint64_t bits;
    std::memcpy(&bits, values + at, sizeof bits);
    return bits & ~kSigns;  // -0 is zero
  };
  std::uint64_t found = 0;
  const auto each = [&](std::uint32_t begin, std::uint32_t end) {
    for (std::uint32_t i = begin; i < end; ++i) {
      ids[found] = i;
      out[found] = static_cast<To>(values[i]);
      found += values[i] != From(0) ? 1 : 0;
    }
  };
  constexpr std::uint32_t kStride = 4 * kPerWord;
  std::uint32_t at = 0;
  for (; count - at >= kStride; at += kStride) {
    const std::uint64_t words[] = {word(at), word(at + kPerWord), word(at + 2 * kPerWord), word(at + 3 * kPerWord)};
    if ((words[0] | words[1] | words[2] | words[3]) == 0) continue;
    for (std::uint32_t k = 0; k < 4; ++k) {
      if (words[k] != 0) each(at + k * kPerWord, at + (k + 1) * kPerWord);
    }
  }
  each(at, count);
  return found;
}

// Events of the rows, in the order (step, lane, id); false where they are more than `most`. The block's arrays have room for
// these, one row's more and one.
template <class To, class From>
bool gather(const From* values, std::uint64_t most, rvd_block& block) {
  auto* const out = static_cast<To*>(block.values);
  const auto width = static_cast<std::uint32_t>(block.width);
  std::uint64_t found = 0;
  for (std::uint64_t step = 0; step < block.steps; ++step) {
    for (std::uint32_t lane = 0; lane < block.lanes; ++lane, values += width) {
      const std::uint64_t end = found + gather_row(values, width, block.id + found, out + found);
      if (end > most) return false;
      std::fill(block.step + found, block.step + end, block.first_step + step);
      std::fill(block.lane + found, block.lane + end, lane);
      found = end;
    }
  }
  block.count = found;
  return true;
}

const Node* find_input(const std::vector<Node>& nodes, const std::string& name) {
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.input && node.name == name; });
  return found == nodes.end() ? nullptr : &*found;
}

std::string names_of_inputs(const std::vector<Node>& nodes) {
  std::string text;
  for (const Node& node : nodes) {
    if (node.input) text += (text.empty() ? "'" : ", '") + node.name + "'";
  }
  return text.empty() ? "nothing" : text;
}

template <class T>
void grow(std::vector<T>& buffer, std::uint64_t size) {
  if (buffer.size() < size) buffer.resize(std::max<std::size_t>(size, buffer.size() * 2));
}

}  // namespace

std::vector<Node> nodes_of(const rvd::PlanView& plan) {
  std::vector<Node> nodes;
  const auto populations = plan.populations();
  nodes.reserve(populations.size());
  for (std::uint64_t index = 0; index < populations.size(); ++index) {
    const rvd_population& population = populations[index];
    nodes.push_back({std::string(plan.text(population.name)), static_cast<std::uint32_t>(index),
                     Shape(population.shape, population.shape + population.rank), population.count,
                     static_cast<DType>(population.value_type), (population.flags & RVD_POPULATION_INPUT) != 0,
                     (population.flags & RVD_POPULATION_OUTPUT) != 0});
  }
  return nodes;
}

std::vector<Port> input_ports(const std::vector<Node>& nodes) {
  std::vector<Port> ports;
  for (const Node& node : nodes) {
    if (node.input) ports.push_back({node.name, node.shape, node.type});
  }
  return ports;
}

std::uint64_t check_inputs(const std::vector<Node>& nodes, const Inputs& given, std::uint64_t lanes,
                           std::vector<InputRows>& rows, Problems& problems) {
  rows.clear();
  const std::string* first_name = nullptr;
  std::uint64_t steps = 0;
  for (const auto& [name, tensor] : given) {
    const Node* const node = find_input(nodes, name);
    if (node == nullptr) {
      problems.add(Code::unknown_name, "There is no input '" + name + "'; this network takes " + names_of_inputs(nodes) + ".",
                   name, "Name one of them.");
      continue;
    }
    rows.push_back(check_input(*node, tensor, lanes, problems));
    if (first_name != nullptr && rows.back().rows != steps) {
      problems.add(Code::bad_shape,
                   "The input has " + std::to_string(rows.back().rows) + " steps, that of '" + *first_name + "' has " +
                       std::to_string(steps) + ".",
                   name);
    }
    if (first_name == nullptr) {
      first_name = &name;
      steps = rows.back().rows;
    }
  }
  return steps;
}

std::uint64_t lanes_of(const std::vector<Node>& nodes, const Inputs& given) {
  for (const auto& [name, tensor] : given) {
    const Node* const node = find_input(nodes, name);
    const Shape& shape = tensor.shape();
    if (node == nullptr || shape.size() < 3) continue;
    const Shape row(shape.begin() + 1, shape.end()), neurons(shape.begin() + 2, shape.end()), flat{node->count};
    if (row != node->shape && (neurons == node->shape || neurons == flat)) return row.front();
  }
  return 1;
}

InputRows check_input(const Node& node, const Tensor& tensor, std::uint64_t lanes, Problems& problems) {
  const Shape& shape = tensor.shape();
  const Shape rest(shape.empty() ? shape.begin() : shape.begin() + 1, shape.end());
  const Shape flat{node.count};
  const bool laned = rest == with_front(lanes, flat) || rest == with_front(lanes, node.shape);
  const bool unlaned = lanes == 1 && (rest == flat || rest == node.shape);
  InputRows rows{&node, tensor.data(), tensor.dtype(), shape.empty() ? 0 : shape.front(), lanes};
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

rvd_block InputBlocks::make(InputRows& input, std::uint64_t begin, std::uint64_t end, std::uint64_t first_step) {
  const Node& node = *input.node;
  rvd_block block{};
  block.struct_size = sizeof block;
  block.population = node.population;
  block.type = static_cast<std::uint32_t>(node.type);
  block.first_step = first_step;
  block.steps = end - begin;
  block.lanes = input.lanes;
  block.width = node.count;
  const std::uint64_t offset = begin * input.lanes * node.count;
  if (!input.dense && make_events(input, offset, block)) return block;
  input.dense = true;  // what follows is hardly sparser
  make_dense(input, offset, block);
  return block;
}

bool InputBlocks::make_events(const InputRows& input, std::uint64_t offset, rvd_block& block) {
  const std::uint64_t one_in = input.dtype == input.node->type ? kDensestEventsOfOwnType : kDensestEvents;
  const std::uint64_t most = block.steps * block.lanes * block.width / one_in;
  const std::uint64_t room = most + block.width + 1;
  grow(steps_, room);
  grow(lanes_, room);
  grow(ids_, room);
  grow(values_, room);
  block.layout = RVD_LAYOUT_EVENTS;
  block.step = steps_.data();
  block.lane = lanes_.data();
  block.id = ids_.data();
  block.values = values_.data();
  return visit_input(input.dtype, [&](auto from) {
    return visit_event(input.node->type, [&](auto to) {
      return gather<decltype(to)>(static_cast<const decltype(from)*>(input.data) + offset, most, block);
    });
  });
}

void InputBlocks::make_dense(const InputRows& input, std::uint64_t offset, rvd_block& block) {
  block.layout = RVD_LAYOUT_DENSE;
  block.count = block.steps * block.lanes * block.width;
  block.step = nullptr;
  block.lane = block.id = nullptr;
  if (input.dtype == input.node->type) {
    // The driver only reads what it is given.
    const auto* const bytes = static_cast<const std::byte*>(input.data) + offset * size_of(input.dtype);
    block.values = const_cast<std::byte*>(bytes);
    return;
  }
  grow(values_, block.count);
  block.values = values_.data();
  visit_input(input.dtype, [&](auto from) {
    visit_event(input.node->type, [&](auto to) {
      const auto* const values = static_cast<const decltype(from)*>(input.data) + offset;
      std::transform(values, values + block.count, static_cast<decltype(to)*>(block.values),
                     [](auto value) { return static_cast<decltype(to)>(value); });
    });
  });
}

}  // namespace ranvier::run
