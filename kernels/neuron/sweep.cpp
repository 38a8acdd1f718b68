#include "kernels/neuron/sweep.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "kernels/neuron/blocks.h"
#include "kernels/neuron/match.h"

namespace ranvier::neuron {
namespace {

class FusedSweep final : public Sweep {
 public:
  FusedSweep(simd::Isa isa, const Graph& graph, const Match& match) : expand_(program::block_kernels(isa).expand(RVD_F32)) {
    unit_ = match.unit;
    fused_ = true;
    spread_.reserve(match.coefficient_count * kPad * sizeof(float));
    bool each = false;
    for (std::uint8_t k = 0; k < match.coefficient_count; ++k) {
      const Graph::Value& value = graph.coefficients[match.coefficients[k]];
      bind(k, value);
      each = each || (k != match.bias && value.each != nullptr);
    }
    std::memcpy(bound_.states, match.states, sizeof bound_.states);
    bound_.sum = match.sum;
    loop_ = fused_kernels(isa).loops[match.known][match.front][each];
  }

  void run(const SweepArgs& args, Scratch&) const override {
    loop_(bound_, args);
    if (args.begin == args.end) return;
    std::uint64_t* const mask = args.mask + args.begin / kPad;
    const std::size_t words = (args.end - args.begin + kPad - 1) / kPad;
    if (args.end % kPad != 0) mask[words - 1] &= (std::uint64_t{1} << args.end % kPad) - 1;
    if (unit_ && args.values != nullptr) expand_(mask, words * kPad, static_cast<float*>(args.values) + args.begin);
  }

 private:
  void bind(std::uint8_t k, const Graph::Value& value) {
    float* const spread = reinterpret_cast<float*>(spread_.data()) + k * kPad;
    for (std::size_t i = 0; i < kPad; ++i) std::memcpy(spread + i, &value.bits, sizeof(float));
    bound_.coefficients[k] = value.each != nullptr ? static_cast<const float*>(value.each) : spread;
    bound_.each[k] = value.each != nullptr ? ~std::size_t{0} : 0;
  }

  FusedLoop loop_;
  program::BlockExpand expand_;
  Bound bound_{};
  Scratch spread_;
};

std::unique_ptr<Sweep> sweep_of(simd::Isa isa, const Graph& graph, bool fused) {
  if (fused) {
    if (const std::optional<Match> found = match(graph)) return std::make_unique<FusedSweep>(isa, graph, *found);
  }
  return std::make_unique<BlockSweep>(isa, graph);
}

}  // namespace

void Scratch::reserve(std::size_t bytes) {
  if (bytes <= size_) return;
  const std::size_t size = (bytes + 63) / 64 * 64;
  bytes_.reset(static_cast<std::byte*>(std::aligned_alloc(64, size)));
  if (bytes_ == nullptr) throw std::bad_alloc();
  size_ = size;
}

void Scratch::Free::operator()(std::byte* bytes) const { std::free(bytes); }

std::unique_ptr<Sweep> make_sweep(simd::Isa isa, Program program, bool fused) {
  return sweep_of(isa, graph_of(program, nullptr, 0), fused);
}

std::unique_ptr<Sweep> make_sweep(simd::Isa isa, Program program, Program front, std::uint32_t receptor, bool fused) {
  return sweep_of(isa, graph_of(program, &front, receptor), fused);
}

}  // namespace ranvier::neuron
