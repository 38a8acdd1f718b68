// The loihi device as any host sees it: settings, cancel and timeout, input, probes, reset, exports; and the networks in the chip's
// integers that it refuses, each at its limit and one beyond.
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <ranvier/plan_view.hpp>

#include "core/lower/lower.h"
#include "core/net/graph.h"
#include "tests/onehash/networks.h"

namespace ranvier::onehash {
namespace {

using conformance::Rig, conformance::Settings;

const Settings kEmulator{{"kind", "emulator"}};
const Options kWhole{{"precision", "i32"}};

Tensor whole(Shape shape, std::int64_t value) {
  Tensor tensor(std::move(shape), DType::i64);
  for (std::size_t i = 0; i < tensor.size(); ++i) tensor.mutable_data<std::int64_t>()[i] = value;
  return tensor;
}

Connection delayed(std::uint32_t steps) { return {std::nullopt, steps, ""}; }

/// input -> dense -> neurons -> output; `change` says what is different.
struct Chain {
  Parameters lif{{"vth", whole({}, 100)}, {"du", whole({}, 1000)}};
  Parameters dense{{"weight", whole({3, 3}, 60)}};
  Options rules{};
  std::uint32_t delay = 1;
  std::string model = "loihi_lif@1", synapses = "loihi_dense@1";
  std::function<void(Network&)> more = [](Network&) {};
};

Plan plan_of(const Chain& chain) {
  Network net(1 * ms);
  net.add("in", "input@1", {3}, {}, kWhole);
  net.add("dense", chain.synapses, {3}, chain.dense, chain.synapses == "loihi_dense@1" ? chain.rules : Options{});
  net.add("cell", chain.model, {3}, chain.lif, chain.model == "loihi_lif@1" ? chain.rules : Options{});
  net.add("out", "output@1", {3}, {}, kWhole);
  net.connect("in", "dense", delayed(chain.delay));
  net.connect("dense", "cell", delayed(0));
  net.connect("cell", "out", delayed(0));
  chain.more(net);
  return plan::write(lower::lower(net.graph()));
}

std::uint32_t number_of(const Plan& plan, const std::string& name) {
  const rvd::PlanView view(plan.bytes().data(), plan.bytes().size());
  for (std::uint32_t p = 0; p < view.populations().size(); ++p) {
    if (view.text(view.populations()[p].name) == name) return p;
  }
  ADD_FAILURE() << name;
  return 0;
}

class Loihi : public testing::Test {
 protected:
  Loihi() : rig_("loihi", kEmulator), plan_(plan_of({})) {}
  std::uint32_t number(const std::string& name) const { return number_of(plan_, name); }
  std::unique_ptr<conformance::Session> open(std::uint32_t lanes = 1, std::uint64_t clock = 0) {
    return rig_.open(plan_, lanes, clock, kEmulator);
  }

  Rig rig_;
  Plan plan_;
};

TEST_F(Loihi, IsNoChipUnlessTheEmulatorIsAskedFor) {
  conformance::Ears ears;
  const rvd_report report = ears.report();
  rvd_device_t* device = nullptr;
  const conformance::SettingList none({});
  EXPECT_EQ(rig_.api().device_open(rig_.driver(), 0, none.get(), &report, &device), RVD_NOT_FOUND);
  ASSERT_FALSE(ears.heard.lines.empty());
  EXPECT_NE(ears.heard.lines[0].remedy.find("loihi?kind=emulator"), std::string::npos);
  EXPECT_EQ(rig_.check(plan_, {{"kind", "hardware"}}), RVD_NOT_FOUND);
}

TEST_F(Loihi, SaysWhatItIs) {
  const rvd_facts facts = rig_.ears().facts();
  ASSERT_EQ(rig_.api().device_info(rig_.device(), &facts), RVD_OK);
  conformance::Heard& heard = rig_.ears().heard;
  EXPECT_EQ(heard.text("kind"), "emulator");
  EXPECT_EQ(heard.text("grade"), "bit-exact");
  EXPECT_EQ(heard.text("hash"), "all");
  EXPECT_NE(heard.text("verified").find("not verified: real chips, learning"), std::string::npos);
  EXPECT_EQ((heard.numbers[{"max_delay", 0}]), 62u);
  EXPECT_EQ((heard.numbers[{"cores_per_chip", 0}]), 128u);
}

TEST_F(Loihi, NamesUnknownSettings) {
  EXPECT_EQ(rig_.check(plan_, {{"kind", "emulator"}, {"lanes", "4"}}), RVD_OK);
  EXPECT_EQ(rig_.check(plan_, {{"kind", "emulator"}, {"chipz", "2"}}), RVD_NOT_FOUND);
  EXPECT_NE(rig_.ears().heard.line("setting \"chipz\"").remedy.find("\"chip"), std::string::npos);
  EXPECT_EQ(rig_.check(plan_, {{"kind", "emulator"}, {"chips", "769"}}), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(rig_.check(plan_, {{"kind", "emulator"}, {"compat", "intel"}}), RVD_INVALID_ARGUMENT);
}

TEST_F(Loihi, ResetGivesAFreshSession) {
  const auto session = open(2, 10);
  const std::vector<std::int32_t> ones(2 * 2 * 3, 1);
  const auto play = [&] {
    EXPECT_EQ(session->write_dense(number("in"), RVD_I32, 10, 2, 3, ones.data()), RVD_OK);
    EXPECT_EQ(session->run(25), RVD_OK);
    return std::make_tuple(session->events(number("cell")), session->states(number("cell"), "v"), session->counters().numbers);
  };
  ASSERT_EQ(session->probe(number("cell"), "spikes"), RVD_OK);
  ASSERT_EQ(session->probe(number("cell"), "v"), RVD_OK);
  const auto first = play();
  EXPECT_GT(std::get<0>(first).size(), 0u);
  EXPECT_EQ(session->write_dense(number("in"), RVD_I32, 30, 2, 3, ones.data()), RVD_OK);  // pending: dropped by reset
  EXPECT_EQ(session->run(26), RVD_OK);                                                    // unread: dropped as well
  EXPECT_EQ(session->reset(), RVD_OK);
  EXPECT_EQ(play(), first);
  EXPECT_EQ(session->run(60), RVD_OK);
  EXPECT_EQ(session->events(number("cell")).size(), 0u);
}

TEST_F(Loihi, TimeoutAndCancelEndARunAfterAWholeStep) {
  const auto session = open();
  std::size_t cuts = 0;
  while (session->clock() < 2000) {
    const std::uint64_t before = session->clock();
    const rvd_status status = session->run(2000, 1);  // 1 ns
    ASSERT_TRUE(status == RVD_OK || status == RVD_TIMEOUT);
    ASSERT_GT(session->clock(), before);
    cuts += status == RVD_TIMEOUT ? 1 : 0;
  }
  EXPECT_GT(cuts, 100u);
  std::atomic<bool> done = false;
  std::thread other([&] {
    while (!done) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      EXPECT_EQ(rig_.api().cancel(session->handle()), RVD_OK);
    }
  });
  const rvd_status status = session->run(std::uint64_t{1} << 40);
  done = true;
  other.join();
  EXPECT_EQ(status, RVD_CANCELLED);
  EXPECT_GT(session->clock(), 2000u);
  EXPECT_EQ(session->run(session->clock() + 10), RVD_OK);
}

TEST_F(Loihi, CountsLateInput) {
  const auto session = open();
  ASSERT_EQ(session->run(5), RVD_OK);
  ASSERT_EQ(session->write(number("in"), {{4, 5}, {0, 0}, {0, 1}, {1, 1}, RVD_I32}), RVD_OK);
  EXPECT_EQ(session->io().late, 1u);
  EXPECT_EQ(session->io().accepted, 1u);
  EXPECT_EQ((session->counters().numbers[{"late", 0}]), 1u);
}

TEST_F(Loihi, RefusesValuesThatItsEventsCannotCarry) {
  Settings first = kEmulator;
  first["chip"] = "loihi1";
  const auto session = rig_.open(plan_, 1, 0, first);
  EXPECT_EQ(session->write(number("in"), {{0}, {0}, {0}, {1}, RVD_I32}), RVD_OK);
  EXPECT_EQ(session->write(number("in"), {{1}, {0}, {0}, {2}, RVD_I32}), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(open()->write(number("in"), {{1}, {0}, {0}, {2}, RVD_I32}), RVD_OK);
}

TEST_F(Loihi, ShowsWhatTheChipHas) {
  const auto session = open();
  EXPECT_EQ(session->probe(number("dense"), "spikes"), RVD_UNSUPPORTED);
  EXPECT_EQ(session->probe(number("cell"), "u"), RVD_OK);
  EXPECT_EQ(session->probe(number("cell"), "w"), RVD_NOT_FOUND);
  EXPECT_EQ(session->probe(number("in"), "v"), RVD_NOT_FOUND);
  EXPECT_EQ(session->write(number("cell"), {{0}, {0}, {0}, {1}, RVD_I32}), RVD_INVALID_ARGUMENT);
}

// ------------------------------------------------------------------------------------------------------------- exports

TEST_F(Loihi, ExportsWhatItSaysItExports) {
  const void* table = nullptr;
  ASSERT_EQ(rig_.api().extension(rig_.driver(), {"export", 6}, &table), RVD_OK);
  const auto& exports = *static_cast<const rvd_export*>(table);
  conformance::Ears ears;
  const rvd_facts facts = ears.facts();
  ASSERT_EQ(exports.formats(rig_.driver(), &facts), RVD_OK);
  ASSERT_EQ(ears.heard.texts.size(), 2u);
  rvd_exec_t* exec = rig_.compile(plan_, kEmulator);
  const rvd_report report = ears.report();
  for (const auto& [format, sentence] : ears.heard.texts) {
    conformance::Ears heard;
    const rvd_sink sink = heard.sink();
    EXPECT_EQ(exports.write(exec, {format.data(), format.size()}, &report, &sink), RVD_OK) << format;
    EXPECT_GT(heard.heard.bytes.size(), plan_.bytes().size() / 10) << format;
    EXPECT_NE(sentence, "");
  }
  const rvd_sink sink = ears.sink();
  EXPECT_EQ(exports.write(exec, {"onnx", 4}, &report, &sink), RVD_NOT_FOUND);
  EXPECT_EQ(rig_.api().exec_free(exec), RVD_OK);
}

/// What the export to Lava says of a network that compiles.
conformance::Heard lava_of(const Plan& plan) {
  Rig rig("loihi", kEmulator);
  const void* table = nullptr;
  EXPECT_EQ(rig.api().extension(rig.driver(), {"export", 6}, &table), RVD_OK);
  rvd_exec_t* exec = rig.compile(plan, kEmulator);
  conformance::Ears ears;
  const rvd_report report = ears.report();
  const rvd_sink sink = ears.sink();
  const rvd_status status = static_cast<const rvd_export*>(table)->write(exec, {"lava", 4}, &report, &sink);
  EXPECT_EQ(status, ears.heard.lines.empty() ? RVD_OK : RVD_UNSUPPORTED);
  EXPECT_EQ(rig.api().exec_free(exec), RVD_OK);
  return ears.heard;
}

TEST(LoihiToLava, SaysWhatLavaHasNot) {
  EXPECT_TRUE(lava_of(plan_of({})).lines.empty());
  Chain waits;
  waits.lif["refractory"] = whole({}, 2);
  EXPECT_NE(lava_of(plan_of(waits)).line("refractory").remedy, "");
  Chain bounded;
  bounded.lif["vmin"] = whole({}, -5);
  EXPECT_EQ(lava_of(plan_of(bounded)).line("vmin").asked, "-5");
  Chain nengo;
  nengo.rules = {{"rules", "nengo"}};
  EXPECT_EQ(lava_of(plan_of(nengo)).line("rules").asked, "nengo");
  Chain early;
  early.delay = 0;
  early.lif["bias_mant"] = whole({}, 4000);
  early.lif["bias_exp"] = whole({}, 1);
  EXPECT_EQ(lava_of(plan_of(early)).line("bias").asked, "8000");  // above 6400 by itself
  early.delay = 1;
  EXPECT_TRUE(lava_of(plan_of(early)).lines.empty());
}

// ------------------------------------------------------------------------------------------------------------ refusals

/// The quantity of the first refusal; empty: none.
std::string refusal(const Plan& plan, Settings settings = {}) {
  settings["kind"] = "emulator";
  Rig rig("loihi", kEmulator);
  const rvd_status status = rig.check(plan, settings);
  std::string first;
  for (const conformance::Line& line : rig.ears().heard.lines) {
    if (line.verdict != RVD_VERDICT_UNSUPPORTED) continue;
    EXPECT_NE(line.remedy, "") << line.quantity;
    if (first.empty()) first = line.quantity;
  }
  EXPECT_EQ(status, first.empty() ? RVD_OK : RVD_UNSUPPORTED);
  rvd_exec_t* exec = rig.compile(plan, settings);
  EXPECT_EQ(exec != nullptr, first.empty()) << "check and compile agree";
  if (exec != nullptr) {
    EXPECT_EQ(rig.api().exec_free(exec), RVD_OK);
  }
  return first;
}

std::string refusal(const Chain& chain, const Settings& settings = {}) { return refusal(plan_of(chain), settings); }

TEST(LoihiRefuses, DelaysBeyondItsOwn) {
  Chain chain;
  chain.delay = 63;
  EXPECT_EQ(refusal(chain), "");
  chain.delay = 64;
  EXPECT_EQ(refusal(chain), "delay");
}

TEST(LoihiRefuses, LoopsThatTakeLessStepsThanTheyHavePopulations) {
  for (const std::uint32_t delay : {1U, 2U}) {
    Chain chain;
    chain.more = [&](Network& net) {
      net.add("there", "loihi_dense@1", {3}, {{"weight", whole({3, 3}, 10)}}, {});
      net.add("other", "loihi_lif@1", {3}, {{"vth", whole({}, 100)}}, {});
      net.add("back", "loihi_dense@1", {3}, {{"weight", whole({3, 3}, 10)}}, {});
      net.connect("cell", "there", delayed(0));
      net.connect("there", "other", delayed(0));
      net.connect("other", "back", delayed(delay));
      net.connect("back", "cell", delayed(0));
    };
    EXPECT_EQ(refusal(chain), delay == 1 ? "delay" : "");
  }
}

TEST(LoihiRefuses, GradedEventsOnTheFirstChip) {
  Chain chain;
  chain.model = "loihi_graded@1";
  chain.lif = {{"vth", whole({}, 10)}};
  EXPECT_EQ(refusal(chain), "");
  EXPECT_EQ(refusal(chain, {{"chip", "loihi1"}}), "graded events");
}

TEST(LoihiRefuses, OtherModelsBesideItsOwn) {
  Chain chain;
  chain.more = [](Network& net) {
    net.add("float", "lif@1", {3},
            {{"tau", Tensor::of<float>({0.01F, 0.01F, 0.01F})},
             {"r", Tensor::of<float>({1, 1, 1})},
             {"v_leak", Tensor::of<float>({0, 0, 0})},
             {"v_threshold", Tensor::of<float>({1, 1, 1})}},
            {});
  };
  EXPECT_EQ(refusal(chain), "neuron model");
}

TEST(LoihiRefuses, SynapsesWithoutAWeightAndWeightsWithoutNeurons) {
  Chain direct;
  direct.more = [](Network& net) {
    net.add("plain", "binarize@1", {3}, {}, {});
    net.connect("cell", "plain", delayed(1));
    net.add("end", "output@1", {3}, {}, kWhole);
    net.connect("plain", "end", delayed(0));
  };
  EXPECT_EQ(refusal(direct), "projection");
}

TEST(LoihiRefuses, RulesThatContradictTheNetwork) {
  Chain chain;
  chain.rules = {{"rules", "nengo"}};
  EXPECT_EQ(refusal(chain), "");
  EXPECT_EQ(refusal(chain, {{"compat", "nengo"}}), "");
  EXPECT_EQ(refusal(chain, {{"compat", "lava"}}), "rules");
}

}  // namespace
}  // namespace ranvier::onehash
