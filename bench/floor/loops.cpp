#include "bench/floor/loops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/floor/loops.cpp"
#include "kernels/simd/simd.h"

HWY_BEFORE_NAMESPACE();
namespace ranvier::bench::HWY_NAMESPACE {
namespace {
using namespace simd::HWY_NAMESPACE;

using D = Tag<float>;
constexpr std::size_t kStep = kLanes<float>;
constexpr std::size_t kParts = 8;

void row_add(float* sums, const float* row, std::size_t n) {
  for (std::size_t i = 0; i < n; i += kStep) Store(Add(Load(D(), sums + i), Load(D(), row + i)), D(), sums + i);
}

float read(const float* from, std::size_t n) {
  Vector<float> parts[kParts];
  HWY_UNROLL(8) for (std::size_t p = 0; p < kParts; ++p) parts[p] = Zero(D());
  std::size_t i = 0;
  for (; i + kParts * kStep <= n; i += kParts * kStep) {
    HWY_UNROLL(8) for (std::size_t p = 0; p < kParts; ++p) parts[p] = Add(parts[p], Load(D(), from + i + p * kStep));
  }
  for (; i < n; i += kStep) parts[0] = Add(parts[0], Load(D(), from + i));
  Vector<float> sum = parts[0];
  HWY_UNROLL(8) for (std::size_t p = 1; p < kParts; ++p) sum = Add(sum, parts[p]);
  return hwy::HWY_NAMESPACE::GetLane(sum);
}

void write(float* to, std::size_t n) {
  const Vector<float> zero = Zero(D());
  for (std::size_t i = 0; i < n; i += kStep) Store(zero, D(), to + i);
}

void update(float* v, float* sums, std::size_t n) {
  const Vector<float> decay = Set(D(), 0.9F), zero = Zero(D());
  for (std::size_t i = 0; i < n; i += kStep) {
    Store(Add(Mul(Load(D(), v + i), decay), Load(D(), sums + i)), D(), v + i);
    Store(zero, D(), sums + i);
  }
}

const FloorLoops kFloorLoops{&row_add, &read, &write, &update};

}  // namespace
}  // namespace ranvier::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ranvier::bench {

const FloorLoops& floor_loops(simd::Isa isa) { RANVIER_CHOOSE_ISA(isa, kFloorLoops); }

void scatter_add(float* sums, const std::int32_t* targets, const float* weights, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) sums[targets[i]] += weights[i];
}

}  // namespace ranvier::bench
#endif
