/// What the cpu device makes of a plan, and its sessions.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include <ranvier/driver.hpp>

#include "devices/common/input.h"
#include "devices/common/record.h"
#include "devices/common/work.h"
#include "devices/cpu/compiled.h"
#include "devices/cpu/schedule.h"
#include "devices/cpu/team.h"

namespace ranvier::cpu {

using devices::EventRecord, devices::Input, devices::Work;

constexpr std::string_view kMaker = "cpu 0.2.0";

constexpr std::uint32_t kMostSteps = 16;     // of a block: enough that a meeting of threads costs little
constexpr std::uint32_t kPipelineSteps = 4;  // of a block, of which a pipeline has as many under way as it has parts
constexpr std::size_t kSlack = 16;           // events that a kernel may write beyond the last

class Executable : public rvd::Executable {
 public:
  Executable(rvd::PlanCopy plan, const Options& options) : plan_(std::move(plan)), compiled_(plan_.view(), options) {}
  void save(const rvd::Sink& sink) const override {
    rvd::save(sink, kMaker, to_text(compiled_.options()), plan_.data(), plan_.size());
  }
  const Compiled& compiled() const { return compiled_; }

 private:
  rvd::PlanCopy plan_;
  Compiled compiled_;
};

/// Bytes of a session with so many lanes: state, what was emitted in the last steps, working memory of each thread.
std::uint64_t session_bytes(const Compiled& compiled, std::uint32_t lanes);

class Session : public rvd::Session {
 public:
  Session(const Compiled& compiled, const rvd_session_args& args);

  std::uint64_t clock() const override { return clock_; }
  void write(const rvd_block& block, rvd_io& io) override;
  rvd_status run(std::uint64_t until, const rvd::Watch& watch) override;
  void read(rvd_block& block) override;
  void probe_set(std::uint32_t population, std::string_view variable, std::uint64_t every) override;
  void probe_read(std::string_view variable, rvd_block& block) override;
  void reset() override;
  void counters(const rvd::Facts& facts) override;

 private:
  struct Population {
    std::vector<Buffer> states;  // [lane][position]
    /// What was emitted in the last steps: a bit a neuron [step % ring][seat][copy][word], and where values are not all 1, those
    /// [step % ring][seat][position]. Bits are by number where somebody needs events in that order, else by position. Of a map
    /// whose bits are by number each slice sets those of its own copy. What a delay keeps beyond the block has a seat for each
    /// lane, else there is one for each lane that is under way.
    Buffer masks;
    Buffer values;
    std::uint32_t ring = 0;  // a power of two
    std::uint32_t seats = 1;
    bool kept = false;
    std::uint32_t copies = 1;
    std::size_t words = 0;
    std::unique_ptr<Input> input;
    EventRecord record;
    std::vector<std::uint64_t> spikes, hashes;  // [lane]
  };

  /// What a thread has for itself.
  struct Worker {
    unsigned index = 0;
    struct List {
      std::uint64_t step, stamp;
      std::uint32_t lane;
      synapse::Events events;
    };
    std::vector<Buffer> sums;  // +0 between two sweeps
    std::vector<void*> sums_at;
    std::vector<void*> states_at;
    neuron::Scratch scratch;
    Buffer mask;    // by position
    Buffer places;  // positions of events
    Buffer spread;  // values of all sources
    // Lists of events, kept for those who need them again within the block.
    std::vector<List> lists;  // [population][step % kMostSteps]
    std::uint64_t stamp = 1;
    Buffer ids, values;
    std::size_t used = 0;  // events in those two

    void forget() {
      used = 0;
      ++stamp;
    }
  };

  /// Steps that follow each other.
  struct Block {
    std::uint64_t begin;
    std::uint32_t steps;
  };

  /// Segments that are run one after the other over a block, and what they hold.
  struct Part {
    std::size_t begin, end;                  // of the schedule's segments
    std::vector<std::uint32_t> collected;    // populations whose events somebody counts or records
    std::vector<std::uint32_t> populations;  // all of its
  };

  /// How threads share a block: each has its lanes; its slices of every stage, and they meet after each; or its part of the
  /// network, a block behind the part before.
  enum class Mode : std::uint8_t { alone, lanes, slices, pipeline };

  struct Phase {               // of slices
    const Stage* stage;        // nullptr: collecting
    std::uint32_t begin, end;  // steps of the block
  };

  void add_population(std::uint32_t index);
  void make_workers();
  void start_states();
  const rvd_population& population_of(std::uint32_t index) const;

  void make_schedule();
  Part part_of(std::size_t begin, std::size_t end) const;
  void make_parts();

  class Blocks;
  class Lanes;
  class Slices;
  class Pipeline;
  Mode mode(std::uint64_t until) const;
  Block next_block(std::uint64_t begin, std::uint64_t until, std::uint32_t most) const;
  rvd_status run_alone(std::uint64_t until, const rvd::Watch& watch);
  template <class Job>
  rvd_status run_together(Job job);
  double look(std::uint32_t steps);
  void learn(double ns);
  void pass(const Block& block);

  void open(const Part& part, const Block& block);
  void close(const Part& part, const Block& block);
  void run_part(const Part& part, std::uint32_t lane, const Block& block, Worker& worker);

  void update(const Stage& stage, std::uint32_t lane, std::uint64_t n, const Slice& slice, std::uint32_t copy, bool whole,
              Worker& worker);
  void arrive(const Arrival& arrival, std::uint32_t lane, std::uint64_t n, const Slice& slice, Worker& worker) const;
  void deliver(const Arrival& arrival, const synapse::Events& events, const void* values, const Slice& slice,
               Worker& worker) const;
  void set_bits(std::uint32_t population, std::size_t row, const Slice& slice, std::uint32_t copy, bool whole, Worker& worker);
  void log_states(std::uint32_t population, std::uint32_t lane, std::uint64_t n, const Slice& slice);
  void collect(std::uint32_t population, std::uint32_t lane, const Block& block, Worker& worker);

  std::size_t row_of(const Population& population, std::uint32_t lane, std::uint64_t n, const Worker& worker) const;
  synapse::Events events_of(std::uint32_t population, std::uint32_t lane, std::uint64_t n, Worker& worker) const;
  synapse::Events listed(std::uint32_t population, std::uint32_t lane, std::uint64_t n, Worker& worker) const;
  std::uint64_t* mask_of(std::uint32_t population, std::size_t row, std::uint32_t copy) const;
  std::byte* values_of(std::uint32_t population, std::size_t row) const;

  const Compiled& compiled_;
  std::uint32_t lanes_;
  std::uint64_t first_step_;
  std::uint64_t seed_;
  std::uint32_t first_lane_;
  std::uint64_t clock_;
  std::uint64_t late_ = 0;
  unsigned slices_;           // at most, of a stage
  std::uint32_t most_steps_;  // of a block
  std::vector<Population> populations_;
  std::unique_ptr<Schedule> schedule_;
  std::vector<bool> watched_;
  rvd::StateLogs logs_;
  Team team_;
  std::vector<Worker> workers_;
  Work work_;
  Part whole_;
  std::vector<Part> parts_;         // of a pipeline, about equally long; empty until it is known how long segments take
  std::vector<double> segment_ns_;  // as step_ns_
  bool timing_ = false;             // segments
  double step_ns_ = 0;              // of a step, one thread, all lanes
  double pace_ns_ = 0;              // of a step of the last block, however it was run
  std::chrono::steady_clock::time_point looked_;
  std::uint32_t known_ = 0;       // blocks that told it, at most 2
  double together_ns_ = 0;        // of a step, the last time that threads shared it; 0: never
  std::uint32_t alone_runs_ = 0;  // since then
};

}  // namespace ranvier::cpu
