// One event of a list, or of a value for each neuron.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/synapse/events.h"

namespace ranvier::synapse {

inline std::uint32_t id_of(const Events& events, std::size_t k) {
  return events.ids == nullptr ? static_cast<std::uint32_t>(k) : events.ids[k];
}

template <class T>
T value_of(const Events& events, std::size_t k) {
  return events.values == nullptr ? T{1} : static_cast<const T*>(events.values)[k];
}

}  // namespace ranvier::synapse
