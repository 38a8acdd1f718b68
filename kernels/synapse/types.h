// The types of sums and values, as what loops compute in: integers without sign, for unsigned ones wrap.
#pragma once

#include <cstddef>
#include <cstdint>

#include <ranvier/driver.h>

namespace ranvier::synapse {

/// Bytes behind the end of packed weights that a loop may read.
constexpr std::size_t kRoom = 512;

constexpr std::size_t size_of(std::uint32_t type) { return type == RVD_F32 || type == RVD_I32 ? 4 : 8; }

/// Of a table with one loop a type.
template <class Loops>
auto loop_of(const Loops& loops, std::uint32_t type) {
  switch (type) {
    case RVD_F32: return loops.f32;
    case RVD_F64: return loops.f64;
    case RVD_I32: return loops.i32;
    default: return loops.i64;
  }
}

/// Calls visit(T{}) with the type that `type` is computed in.
template <class Visit>
decltype(auto) with_type(std::uint32_t type, Visit visit) {
  switch (type) {
    case RVD_F32: return visit(float{});
    case RVD_F64: return visit(double{});
    case RVD_I32: return visit(std::uint32_t{});
    default: return visit(std::uint64_t{});
  }
}

}  // namespace ranvier::synapse
