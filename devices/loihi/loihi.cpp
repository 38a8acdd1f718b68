// Intel's Loihi, emulated: quantised and placed as for a chip, then run bit for bit as the chip's own emulators do.
#include <ranvier/driver.hpp>

#include "devices/loihi/compile.h"
#include "devices/loihi/executable.h"
#include "devices/loihi/export_lava.h"
#include "devices/loihi/limits.h"
#include "devices/loihi/saved.h"
#include "devices/loihi/session.h"
#include "kernels/math/float_mode.h"

namespace ranvier::loihi {
namespace {

constexpr std::uint32_t kMaxLanes = 1U << 24;

class Device : public rvd::Device {
 public:
  Device(std::uint64_t index, Options given) : rvd::Device(index), options(std::move(given)) {}
  Options options;
};

class Driver : public rvd::Driver {
 public:
  void enumerate(const rvd::Facts& facts) override { facts.text("0?kind=emulator", "emulator"); }

  void read_settings(rvd::Settings& settings) override { opened_ = read_options(settings); }

  std::unique_ptr<rvd::Device> open_device(std::uint64_t index) override {
    if (index != 0) throw rvd::Failure(RVD_NOT_FOUND, "there is one device, number 0");
    return std::make_unique<Device>(index, opened_);
  }

  void info(rvd::Device& device, const rvd::Facts& facts) override {
    const Options& options = static_cast<const Device&>(device).options;
    const Limits& limits = limits_of(options.chip);
    facts.text("kind", "emulator");
    facts.text("grade", "bit-exact");
    facts.text("isa", simd::name(options.isa));
    facts.text("chip", limits.chip);
    facts.text(
        "verified",
        "emulator, verified against lava-nc 0.10.0 (8,290 random networks), nengo-loihi 1.1.0 (7,710), brian2-loihi 0.5.2 "
        "(2,570): spikes, u and v of each step, bit for bit; not verified: real chips, learning");
    facts.text("hash", "all");
    facts.number("max_lanes", kMaxLanes);
    facts.number("max_chips", kMostChips);
    facts.number("cores_per_chip", limits.cores);
    facts.number("max_neurons", limits.compartments * limits.cores * options.chips);
    facts.number("compartments_per_core", limits.compartments);
    facts.number("in_axons_per_core", limits.in_axons);
    facts.number("out_axons_per_core", limits.out_axons);
    facts.number("synapse_bits_per_core", limits.synapse_bits);
    facts.number("weight_bits", static_cast<std::uint64_t>(fixed::kWeightBits.high));
    facts.number("decay_bits", 12);
    facts.number("state_bits", 24);
    facts.number("threshold_bits", 17);
    facts.number("max_delay", static_cast<std::uint64_t>(fixed::kDelay.high));
    facts.number("max_refractory", static_cast<std::uint64_t>(fixed::kRefractory.high));
  }

  void check(rvd::PlanView plan, rvd::Settings& settings, rvd::Samples samples, rvd::Report& report) override {
    const FloatMode ieee;
    const Options options = read_options(settings);
    loihi::compile(plan, options, samples, report);
  }

  rvd::SharedExecutable compile(rvd::PlanView plan, rvd::Settings& settings, rvd::Samples samples,
                                rvd::Report& report) override {
    const FloatMode ieee;
    const Options options = read_options(settings);
    Network network = loihi::compile(plan, options, samples, report);
    if (report.refused()) return nullptr;
    return std::make_shared<Executable>(rvd::PlanCopy(plan.base(), plan.length()), std::move(network), options);
  }

  rvd::SharedExecutable load(const void* bytes, std::uint64_t length, rvd::Report&) override {
    const FloatMode ieee;
    return loihi::load(bytes, length, host());
  }

  void formats(const rvd::Facts& facts) override {
    facts.text("safetensors", "every integer and scale by name, for NumPy");
    facts.text("lava", "a Python script that builds the network from lava-nc's processes, for a Loihi 2 or Lava's simulation");
  }

  void write(const rvd::Executable& executable, std::string_view format, rvd::Report& report, const rvd::Sink& sink) override {
    const auto& made = static_cast<const Executable&>(executable);
    if (format == "safetensors") return put(container_of(made.plan(), made.network(), made.options()), sink);
    if (format == "lava") return put(lava_script(made.plan(), made.network(), report), sink);
    rvd::Driver::write(executable, format, report, sink);
  }

  std::unique_ptr<rvd::Session> open_session(rvd::Device&, rvd::SharedExecutable executable,
                                             const rvd_session_args& args) override {
    if (args.lanes > kMaxLanes) throw rvd::Failure(RVD_INVALID_ARGUMENT, "lanes: at most " + std::to_string(kMaxLanes));
    const FloatMode ieee;
    return std::make_unique<Session>(static_cast<const Executable&>(*executable), args);
  }

 private:
  static void put(const std::string& bytes, const rvd::Sink& sink) { sink.write(bytes.data(), bytes.size()); }

  Options opened_;  // of the device that is opened next: both calls come from one thread
};

}  // namespace
}  // namespace ranvier::loihi

RVD_DEFINE_DRIVER(ranvier::loihi::Driver, "loihi", "0.1.0", "Ranvier")
