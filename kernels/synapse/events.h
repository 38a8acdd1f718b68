// Events of one population, lane and step: from masks to ids and back, and their spike hash.
#pragma once

#include <cstddef>
#include <cstdint>

#include <ranvier/driver.h>

#include "kernels/simd/isa.h"

namespace ranvier::synapse {

/// Ascending in id. Types of values: RVD_F32, RVD_F64, RVD_I32, RVD_I64.
struct Events {
  const std::uint32_t* ids;  // nullptr: 0 .. count-1, one event (maybe of value 0) from each neuron
  const void* values;        // in the order of ids; nullptr: all are 1
  std::size_t count;
};

/// Functions for one instruction set. All results are the same bits for all of them.
struct EventKernels {
  /// Numbers of the bits that are set, ascending, plus `first`; returns how many. ids has room for them, and for 16 more.
  std::size_t (*extract)(const std::uint64_t* mask, std::size_t words, std::uint32_t first, std::uint32_t* ids);
  /// Nonzero elements (-0 is zero) of an array: their indices and values. Both outputs have room for n + 16.
  std::size_t (*collect)(std::uint32_t type, const void* dense, std::size_t n, std::uint32_t* ids, void* values);
  /// out[k] = values[index[k]].
  void (*gather)(std::uint32_t type, const void* values, const std::uint32_t* index, std::size_t count, void* out);
  /// Whether each value is 1 or -1.
  bool (*plain)(std::uint32_t type, const void* values, std::size_t count);
  /// Sum modulo 2^64 of the hash terms (end of <ranvier/driver.h>) of a population's events in one step.
  std::uint64_t (*hash)(std::uint32_t type, std::uint32_t population, std::uint64_t step, const Events& events);
  /// Sum of table[ids[k]].
  std::uint64_t (*total)(const std::uint32_t* table, const std::uint32_t* ids, std::size_t count);
};

const EventKernels& event_kernels(simd::Isa isa);

}  // namespace ranvier::synapse
