#include "devices/loihi/latency.h"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace ranvier::loihi {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// How much later than its source a hop's target must be: 1 less the steps that it takes anyway.
std::int64_t later_by(const Hop& hop) { return 1 - static_cast<std::int64_t>(hop.delay + hop.added); }

/// The hops of a loop that demands of its populations to be later than themselves, or none.
struct Search {
  std::vector<std::int64_t> latency;
  std::vector<std::size_t> last;  // the hop that set it

  Search(std::size_t populations, const std::vector<Hop>& hops) : latency(populations, 0), last(populations, kNone) {
    bool moved = true;
    for (std::size_t round = 0; moved && round <= populations; ++round) {
      moved = false;
      for (std::size_t h = 0; h < hops.size(); ++h) {
        const std::int64_t wanted = latency[hops[h].source] + later_by(hops[h]);
        if (wanted <= latency[hops[h].target]) continue;
        latency[hops[h].target] = wanted;
        last[hops[h].target] = h;
        moved = true;
      }
    }
    endless = moved;
  }

  std::vector<std::size_t> loop(const std::vector<Hop>& hops) const {
    // A hop that was set in the last round hangs behind the loop: as many steps back as there are populations end inside it.
    std::vector<std::size_t> seen(latency.size(), 0);
    for (std::size_t start = 0; start < latency.size(); ++start) {
      std::vector<std::size_t> way;
      std::size_t at = start;
      while (last[at] != kNone && seen[at] != start + 1) {
        seen[at] = start + 1;
        way.push_back(last[at]);
        at = hops[last[at]].source;
      }
      if (last[at] == kNone) continue;
      const auto begin = std::find_if(way.begin(), way.end(), [&](std::size_t h) { return hops[h].target == at; });
      return {begin, way.end()};
    }
    return {};
  }

  bool endless = false;
};

/// The hop of a loop that goes back in the order of update: there is one, and it has a delay already.
std::size_t backward(const std::vector<std::size_t>& loop, const std::vector<Hop>& hops) {
  return *std::find_if(loop.begin(), loop.end(), [&](std::size_t h) { return hops[h].source >= hops[h].target; });
}

}  // namespace

std::vector<std::uint64_t> latencies(std::size_t populations, std::vector<Hop>& hops) {
  Search search(populations, hops);
  while (search.endless) {
    const std::vector<std::size_t> loop = search.loop(hops);
    std::int64_t excess = 0;
    for (const std::size_t h : loop) excess += later_by(hops[h]);
    hops[backward(loop, hops)].added += static_cast<std::uint64_t>(excess);
    search = Search(populations, hops);
  }
  return {search.latency.begin(), search.latency.end()};
}

}  // namespace ranvier::loihi
