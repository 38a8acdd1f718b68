#include "devices/cpu/schedule.h"

#include <algorithm>
#include <numeric>

namespace ranvier::cpu {
namespace {

constexpr std::size_t kSmallestSlice = 256;  // positions; below, a sweep is too short to be worth a meeting

/// Cuts at whole rows of a map, which begin on a block of positions as well.
std::vector<Slice> cut(const Neurons& neurons, std::size_t row, unsigned most, std::size_t smallest) {
  const std::size_t grain = std::lcm(row, neuron::kPad);
  const std::size_t grains = (neurons.count + grain - 1) / grain;
  const std::size_t least = (smallest + grain - 1) / grain;
  const std::size_t parts = std::clamp<std::size_t>(grains / least, 1, most);
  std::vector<Slice> slices;
  for (std::size_t k = 0; k < parts; ++k) {
    slices.push_back({grains * k / parts * grain, std::min<std::size_t>(grains * (k + 1) / parts * grain, neurons.count)});
  }
  return slices;
}

/// Tarjan's algorithm without recursion: components of the graph of stages, numbered so that edges lead from higher to lower.
class Components {
 public:
  explicit Components(const std::vector<std::vector<std::size_t>>& next)
      : next_(next), of(next.size()), order_(next.size()), low_(next.size()), on_(next.size()) {
    for (std::size_t node = 0; node < next_.size(); ++node) {
      if (order_[node] == 0) visit(node);
    }
  }

 private:
  const std::vector<std::vector<std::size_t>>& next_;

 public:
  std::vector<std::size_t> of;
  std::size_t count = 0;

 private:
  struct Frame {
    std::size_t node, at;
  };

  void enter(std::size_t node) {
    order_[node] = low_[node] = ++visited_;
    stack_.push_back(node);
    on_[node] = true;
    frames_.push_back({node, 0});
  }

  void visit(std::size_t root) {
    enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const std::size_t node = frame.node;
      if (frame.at < next_[node].size()) {
        const std::size_t to = next_[node][frame.at++];
        if (order_[to] == 0) {
          enter(to);
        } else if (on_[to]) {
          low_[node] = std::min(low_[node], order_[to]);
        }
        continue;
      }
      frames_.pop_back();
      if (!frames_.empty()) low_[frames_.back().node] = std::min(low_[frames_.back().node], low_[node]);
      if (low_[node] == order_[node]) leave(node);
    }
  }

  void leave(std::size_t node) {
    while (true) {
      const std::size_t member = stack_.back();
      stack_.pop_back();
      on_[member] = false;
      of[member] = count;
      if (member == node) break;
    }
    ++count;
  }

  std::vector<std::size_t> order_, low_;
  std::vector<bool> on_;
  std::vector<std::size_t> stack_;
  std::vector<Frame> frames_;
  std::size_t visited_ = 0;
};

}  // namespace

Schedule::Schedule(const Compiled& compiled, const std::vector<bool>& watched, unsigned slices)
    : ordered(compiled.populations().size()) {
  add_stages(compiled, watched, slices);
  add_arrivals(compiled);
  for (std::uint32_t index = 0; index < watched.size(); ++index) {
    const Neurons& neurons = compiled.populations()[index];
    // What a delay keeps must not change its order when a probe is set in between.
    if (watched[index] || compiled.longest_delay(index) != 0) ordered[neurons.relays ? *neurons.relays : index] = true;
  }
  sort_into_segments(compiled);
}

void Schedule::add_stages(const Compiled& compiled, const std::vector<bool>& watched, unsigned slices) {
  const auto& populations = compiled.populations();
  const std::size_t smallest = compiled.options().share == Share::slices ? 1 : kSmallestSlice;
  std::vector<std::size_t> row(populations.size(), 1);
  std::vector<bool> whole(populations.size());
  for (const Axon& axon : compiled.axons()) {
    // A map is cut at its rows; rows of synapses know no slices.
    const rvd_projection& record = compiled.plan().projections()[static_cast<std::uint64_t>(&axon - compiled.axons().data())];
    if (rvd::has_window(axon.kind)) {
      row[axon.target] = std::lcm(row[axon.target], std::size_t{record.window.out[1]} * record.window.channels_out);
    }
    whole[axon.target] = whole[axon.target] || axon.kind == RVD_PROJECTION_SPARSE || !axon.rows.empty();
  }
  for (std::uint32_t index = 0; index < populations.size(); ++index) {
    const Neurons& neurons = populations[index];
    const bool swept_elsewhere = neurons.front_of && !watched[index];
    if (neurons.input || neurons.relays || swept_elsewhere) continue;
    const bool joint = neurons.front && !watched[*neurons.front];
    const std::size_t front_row = joint ? row[*neurons.front] : 1;
    const bool uncut = whole[index] || (joint && whole[*neurons.front]);
    stages.push_back({index,
                      joint ? neurons.joint.get() : neurons.sweep.get(),
                      joint,
                      {},
                      cut(neurons, std::lcm(row[index], front_row), uncut ? 1 : slices, smallest)});
  }
}

void Schedule::add_arrivals(const Compiled& compiled) {
  constexpr std::size_t kNone = ~std::size_t{0};
  const auto& populations = compiled.populations();
  std::vector<std::size_t> stage_of(populations.size(), kNone);
  for (std::size_t k = 0; k < stages.size(); ++k) {
    stage_of[stages[k].population] = k;
    if (stages[k].joint) stage_of[*populations[stages[k].population].front] = k;
  }
  for (const Axon& axon : compiled.axons()) {
    const std::size_t at = stage_of[axon.target];
    if (at == kNone) continue;                                                                  // into a relay
    if (stages[at].joint && populations[stages[at].population].front == axon.source) continue;  // within the stage
    const bool to_front = stages[at].population != axon.target;
    const std::uint32_t source = populations[axon.source].relays ? *populations[axon.source].relays : axon.source;
    stages[at].arrivals.push_back({&axon, source, to_front ? populations[stages[at].population].receptors : axon.receptor});
    if (axon.ordered) ordered[source] = true;
  }
  for (Stage& stage : stages) {
    std::stable_sort(stage.arrivals.begin(), stage.arrivals.end(),
                     [](const Arrival& a, const Arrival& b) { return a.axon->delay > b.axon->delay; });
  }
}

void Schedule::sort_into_segments(const Compiled& compiled) {
  constexpr std::size_t kNone = ~std::size_t{0};
  std::vector<std::size_t> stage_of(compiled.populations().size(), kNone);
  for (std::size_t k = 0; k < stages.size(); ++k) stage_of[stages[k].population] = k;
  std::vector<std::vector<std::size_t>> next(stages.size());
  std::vector<bool> loops(stages.size());
  for (std::size_t k = 0; k < stages.size(); ++k) {
    for (const Arrival& arrival : stages[k].arrivals) {
      const std::size_t from = stage_of[arrival.source];
      if (from == kNone) continue;
      next[from].push_back(k);
      loops[k] = loops[k] || from == k;
    }
  }
  const Components components(next);
  std::vector<std::size_t> order(stages.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return components.of[a] > components.of[b]; });
  std::vector<Stage> sorted;
  for (std::size_t k = 0; k < order.size(); ++k) {
    if (k == 0 || components.of[order[k]] != components.of[order[k - 1]]) segments.push_back({k, k, loops[order[k]]});
    Segment& segment = segments.back();
    segment.recurrent = segment.recurrent || segment.end != segment.begin;
    segment.end = k + 1;
    sorted.push_back(std::move(stages[order[k]]));
  }
  stages = std::move(sorted);
}

}  // namespace ranvier::cpu
