// Pass 4: what a feedback edge carries before the first step, where its network says so: its source's response to silence.
//
// The response of a stateless node is its program on the terms that other stateless nodes send it while all neurons and inputs
// are silent, in the contract's order: the longer delay first (it was emitted earlier), then projection, then source; the
// node's own constant last.
#include <algorithm>
#include <cstring>

#include <ranvier/plan_view.hpp>

#include "core/lower/lowering.h"
#include "kernels/program/block.h"

namespace ranvier::lower {
namespace {

template <class Visitor>
decltype(auto) visit(DType type, Visitor&& visitor) {
  switch (type) {
    case DType::f32: return visitor(float{});
    case DType::f64: return visitor(double{});
    case DType::i32: return visitor(std::uint32_t{});  // unsigned: integers wrap
    default: return visitor(std::uint64_t{});
  }
}

template <class T>
const T* elements(const Tensor& tensor) {
  return static_cast<const T*>(tensor.data());
}

/// Adds a projection's terms, source by source.
template <class T>
void add_terms(const plan::Projection& projection, const Tensor& response, Tensor& sum) {
  const T* weights = projection.weights.empty() ? nullptr : elements<T>(projection.weights);
  const bool shared = projection.weights.size() == 1;
  const T* source = elements<T>(response);
  T* out = static_cast<T*>(sum.mutable_data());
  const auto add = [&](std::size_t target, std::size_t weight, std::size_t s) {
    out[target] += weights == nullptr ? source[s] : weights[weight] * source[s];
  };
  for (std::size_t s = 0; s < response.size(); ++s) {
    if (projection.kind == RVD_PROJECTION_DENSE) {
      for (std::size_t t = 0; t < sum.size(); ++t) add(t, s * sum.size() + t, s);
    } else if (projection.kind == RVD_PROJECTION_ONE_TO_ONE) {
      add(s, shared ? 0 : s, s);
    } else if (projection.kind == RVD_PROJECTION_SPARSE) {
      const std::int64_t* rows = projection.rows.data<std::int64_t>();
      const std::int32_t* targets = projection.targets.empty() ? nullptr : projection.targets.data<std::int32_t>();
      for (auto k = static_cast<std::size_t>(rows[s]); k < static_cast<std::size_t>(rows[s + 1]); ++k) {
        add(static_cast<std::size_t>(targets[k]), shared ? 0 : k, s);
      }
    } else {
      rvd::each_in_window(projection.window, s, [&](std::uint64_t target, std::uint64_t weight) { add(target, weight, s); });
    }
  }
}

/// A stateless population's program on these sums, one a receptor.
Tensor emitted(const plan::Population& population, const std::vector<Tensor>& sums) {
  const std::size_t count = element_count(population.shape);
  std::vector<Tensor> registers(population.registers);
  const auto fill = [&](DType type, const void* element) {
    Tensor result(Shape{count}, type);
    for (std::size_t i = 0; i < count; ++i) {
      std::memcpy(static_cast<std::byte*>(result.mutable_data()) + i * size_of(type), element, size_of(type));
    }
    return result;
  };
  const auto at = [&](std::uint16_t reg) { return registers[reg].data(); };
  const program::BlockKernels& loops = program::block_kernels(simd::Isa::scalar);
  for (const rvd_op& op : population.ops) {
    if (op.code == RVD_OP_EMIT) return registers[op.a];
    if (op.code == RVD_OP_RECEPTOR) {
      registers[op.dst] = sums[op.a];
    } else if (op.code == RVD_OP_CONST) {
      registers[op.dst] = fill(static_cast<DType>(op.type), &op.imm);
    } else if (op.code == RVD_OP_COEFF) {
      const Tensor& values = population.coefficients[op.a].values;
      registers[op.dst] = values.size() == 1 ? fill(values.dtype(), values.data()) : values;
    } else {
      const bool compares = op.code >= RVD_OP_EQ && op.code <= RVD_OP_GE;
      Tensor result(Shape{count}, compares ? DType::i32 : static_cast<DType>(op.type));
      loops.op(op.code, op.type, op.from)(result.mutable_data(), at(op.a), at(op.b), at(op.c), op.imm, count);
      registers[op.dst] = result;
    }
  }
  return {};
}

class Silence {
 public:
  explicit Silence(Lowering& l) : l_(l), state_(l.out.populations.size()), response_(state_.size()), terms_(state_.size()) {
    for (const plan::Projection& projection : l.out.projections) {
      const bool stateless = (l.out.populations[projection.source].flags & RVD_POPULATION_STATELESS) != 0;
      if (stateless) terms_[projection.target].push_back(&projection);
    }
    for (auto& terms : terms_) {
      std::stable_sort(terms.begin(), terms.end(), [](const auto* a, const auto* b) { return a->delay > b->delay; });
    }
  }

  const Tensor& of(std::uint32_t population) {
    if (state_[population] == kDone) return response_[population];
    const plan::Population& node = l_.out.populations[population];
    response_[population] = Tensor(Shape{element_count(node.shape)}, node.value_type);
    if (state_[population] == kBusy || depth_ == kMaxDepth) {
      const std::string reason = state_[population] == kBusy ? "itself" : "more than 1000 nodes in a row";
      l_.problems.add(Code::bad_graph, "The response of '" + node.name + "' to silence depends on " + reason + ".", node.name,
                      "Load with feedback_bias=1, or put a neuron into its cycle.");
      return response_[population];
    }
    const auto random = [](const rvd_op& op) { return op.code == RVD_OP_RANDOM; };
    if (std::any_of(node.ops.begin(), node.ops.end(), random)) {
      l_.problems.add(Code::bad_graph, "The response of '" + node.name + "' to silence is random.", node.name,
                      "Load with feedback_bias=1.");
      return response_[population];
    }
    state_[population] = kBusy;
    ++depth_;
    if ((node.flags & RVD_POPULATION_STATELESS) != 0) response_[population] = emitted(node, sums_of(population));
    --depth_;
    state_[population] = kDone;
    return response_[population];
  }

 private:
  enum State : char { kUnknown, kBusy, kDone };
  static constexpr int kMaxDepth = 1000;  // of the recursion: a file may ask for any

  std::vector<Tensor> sums_of(std::uint32_t population) {
    const plan::Population& node = l_.out.populations[population];
    std::vector<Tensor> sums;
    for (const plan::Receptor& receptor : node.receptors) sums.emplace_back(Shape{element_count(node.shape)}, receptor.type);
    for (const plan::Projection* projection : terms_[population]) {
      const Tensor response = of(projection->source);
      visit(response.dtype(), [&](auto zero) { add_terms<decltype(zero)>(*projection, response, sums[projection->receptor]); });
    }
    return sums;
  }

  Lowering& l_;
  std::vector<State> state_;
  std::vector<Tensor> response_;
  std::vector<std::vector<const plan::Projection*>> terms_;  ///< of stateless sources, by target; the longer delay first
  int depth_ = 0;
};

}  // namespace

void pass_priors(Lowering& l) {
  Silence silence(l);
  for (std::size_t k = 0; k < l.out.projections.size(); ++k) {
    plan::Projection& projection = l.out.projections[k];
    const bool feedback = (projection.flags & RVD_PROJECTION_FEEDBACK) != 0;
    if (!feedback || projection.delay == 0 || !l.graph.edges[l.edge_of[k]].feedback_bias_from_start) continue;
    const Tensor& response = silence.of(projection.source);
    bool any = false;
    for (std::size_t i = 0; i < response.size(); ++i) any = any || response.at(i) != 0;
    if (any) projection.prior = response;
  }
}

}  // namespace ranvier::lower
