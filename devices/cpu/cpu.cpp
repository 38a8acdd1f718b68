// The default device: neurons swept in vectors, events delivered to the sums of their targets.
#include <ranvier/driver.hpp>

#include "devices/cpu/options.h"
#include "devices/cpu/session.h"
#include "kernels/math/float_mode.h"

namespace ranvier::cpu {
namespace {

constexpr std::uint32_t kMaxLanes = 1U << 24;

class Device : public rvd::Device {
 public:
  Device(std::uint64_t index) : rvd::Device(index) {}
  Options options;
};

class Driver : public rvd::Driver {
 public:
  void read_settings(rvd::Settings& settings) override { opened_ = options_of(settings); }

  std::unique_ptr<rvd::Device> open_device(std::uint64_t index) override {
    if (index != 0) throw rvd::Failure(RVD_NOT_FOUND, "there is one device, number 0");
    auto device = std::make_unique<Device>(index);
    device->options = opened_;
    return device;
  }

  void info(rvd::Device& device, const rvd::Facts& facts) override {
    const Options& options = static_cast<const Device&>(device).options;
    facts.text("kind", "cpu");
    facts.text("grade", "bit-exact");
    facts.text("isa", simd::name(options.isa));
    facts.text("isas", list_of_isas());
    facts.text("threads", std::to_string(Team::available(options.threads)));
    facts.text("verified", "equal to the reference device bit for bit (tests/conformance, tests/onehash)");
    facts.text("hash", "all");
    facts.number("max_lanes", kMaxLanes);
  }

  void check(rvd::PlanView plan, rvd::Settings& settings, rvd::Samples, rvd::Report& report) override {
    const FloatMode ieee;
    const Options options = options_of(settings);
    tell_memory(plan, Compiled(plan, options), static_cast<std::uint32_t>(settings.lanes()), report);
  }

  rvd::SharedExecutable compile(rvd::PlanView plan, rvd::Settings& settings, rvd::Samples, rvd::Report&) override {
    const FloatMode ieee;
    return std::make_shared<Executable>(rvd::PlanCopy(plan.base(), plan.length()), options_of(settings));
  }

  rvd::SharedExecutable load(const void* bytes, std::uint64_t length, rvd::Report&) override {
    const FloatMode ieee;
    rvd::Saved saved = rvd::load_plan(host(), bytes, length, kMaker);
    return std::make_shared<Executable>(std::move(saved.payload), from_text(saved.settings));
  }

  std::unique_ptr<rvd::Session> open_session(rvd::Device&, rvd::SharedExecutable executable,
                                             const rvd_session_args& args) override {
    if (args.lanes > kMaxLanes) throw rvd::Failure(RVD_INVALID_ARGUMENT, "lanes: at most " + std::to_string(kMaxLanes));
    const FloatMode ieee;
    return std::make_unique<Session>(static_cast<const Executable&>(*executable).compiled(), args);
  }

 private:
  static void tell_memory(rvd::PlanView plan, const Compiled& compiled, std::uint32_t lanes, rvd::Report& report) {
    const std::uint64_t bytes = plan.length() + compiled.bytes() + session_bytes(compiled, lanes);
    report.exact("", "memory", std::to_string(bytes), "", "bytes");
  }

  Options opened_;  // of the device that is opened next: both calls come from one thread
};

}  // namespace
}  // namespace ranvier::cpu

RVD_DEFINE_DRIVER(ranvier::cpu::Driver, "cpu", "0.2.0", "Ranvier")
