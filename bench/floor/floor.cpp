// What can this machine do at best? The loops of loops.h over sizes from the L1 cache to memory, on the widest instruction set:
// the floor that the kernels are held against. Prints a table, or with --json the same as JSON.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "bench/floor/loops.h"
#include "kernels/random/mix.h"
#include "kernels/simd/isa.h"

namespace {

using ranvier::bench::FloorLoops;
using Clock = std::chrono::steady_clock;

/// On a cache line. Arrays that are used together have different places of a page: a load at the same one as an earlier store's
/// waits for it.
class Floats {
 public:
  Floats(std::size_t n, std::size_t place)
      : offset_(place * kApart), values_(static_cast<float*>(::operator new((n + offset_) * sizeof(float), kPage))) {
    std::fill_n(values_.get(), n + offset_, 0.0F);
  }
  float* data() const { return values_.get() + offset_; }

 private:
  static constexpr std::align_val_t kPage{4096};
  static constexpr std::size_t kApart = 17 * 16;
  struct Free {
    void operator()(float* values) const { ::operator delete(values, kPage); }
  };
  std::size_t offset_;
  std::unique_ptr<float[], Free> values_;
};

/// The least of several rounds, in ns per element; a round is long enough for the clock.
template <class Loop>
double best_ns(std::size_t elements, Loop loop) {
  constexpr std::size_t kRounds = 7, kElements = std::size_t{1} << 24;
  const std::size_t repeats = std::max<std::size_t>(kElements / elements, 1);
  double best = 1e300;
  for (std::size_t round = 0; round < kRounds; ++round) {
    const Clock::time_point begin = Clock::now();
    for (std::size_t i = 0; i < repeats; ++i) loop();
    const std::chrono::duration<double, std::nano> taken = Clock::now() - begin;
    best = std::min(best, taken.count() / static_cast<double>(repeats * elements));
  }
  return best;
}

struct Figure {
  const char* loop;
  std::size_t bytes;  // of the array that is walked or scattered over
  double ns;          // per float, neuron or synapse
};

constexpr std::size_t kSizes[] = {std::size_t{16} << 10, std::size_t{256} << 10, std::size_t{4} << 20, std::size_t{128} << 20};

/// Rows of any memory onto sums that stay in L1.
double rows(const FloorLoops& loops, std::size_t n) {
  constexpr std::size_t kSums = 2048;
  const Floats sums(kSums, 0), from(n, 1);
  return best_ns(n, [&] {
    for (std::size_t i = 0; i < n; i += kSums) loops.row_add(sums.data(), from.data() + i, kSums);
  });
}

/// Synapses that are read once, to random targets among n.
double scatter(std::size_t n) {
  constexpr std::size_t kSynapses = std::size_t{1} << 20;
  const Floats sums(n, 0), weights(kSynapses, 1);
  std::vector<std::int32_t> targets(kSynapses);
  for (std::size_t i = 0; i < kSynapses; ++i) targets[i] = static_cast<std::int32_t>(ranvier::mix64(i + 1) % n);
  return best_ns(kSynapses, [&] { ranvier::bench::scatter_add(sums.data(), targets.data(), weights.data(), kSynapses); });
}

std::vector<Figure> measure(const FloorLoops& loops) {
  std::vector<Figure> figures;
  for (const std::size_t bytes : kSizes) {
    const std::size_t n = bytes / sizeof(float);
    const Floats array(n, 0), other(n / 2, 1);
    volatile float kept = 0;
    figures.push_back({"row add", bytes, rows(loops, n)});
    figures.push_back({"read", bytes, best_ns(n, [&] { kept = loops.read(array.data(), n); })});
    figures.push_back({"write", bytes, best_ns(n, [&] { loops.write(array.data(), n); })});
    figures.push_back({"update", bytes, best_ns(n / 2, [&] { loops.update(array.data(), other.data(), n / 2); })});
    figures.push_back({"scatter add", bytes, scatter(n)});
  }
  return figures;
}

void print_table(const std::string& isa, const std::vector<Figure>& figures) {
  std::printf("%s, one thread, best of 7, ns a float (update: a neuron; scatter add: a synapse)\n%12s", isa.c_str(), "KiB");
  constexpr std::size_t kLoops = 5;
  for (std::size_t i = 0; i < kLoops; ++i) std::printf("%12s", figures[i].loop);
  for (std::size_t i = 0; i < figures.size(); ++i) {
    if (i % kLoops == 0) std::printf("\n%12zu", figures[i].bytes >> 10);
    std::printf("%12.4f", figures[i].ns);
  }
  std::printf("\n");
}

void print_json(const std::string& isa, const std::vector<Figure>& figures) {
  std::printf("{\"isa\": \"%s\", \"figures\": [", isa.c_str());
  for (std::size_t i = 0; i < figures.size(); ++i) {
    std::printf("%s\n  {\"loop\": \"%s\", \"bytes\": %zu, \"ns\": %.5f}", i == 0 ? "" : ",", figures[i].loop, figures[i].bytes,
                figures[i].ns);
  }
  std::printf("\n]}\n");
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc == 2 && std::strcmp(argv[1], "--json") == 0;
  if (argc > 1 && !json) {
    std::fprintf(stderr, "usage: floor [--json]\n");
    return 2;
  }
  const ranvier::simd::Isa isa = ranvier::simd::available().back();
  const std::vector<Figure> figures = measure(ranvier::bench::floor_loops(isa));
  (json ? print_json : print_table)(std::string(ranvier::simd::name(isa)), figures);
}
