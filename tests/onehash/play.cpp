#include "tests/onehash/play.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <tuple>

#include <gtest/gtest.h>

#include "kernels/random/mix.h"

namespace ranvier::onehash {
namespace {

std::size_t size_of(std::uint32_t type) { return type == RVD_F32 || type == RVD_I32 ? 4 : 8; }

void write_dense(conformance::Session& session, const Case& network, std::uint32_t p, std::uint64_t first, std::uint64_t last,
                 std::uint32_t lanes) {
  const Population& population = network.populations[p];
  const conformance::Events events = input_of(network, p, first, last, lanes);
  const std::size_t size = size_of(population.type);
  std::vector<std::byte> block((last - first) * lanes * population.width * size);
  for (std::size_t k = 0; k < events.size(); ++k) {
    const std::size_t at = ((events.step[k] - first) * lanes + events.lane[k]) * population.width + events.id[k];
    std::memcpy(block.data() + at * size, &events.bits[k], size);
  }
  EXPECT_EQ(session.write_dense(p, population.type, first, last - first, population.width, block.data()), RVD_OK);
}

void write(conformance::Session& session, const Case& network, const Way& way, std::uint64_t first, std::uint64_t last) {
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    if (!network.populations[p].input) continue;
    if (way.dense) {
      write_dense(session, network, p, first, last, way.lanes);
    } else {
      EXPECT_EQ(session.write(p, input_of(network, p, first, last, way.lanes)), RVD_OK);
    }
  }
}

void record(conformance::Session& session, const Case& network, const Way& way) {
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    if (network.populations[p].hidden) continue;
    if (way.spikes) {
      EXPECT_EQ(session.probe(p, "spikes"), RVD_OK);
    }
    if (!way.states) continue;
    for (const std::string& variable : network.populations[p].variables) {
      EXPECT_EQ(session.probe(p, variable), RVD_OK);
    }
  }
}

void run(conformance::Session& session, const Case& network, const Way& way) {
  if (!way.by_piece) write(session, network, way, 0, network.steps);
  std::uint64_t at = 0;
  for (const std::uint64_t cut : way.cuts) {
    if (way.last_only && cut == network.steps) record(session, network, way);
    if (way.by_piece) write(session, network, way, at, cut);
    EXPECT_EQ(session.run(cut), RVD_OK);
    at = cut;
  }
}

/// A place where two outcomes part, in the order in which a network computes.
struct Place {
  std::uint64_t step;
  std::uint32_t population;
  std::uint32_t lane;
  std::uint64_t neuron;
  std::string what;
  bool operator<(const Place& other) const {
    return std::tie(step, population, lane, neuron) < std::tie(other.step, other.population, other.lane, other.neuron);
  }
};

std::string hex(std::uint64_t bits) {
  char text[24];
  std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(bits));
  return text;
}

std::optional<Place> difference(std::uint32_t p, const conformance::Events& truth, const conformance::Events& found,
                                std::uint64_t from) {
  if (truth.type != found.type && truth.size() != 0 && found.size() != 0) return Place{from, p, 0, 0, "type of the events"};
  const auto key = [](const conformance::Events& e, std::size_t k) { return std::tie(e.step[k], e.lane[k], e.id[k]); };
  const auto place = [&](const conformance::Events& e, std::size_t k, const std::string& what) {
    return Place{e.step[k], p, e.lane[k], e.id[k], "event: " + what};
  };
  auto t = static_cast<std::size_t>(std::lower_bound(truth.step.begin(), truth.step.end(), from) - truth.step.begin());
  for (std::size_t f = 0; t < truth.size() || f < found.size(); ++t, ++f) {
    if (f == found.size() || (t < truth.size() && key(truth, t) < key(found, f)))
      return place(truth, t, "expected " + hex(truth.bits[t]) + ", found none");
    if (t == truth.size() || key(found, f) < key(truth, t))
      return place(found, f, "expected none, found " + hex(found.bits[f]));
    if (truth.bits[t] != found.bits[f])
      return place(truth, t, "expected " + hex(truth.bits[t]) + ", found " + hex(found.bits[f]));
  }
  return std::nullopt;
}

std::optional<Place> difference(const Trace& truth, const Trace& found, std::uint64_t from, std::uint64_t lanes,
                                std::uint64_t width) {
  const std::uint64_t row = lanes * width, skipped = from * row;
  if (found.rows.first_step != from || found.rows.type != truth.rows.type ||
      found.rows.bits.size() + skipped != truth.rows.bits.size())
    return Place{from, found.population, 0, 0, found.variable + ": rows"};
  for (std::uint64_t k = 0; k < found.rows.bits.size(); ++k) {
    const std::uint64_t expected = truth.rows.bits[skipped + k];
    if (found.rows.bits[k] == expected) continue;
    return Place{from + k / row, found.population, static_cast<std::uint32_t>(k % row / width), k % width,
                 found.variable + ": expected " + hex(expected) + ", found " + hex(found.rows.bits[k])};
  }
  return std::nullopt;
}

std::string difference_of_numbers(const Outcome& truth, const Outcome& outcome) {
  for (const auto& [name, expected] : truth.numbers) {
    const auto found = outcome.numbers.find(name);
    if (found != outcome.numbers.end() && found->second == expected) continue;
    return "counter " + name.first + " of lane " + std::to_string(name.second) + ": expected " + std::to_string(expected) +
           ", found " + (found == outcome.numbers.end() ? "none" : std::to_string(found->second));
  }
  return truth.numbers.size() == outcome.numbers.size() ? "" : "counters that were not expected";
}

}  // namespace

Outcome play(conformance::Session& session, const Case& network, const Way& way) {
  if (!way.last_only) record(session, network, way);
  if (way.again) {
    write(session, network, way, 0, network.steps);
    EXPECT_EQ(session.run(network.steps / 2), RVD_OK);
    EXPECT_EQ(session.reset(), RVD_OK);
  }
  run(session, network, way);
  Outcome outcome;
  outcome.from = way.last_only ? network.steps - 1 : 0;
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    const Population& population = network.populations[p];
    if (way.spikes) outcome.events.push_back(population.hidden ? conformance::Events{} : session.events(p, 1 << 13));
    if (!way.states) continue;
    for (const std::string& variable : population.variables) {
      Trace& trace = outcome.traces.emplace_back(Trace{p, variable, {}});
      EXPECT_EQ(session.probe_read(p, variable, trace.rows, (network.steps - outcome.from) * way.lanes * population.width),
                RVD_OK);
      EXPECT_EQ(trace.rows.remaining, 0u);
    }
  }
  outcome.numbers = session.counters().numbers;
  return outcome;
}

Outcome play(conformance::Rig& rig, const Case& network, const Way& way) {
  return play(*rig.open(network.plan, way.lanes, 0, way.settings), network, way);
}

std::uint64_t digest_of(const Outcome& outcome) {
  std::uint64_t digest = 0;
  const auto add = [&](const auto& numbers) {
    for (const std::uint64_t number : numbers) digest = mix64((digest ^ number) + 0x9E3779B97F4A7C15);
  };
  for (const conformance::Events& events : outcome.events) {
    add(events.step);
    add(events.lane);
    add(events.id);
    add(events.bits);
  }
  for (const Trace& trace : outcome.traces) add(trace.rows.bits);
  for (const auto& [name, number] : outcome.numbers) add(std::array{number});
  return digest;
}

std::string first_difference(const Case& network, const Outcome& truth, const Outcome& outcome, std::uint32_t lanes) {
  std::optional<Place> first;
  const auto take = [&](std::optional<Place> place) {
    if (place && (!first || *place < *first)) first = std::move(place);
  };
  for (std::uint32_t p = 0; p < outcome.events.size(); ++p)
    take(difference(p, truth.events[p], outcome.events[p], outcome.from));
  for (std::size_t k = 0; k < outcome.traces.size(); ++k) {
    const std::uint64_t width = network.populations[outcome.traces[k].population].width;
    take(difference(truth.traces[k], outcome.traces[k], outcome.from, lanes, width));
  }
  if (!first) return difference_of_numbers(truth, outcome);
  return "step " + std::to_string(first->step) + ", population " + std::to_string(first->population) + " '" +
         network.populations[first->population].name + "', lane " + std::to_string(first->lane) + ", neuron " +
         std::to_string(first->neuron) + ", " + first->what;
}

}  // namespace ranvier::onehash
