#include <algorithm>
#include <cmath>
#include <iterator>

#include <ranvier/error.h>
#include <ranvier/quantity.h>
#include <ranvier/session.h>

#include "core/run/suggest.h"

namespace ranvier {
namespace {

// [steps, lanes, ...shape] filled by `cell(k)`, the element for event k.
template <class T, class Cell>
Tensor fill(const SpikeTrain& train, Cell cell) {
  Shape shape{static_cast<std::size_t>(train.steps), train.lanes};
  shape.insert(shape.end(), train.shape.begin(), train.shape.end());
  Tensor tensor(std::move(shape), dtype_of<T>());
  const std::size_t width = element_count(train.shape);
  T* const out = tensor.mutable_data<T>();
  for (std::size_t k = 0; k < train.size(); ++k) {
    const std::size_t row = (train.step[k] - train.first_step) * train.lanes + train.lane[k];
    out[row * width + train.id[k]] = cell(k);
  }
  return tensor;
}

[[noreturn]] void refuse(const SpikeTrain& train, std::size_t k, const std::string& problem, const std::string& remedy) {
  throw Error(Code::bad_value,
              "The event of neuron " + std::to_string(train.id[k]) + " in step " + std::to_string(train.step[k]) + ", lane " +
                  std::to_string(train.lane[k]) + " has the value " + format_number(train.value[k]) + problem + ".",
              {}, remedy);
}

template <class Map>
std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& entry : map) keys.push_back(entry.first);
  return keys;
}

}  // namespace

Spike SpikeTrain::operator[](std::size_t k) const {
  return {step[k], lane[k], id[k], static_cast<double>(step[k] + 1) * dt_ms, value[k]};
}

Tensor SpikeTrain::counts() const {
  return fill<std::int32_t>(*this, [&](std::size_t k) {
    const bool whole = std::trunc(value[k]) == value[k] && value[k] >= -0x1p31 && value[k] < 0x1p31;
    if (!whole) refuse(*this, k, ", which is no count", "Use dense, which keeps values.");
    return static_cast<std::int32_t>(value[k]);
  });
}

Tensor SpikeTrain::raster() const {
  return fill<bool>(*this, [&](std::size_t k) {
    if (value[k] != 1) refuse(*this, k, ", which a raster cannot hold", "Use counts or dense.");
    return true;
  });
}

Tensor SpikeTrain::dense(DType dtype) const {
  return fill<double>(*this, [&](std::size_t k) { return value[k]; }).cast(dtype);
}

std::uint64_t Result::hash() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t lane : lane_hashes) sum += lane;
  return sum;
}

const SpikeTrain& Result::spikes(const std::string& node) const {
  const auto found = trains.find(node);
  if (found != trains.end()) return found->second;
  throw Error(Code::unknown_name,
              "The spikes of '" + node + "' were not recorded; those of " + run::list_for(node, keys_of(trains)) + " were.",
              node, "Record '" + node + ".spikes'.");
}

const Tensor& Result::state(const std::string& node, const std::string& variable) const {
  const auto found = states.find(node);
  if (found != states.end()) {
    const auto tensor = found->second.find(variable);
    if (tensor != found->second.end()) return tensor->second;
  }
  std::vector<std::string> names;
  for (const auto& [recorded, variables] : states) {
    for (const auto& entry : variables) names.push_back(recorded + "." + entry.first);
  }
  const std::string name = node + "." + variable;
  throw Error(Code::unknown_name, "'" + name + "' was not recorded; " + run::list_for(name, names) + " was.", node,
              "Record '" + name + "'.");
}

}  // namespace ranvier
