// The cpu device's own promises: its settings, and one result whatever they are.
#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

class Forced {
 public:
  explicit Forced(const char* isa) { ::setenv("RANVIER_ISA", isa, 1); }
  ~Forced() { ::unsetenv("RANVIER_ISA"); }
};

std::vector<std::string> isas() {
  Rig rig("cpu");
  rvd_facts facts = rig.ears().facts();
  EXPECT_EQ(rig.api().device_info(rig.device(), &facts), RVD_OK);
  std::vector<std::string> names;
  std::string list = rig.ears().heard.text("isas");
  for (std::size_t at = list.find(", "); at != std::string::npos; at = list.find(", ")) {
    names.push_back(list.substr(0, at));
    list.erase(0, at + 2);
  }
  names.push_back(list);
  return names;
}

std::string isa_told(const Settings& settings) {
  Rig rig("cpu", settings);
  rvd_facts facts = rig.ears().facts();
  EXPECT_EQ(rig.api().device_info(rig.device(), &facts), RVD_OK);
  return rig.ears().heard.text("isa");
}

TEST(Cpu, TellsItsInstructionSets) {
  const std::vector<std::string> known = isas();
  EXPECT_EQ(known.front(), "scalar");
  EXPECT_EQ(isa_told({}), known.back());
  for (const std::string& isa : known) EXPECT_EQ(isa_told({{"isa", isa}}), isa);
}

TEST(Cpu, TheEnvironmentForcesAnInstructionSet) {
  const Forced forced("scalar");
  EXPECT_EQ(isa_told({}), "scalar");
  EXPECT_EQ(isa_told({{"isa", isas().back()}}), isas().back()) << "a setting says more than the environment";
}

TEST(Cpu, RefusesAnInstructionSetThatIsNotThere) {
#if defined(__x86_64__)
  const char* const missing = "neon";
#else
  const char* const missing = "avx2";
#endif
  const Plan plan = chain();
  Rig rig("cpu");
  EXPECT_EQ(rig.check(plan, {{"isa", missing}}), RVD_INVALID_ARGUMENT);
  EXPECT_NE(rig.ears().heard.log.back().find("have: scalar"), std::string::npos) << rig.ears().heard.log.back();
  const Forced forced("sse9");
  EXPECT_EQ(rig.check(plan, {}), RVD_INVALID_ARGUMENT);
  EXPECT_NE(rig.ears().heard.log.back().find("RANVIER_ISA is \"sse9\""), std::string::npos) << rig.ears().heard.log.back();
}

TEST(Cpu, RefusesBadSettings) {
  const Plan plan = chain();
  Rig rig("cpu");
  EXPECT_EQ(rig.check(plan, {{"threads", "0"}}), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(rig.check(plan, {{"threads", "257"}}), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(rig.check(plan, {{"delivery", "fast"}}), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(rig.check(plan, {{"kernels", "none"}}), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(rig.check(plan, {{"thread", "2"}}), RVD_NOT_FOUND);
  EXPECT_EQ(rig.ears().heard.lines.back().remedy, "Did you mean \"threads\"?");
}

struct Outcome {
  std::vector<Events> events;  // of all populations
  Heard counters;
};

constexpr std::uint64_t kSteps = 24;

/// Of steps begin .. end-1; others are drawn and left out.
Events random_events(std::mt19937_64& random, const Network& network, std::uint32_t input, std::uint32_t lanes,
                     std::uint64_t begin, std::uint64_t end) {
  constexpr std::uint32_t kTypes[] = {RVD_F32, RVD_F64, RVD_I32, RVD_I64};  // of a random network's inputs
  Events events;
  events.type = kTypes[input];
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    for (std::uint32_t lane = 0; lane < lanes; ++lane) {
      for (std::uint32_t id = 0; id < network.widths[input]; ++id) {
        const std::uint64_t drawn = random();
        if (drawn % 4 != 0 || step < begin || step >= end) continue;
        events.step.push_back(step);
        events.lane.push_back(lane);
        events.id.push_back(id);
        events.bits.push_back(bits_in(events.type, static_cast<double>(1 + drawn / 4 % 3)));
      }
    }
  }
  return events;
}

Outcome outcome(Rig& rig, const Network& network, const Settings& settings, std::uint32_t lanes, std::uint64_t seed) {
  const auto session = rig.open(network.plan, lanes, 0, settings);
  std::mt19937_64 random(seed);
  for (std::uint32_t p = 0; p < network.widths.size(); ++p) EXPECT_EQ(session->probe(p, "spikes"), RVD_OK);
  for (std::uint64_t begin = 0; begin < kSteps;) {
    const std::uint64_t end = std::min<std::uint64_t>(kSteps, begin + 1 + random() % 20);
    for (const std::uint32_t input : network.inputs) {
      std::mt19937_64 stream(seed + input);  // the same however the run is cut
      EXPECT_EQ(session->write(input, random_events(stream, network, input, lanes, begin, end)), RVD_OK);
    }
    EXPECT_EQ(session->run(end), RVD_OK);
    begin = end;
  }
  Outcome result;
  for (std::uint32_t p = 0; p < network.widths.size(); ++p) result.events.push_back(session->events(p));
  result.counters = session->counters();
  return result;
}

class CpuSettings : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Networks, CpuSettings, testing::Range(0, 12));

TEST_P(CpuSettings, ChangeNoBit) {
  std::mt19937_64 random(static_cast<std::uint64_t>(900 + GetParam()));
  const Network network = random_network(random);
  Rig reference("reference"), cpu("cpu");
  const std::vector<std::string> known = isas();
  for (const std::uint32_t lanes : {1U, 5U}) {
    for (const std::string& isa : known) {
      const std::uint64_t seed = random();
      const Outcome one = outcome(reference, network, {}, lanes, seed);
      for (const char* delivery : {"auto", "events", "dense"}) {
        const std::string threads = std::to_string(1 + random() % 4);
        const Settings settings{{"isa", isa},
                                {"delivery", delivery},
                                {"threads", threads},
                                {"share", random() % 2 == 0 ? "slices" : "pipeline"},
                                {"kernels", random() % 2 == 0 ? "auto" : "blocks"}};
        const Outcome other = outcome(cpu, network, settings, lanes, seed);
        ASSERT_EQ(other.events, one.events) << isa << ' ' << delivery << " threads " << threads << " lanes " << lanes;
        ASSERT_EQ(other.counters.numbers, one.counters.numbers) << isa << ' ' << delivery << " threads " << threads;
      }
    }
  }
}

/// Relays so wide that a block of steps is one step long, but where threads are a pipeline.
Plan wide() {
  constexpr std::size_t kWide = 70000;
  plan::Description description;
  description.name = "wide";
  description.dt = 1e-3;
  description.populations = {input("in", 2)};
  description.projections = {dense(0, 1, Tensor(Shape{2, kWide}))};
  for (float& weight : std::span(description.projections[0].weights.mutable_data<float>(), 2 * kWide)) weight = 1;
  for (std::uint32_t p = 1; p < 5; ++p) {
    description.populations.push_back(relay("relay" + std::to_string(p), kWide, p == 4 ? RVD_POPULATION_OUTPUT : 0));
    if (p > 1) description.projections.push_back(one_to_one(p - 1, p, p % 2, Tensor::of<float>({static_cast<float>(p)})));
  }
  return plan::write(description);
}

TEST(Cpu, CountsWorkOfWideNetworksInAPipeline) {
  const Plan plan = wide();
  Rig cpu("cpu");
  const auto counted = [&](const Settings& settings) {
    const auto session = cpu.open(plan, 1, 0, settings);
    const std::vector<float> values{1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1, 0, 1};
    EXPECT_EQ(session->write_dense(0, RVD_F32, 0, 8, 2, values.data()), RVD_OK);
    EXPECT_EQ(session->run(8), RVD_OK);
    return session->counters().numbers;
  };
  EXPECT_EQ(counted({{"threads", "2"}, {"share", "pipeline"}}), counted({{"threads", "1"}}));
}

}  // namespace
}  // namespace ranvier::conformance
