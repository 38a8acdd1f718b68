/// State and clock of a network on the chip. Blocks of steps are run lane by lane; within a step populations come in the plan's
/// order: events arrive, neurons are updated, who fired stands in a mask and is listed.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ranvier/driver.hpp>

#include "devices/common/input.h"
#include "devices/common/record.h"
#include "devices/common/work.h"
#include "devices/loihi/executable.h"
#include "kernels/simd/buffer.h"
#include "kernels/synapse/events.h"

namespace ranvier::loihi {

class Session : public rvd::Session {
 public:
  Session(const Executable& executable, const rvd_session_args& args);

  std::uint64_t clock() const override { return clock_; }
  void write(const rvd_block& block, rvd_io& io) override;
  rvd_status run(std::uint64_t until, const rvd::Watch& watch) override;
  void read(rvd_block& block) override;
  void probe_set(std::uint32_t population, std::string_view variable, std::uint64_t every) override;
  void probe_read(std::string_view variable, rvd_block& block) override;
  void reset() override;
  void counters(const rvd::Facts& facts) override;

 private:
  /// Events of a step, listed once for all who need them.
  struct List {
    std::uint64_t step = 0;
    std::uint32_t lane = 0;
    bool known = false;
    synapse::Events events{nullptr, nullptr, 0};
    simd::Buffer ids, values;
  };
  struct Population {
    explicit Population(devices::EventRecord of) : record(std::move(of)) {}

    simd::Buffer u, v, wait;  ///< [lane][neuron]; i64, of which the narrow loop takes the first half as i32
    bool narrow = true;
    fixed::Step step = nullptr;
    fixed::Tally tally;
    fixed::Parameters parameters;
    std::vector<fixed::Sum> sums;
    std::vector<simd::Buffer> terms;
    simd::Buffer noise;
    /// Who emitted in the last steps: a bit a neuron [lane][step % ring][word]; and what, where it is not 1 [lane][step % ring][neuron].
    std::uint64_t ring = 1;  ///< a power of two
    std::size_t words = 0;
    simd::Buffer masks, values;
    List lists[2];  ///< by parity of the step
    std::unique_ptr<devices::Input> input;
    devices::EventRecord record;
    std::vector<std::uint64_t> spikes, hashes;  ///< [lane]
    std::vector<std::uint32_t> wires;           ///< into this output
  };

  const rvd_population& record_of(std::uint32_t population) const;
  void add_population(std::uint32_t index);
  void start_states();
  void widen(std::uint32_t index);
  void open(std::uint64_t begin, std::uint32_t steps);
  void close(std::uint64_t begin, std::uint32_t steps);
  void step(std::uint32_t lane, std::uint64_t n, std::uint32_t step_of_block);
  void arrive(std::uint32_t index, std::uint32_t lane, std::uint64_t n);
  void update(std::uint32_t index, std::uint32_t lane, std::uint64_t n);
  void update_graded(std::uint32_t index, std::uint32_t lane, std::uint64_t n);
  void show(std::uint32_t index, std::uint32_t lane, std::uint64_t n);
  void add_up(std::uint32_t output, std::uint32_t lane, std::uint64_t n);
  void collect(std::uint32_t index, std::uint32_t lane, std::uint64_t n, std::uint32_t step_of_block);
  void log_states(std::uint32_t index, std::uint32_t lane, std::uint64_t n);
  std::int64_t state(const simd::Buffer& buffer, bool narrow, std::size_t at) const;
  synapse::Events events_of(std::uint32_t index, std::uint32_t lane, std::uint64_t n);
  std::uint64_t* mask_of(Population& population, std::uint32_t lane, std::uint64_t n) const;
  std::byte* values_of(std::uint32_t index, std::uint32_t lane, std::uint64_t n);
  const rvd_block& whole(const rvd_block& block, rvd_block& made);

  const Executable& executable_;
  const Prepared& prepared_;
  const synapse::EventKernels& kernels_;
  std::uint32_t lanes_;
  std::uint64_t first_step_, seed_;
  std::uint32_t first_lane_;
  std::uint64_t clock_;
  std::uint64_t late_ = 0;
  double largest_input_ = 1;
  double step_ns_ = 0;  ///< of a step, all lanes; 0: not known yet
  std::vector<Population> populations_;
  rvd::StateLogs logs_;
  devices::Work work_;
  std::vector<std::int32_t> written_;  ///< values of a block as integers
  std::vector<double> sums_;           ///< of an output
  std::vector<std::int64_t> whole_sums_;
};

}  // namespace ranvier::loihi
