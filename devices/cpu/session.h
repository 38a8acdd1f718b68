/// What the cpu device makes of a plan, and its sessions.
#pragma once

#include <cstdint>
#include <vector>

#include <ranvier/driver.hpp>

#include "devices/cpu/delivery.h"
#include "devices/cpu/program.h"
#include "devices/cpu/work.h"

namespace ranvier::cpu {

constexpr std::string_view kMaker = "cpu 0.1.0";

class Executable : public rvd::Executable {
 public:
  Executable(rvd::PlanCopy plan, bool wide);
  void save(const rvd::Sink& sink) const override {
    rvd::save(sink, kMaker, wide_ ? "f64" : "f32", plan_.data(), plan_.size());
  }

  rvd::PlanView plan() const { return plan_.view(); }
  bool wide() const { return wide_; }
  const Program& program(std::uint32_t population) const { return programs_[population]; }
  const FanOuts& fan_outs() const { return fan_outs_; }
  /// Of all projections that leave a population, in order.
  const std::vector<Axon>& axons(std::uint32_t population) const { return axons_[population]; }

 private:
  rvd::PlanCopy plan_;
  bool wide_;
  std::vector<Program> programs_;
  std::vector<std::vector<Axon>> axons_;
  FanOuts fan_outs_;
};

class Session : public rvd::SoftSession {
 public:
  Session(const Executable& executable, const rvd_session_args& args);
  rvd_status run(std::uint64_t until, const rvd::Watch& watch) override;
  void counters(const rvd::Facts& facts) override;

 private:
  struct Population {
    const rvd_population* record;
    std::vector<Buffer> states;  // [lane][neuron]
    std::vector<Accumulators> receptors;
  };

  void step(std::uint64_t n) override;
  void restart() override;
  const void* state(std::uint32_t population, std::uint32_t index) const override {
    return populations_[population].states[index].data();
  }

  void add_population(std::uint32_t index);
  void step_input(std::uint32_t index, std::uint64_t n);
  void step_program(std::uint32_t index, std::uint64_t n, std::uint32_t lane);
  void send(std::uint32_t index, std::uint64_t n, std::uint32_t lane);
  void start_state(Population& population, std::uint32_t index);
  void deliver_priors();

  const Executable& executable_;
  std::vector<Population> populations_;
  Work work_;
  // Working memory, shared by all populations.
  Registers registers_;
  Rows rows_;
  Fired fired_;
};

}  // namespace ranvier::cpu
