#include "kernels/neuron/fused.h"

#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/neuron/fused.cpp"
#include "kernels/simd/simd.h"

HWY_BEFORE_NAMESPACE();
#include "kernels/program/float_ops.h"

namespace ranvier::neuron::HWY_NAMESPACE {

using namespace simd::HWY_NAMESPACE;

/// `kEach`: every coefficient is read by position; otherwise only the front's, and others are spread over a vector before.
template <std::size_t kIndex, bool kFront, bool kEach>
class Loop {
  static constexpr const Equations& kEquation = kEquations<kIndex, kFront>;
  static constexpr std::size_t kCoefficients = kEquation.coefficients + 1;  // at least one, for the arrays' sake
  static constexpr bool varies(std::size_t coefficient) { return kEach || coefficient == kEquation.bias; }

  /// Where the neurons of a mask's word lie, and what is the same for all.
  struct Operands {
    const float* coefficients[kCoefficients];
    Vector<float> spread[kCoefficients];
    float* states[Equations::kMaxStates];
    float* sums[Equations::kMaxSums];
  };

  /// Results of the operations. Their numbers are constants once all is inlined, so that these arrays are registers.
  struct Results {
    Vector<float> vectors[kEquation.count];
    Mask<float> masks[kEquation.count];
  };

  template <std::size_t kNode>
  static RANVIER_INLINE void evaluate(Results& results, const Operands& operands, std::size_t i) {
    constexpr Node kOp = kEquation.nodes[kNode];
    const Tag<float> tag;
    Vector<float>* const v = results.vectors;
    if constexpr (kOp.code == RVD_OP_STATE) {
      v[kNode] = Load(tag, operands.states[kOp.a] + i);
    } else if constexpr (kOp.code == RVD_OP_RECEPTOR) {
      v[kNode] = Load(tag, operands.sums[kOp.a] + i);
    } else if constexpr (kOp.code == RVD_OP_COEFF) {
      if constexpr (varies(kOp.a)) v[kNode] = Load(tag, operands.coefficients[kOp.a] + i);
      else v[kNode] = operands.spread[kOp.a];
    } else if constexpr (kOp.code == RVD_OP_CONVERT) {
      v[kNode] = IfThenElseZero(results.masks[kOp.a], Set(tag, 1.0F));
    } else if constexpr (kOp.code == RVD_OP_SELECT) {
      v[kNode] = IfThenElse(results.masks[kOp.a], v[kOp.b], v[kOp.c]);
    } else if constexpr (is_comparison(kOp.code)) {
      results.masks[kNode] = program::HWY_NAMESPACE::comparison<kOp.code, float>(v[kOp.a], v[kOp.b]);
    } else {
      v[kNode] = program::HWY_NAMESPACE::arithmetic<kOp.code, float>(v[kOp.a], v[kOp.b]);
    }
  }

  template <std::size_t... kNode>
  static RANVIER_INLINE void evaluate_all(Results& results, const Operands& operands, std::size_t i,
                                          std::index_sequence<kNode...>) {
    (evaluate<kNode>(results, operands, i), ...);
  }

  /// One vector of neurons; returns the bits of those that emit.
  static RANVIER_INLINE std::uint64_t update(const Operands& operands, float* values, std::size_t i) {
    const Tag<float> tag;
    Results results;
    evaluate_all(results, operands, i, std::make_index_sequence<kEquation.count>());
    for (std::size_t k = 0; k < kEquation.sums; ++k) Store(Zero(tag), tag, operands.sums[k] + i);
    for (std::size_t k = 0; k < kEquation.stored; ++k) {
      const Equations::Store store = kEquation.stores[k];
      Store(program::HWY_NAMESPACE::flushed<float>(results.vectors[store.node]), tag, operands.states[store.state] + i);
    }
    if constexpr (kEquation.unit()) return bits_of<float>(results.masks[kEquation.emitted]);
    const Vector<float> value = results.vectors[kEquation.emitted];
    Store(value, tag, values + i);
    return bits_of<float>(Not(value == Zero(tag)));
  }

  /// Those of the word that begins at position i.
  static RANVIER_INLINE void move_to(Operands& operands, const Bound& bound, const SweepArgs& args, std::size_t i) {
    for (std::size_t k = 0; k < kEquation.coefficients; ++k) {
      if (varies(k)) operands.coefficients[k] = bound.coefficients[k] + (i & bound.each[k]);
    }
    for (std::size_t k = 0; k < kEquation.states; ++k) {
      operands.states[k] = static_cast<float*>(args.states[bound.states[k]]) + i;
    }
    operands.sums[0] = static_cast<float*>(args.sums[bound.sum]) + i;
    if constexpr (kFront) operands.sums[1] = static_cast<float*>(args.inner) + i;
  }

 public:
  static void run(const Bound& bound, const SweepArgs& args) {
    Operands operands;
    for (std::size_t k = 0; k < kEquation.coefficients; ++k) {
      if (!varies(k)) operands.spread[k] = Load(Tag<float>(), bound.coefficients[k]);
    }
    for (std::size_t i = args.begin; i < args.end; i += 64) {
      move_to(operands, bound, args, i);
      float* const values = kEquation.unit() ? nullptr : static_cast<float*>(args.values) + i;
      std::uint64_t word = 0;
      for (std::size_t lane = 0; lane < 64; lane += kLanes<float>) word |= update(operands, values, lane) << lane;
      args.mask[i / 64] = word;
    }
  }
};

template <std::size_t kIndex>
constexpr void fill(FusedKernels& kernels) {
  kernels.loops[kIndex][false][false] = Loop<kIndex, false, false>::run;
  kernels.loops[kIndex][false][true] = Loop<kIndex, false, true>::run;
  kernels.loops[kIndex][true][false] = Loop<kIndex, true, false>::run;
  kernels.loops[kIndex][true][true] = Loop<kIndex, true, true>::run;
}

template <std::size_t... kIndex>
constexpr FusedKernels all(std::index_sequence<kIndex...>) {
  FusedKernels kernels{};
  (fill<kIndex>(kernels), ...);
  return kernels;
}

constexpr FusedKernels kKernels = all(std::make_index_sequence<kKnownCount>());

}  // namespace ranvier::neuron::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ranvier::neuron {

const FusedKernels& fused_kernels(simd::Isa isa) { RANVIER_CHOOSE_ISA(isa, kKernels) }

}  // namespace ranvier::neuron
#endif
