// Pass 4: what a feedback edge carries before the first step, where its network says so: its source's response to silence.
//
// The response of a stateless node is its program on the terms that other stateless nodes send it while all neurons and inputs
// are silent, in the contract's order: the longer delay first (it was emitted earlier), then projection, then source; the
// node's own constant last.
#include <algorithm>

#include "core/lower/lowering.h"

namespace ranvier::lower {
namespace {

class Silence {
 public:
  explicit Silence(Lowering& l) : l_(l), state_(l.out.populations.size()), response_(state_.size()) {}

  const std::vector<float>& of(std::uint32_t population) {
    if (state_[population] == kDone) return response_[population];
    const plan::Population& node = l_.out.populations[population];
    std::vector<float> sum(element_count(node.shape), 0.0F);
    if (state_[population] == kBusy || depth_ == kMaxDepth) {
      const std::string reason = state_[population] == kBusy ? "itself" : "more than 1000 nodes in a row";
      l_.problems.add(Code::bad_graph, "The response of '" + node.name + "' to silence depends on " + reason + ".", node.name,
                      "Load with feedback_bias=1, or put a neuron into its cycle.");
      return response_[population] = sum;
    }
    state_[population] = kBusy;
    ++depth_;
    if ((node.flags & RVD_POPULATION_STATELESS) != 0) {
      for (const plan::Projection* projection : terms_of(population)) add(*projection, of(projection->source), sum);
      for (const plan::Value& constant : node.coefficients) {
        const auto values = constant.values.values<float>();
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += values[values.size() == 1 ? 0 : i];
      }
    }
    --depth_;
    state_[population] = kDone;
    return response_[population] = sum;
  }

 private:
  enum State : char { kUnknown, kBusy, kDone };
  static constexpr int kMaxDepth = 1000;  // of the recursion: a file may ask for any

  std::vector<const plan::Projection*> terms_of(std::uint32_t population) const {
    std::vector<const plan::Projection*> terms;
    for (const plan::Projection& projection : l_.out.projections) {
      const bool stateless = (l_.out.populations[projection.source].flags & RVD_POPULATION_STATELESS) != 0;
      if (projection.target == population && stateless) terms.push_back(&projection);
    }
    std::stable_sort(terms.begin(), terms.end(), [](const auto* a, const auto* b) { return a->delay > b->delay; });
    return terms;
  }

  static void add(const plan::Projection& projection, const std::vector<float>& source, std::vector<float>& sum) {
    const float* weights = projection.weights.empty() ? nullptr : projection.weights.data<float>();
    if (projection.kind == RVD_PROJECTION_DENSE) {
      for (std::size_t s = 0; s < source.size(); ++s) {
        for (std::size_t t = 0; t < sum.size(); ++t) sum[t] += weights[s * sum.size() + t] * source[s];
      }
      return;
    }
    const bool shared = projection.weights.size() == 1;
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] += weights == nullptr ? source[i] : weights[shared ? 0 : i] * source[i];
    }
  }

  Lowering& l_;
  std::vector<State> state_;
  std::vector<std::vector<float>> response_;
  int depth_ = 0;
};

}  // namespace

void pass_priors(Lowering& l) {
  Silence silence(l);
  for (std::size_t k = 0; k < l.out.projections.size(); ++k) {
    plan::Projection& projection = l.out.projections[k];
    const bool feedback = (projection.flags & RVD_PROJECTION_FEEDBACK) != 0;
    if (!feedback || projection.delay == 0 || !l.graph.edges[l.edge_of[k]].feedback_bias_from_start) continue;
    const std::vector<float>& response = silence.of(projection.source);
    if (std::all_of(response.begin(), response.end(), [](float value) { return value == 0; })) continue;
    projection.prior = Tensor::view(response, Shape{response.size()}).clone();
  }
}

}  // namespace ranvier::lower
