// Comparisons and reruns as text for people and as JSON for programs.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <ranvier/compare.h>
#include <ranvier/quantity.h>
#include <ranvier/run_folder.h>

#include "core/repeat/hex.h"
#include "core/repeat/table.h"

namespace ranvier {
namespace {

using repeat::hex;
using repeat::Row;
using repeat::table;
using Json = nlohmann::ordered_json;  // keys keep the order in which they are written

Json json_of(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json json_of(const Moment& moment) {
  return {{"event", moment.event},
          {"v_before", json_of(moment.v_before)},
          {"v", json_of(moment.v)},
          {"input", json_of(moment.input)},
          {"threshold", json_of(moment.threshold)}};
}

Json place_json(std::uint64_t step, const std::string& node, std::uint32_t neuron, std::uint32_t lane) {
  return {{"step", step}, {"node", node}, {"neuron", neuron}, {"lane", lane}};
}

Json json_of(const std::optional<std::uint64_t>& hash) { return hash ? Json(hex(*hash)) : Json(); }

Json json_of(const std::optional<SpikeDifference>& difference) {
  if (!difference) return {};
  const SpikeDifference& d = *difference;
  Json json = place_json(d.step, d.node, d.neuron, d.lane);
  json["a"] = json_of(d.a);
  json["b"] = json_of(d.b);
  return json;
}

Json json_of(const std::optional<ValueDifference>& difference) {
  if (!difference) return {};
  const ValueDifference& d = *difference;
  Json json = place_json(d.step, d.node, d.neuron, d.lane);
  json["variable"] = d.variable;
  json["a"] = d.a;
  json["b"] = d.b;
  return json;
}

Json json_of(const LayerDifference& layer) {
  return {{"node", layer.node},
          {"differing", layer.differing},
          {"first", json_of(layer.first)},
          {"rate_a", layer.rate_a},
          {"rate_b", layer.rate_b},
          {"rate_difference", layer.rate_difference},
          {"rate_neuron", layer.rate_neuron},
          {"van_rossum", layer.van_rossum}};
}

Json json_of(const ArgmaxAgreement& agreement) {
  return {{"node", agreement.node}, {"fraction", agreement.fraction()}, {"differing", agreement.differing()}};
}

Json json_of(const Pair& pair) {
  Json settings = Json::array();
  for (const SettingDifference& s : pair.settings) {
    settings.push_back({{"where", s.where}, {"what", s.what}, {"a", s.a}, {"b", s.b}});
  }
  Json events = Json::array(), layers = Json::array(), argmax = Json::array();
  for (const LayerDifference& layer : pair.layers) {
    events.push_back({{"node", layer.node}, {"a", layer.a}, {"b", layer.b}});
    layers.push_back(json_of(layer));
  }
  for (const ArgmaxAgreement& agreement : pair.argmax) argmax.push_back(json_of(agreement));
  return {{"a", pair.a},
          {"b", pair.b},
          {"equal", pair.equal()},
          {"steps", pair.steps},
          {"lanes", pair.lanes},
          {"dt_ms", pair.dt_ms},
          {"settings", std::move(settings)},
          {"spikes", json_of(pair.spikes)},
          {"outputs", json_of(pair.outputs)},
          {"tau_ms", pair.tau_ms},
          {"layers", std::move(layers)},
          {"argmax", std::move(argmax)},
          {"events", std::move(events)},
          {"hash_a", json_of(pair.hash_a)},
          {"hash_b", json_of(pair.hash_b)}};
}

// Indented; bytes that are no UTF-8 are replaced.
std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

template <class Difference>
std::string place_of(const Difference& d, double dt_ms) {
  char time[32];  // six digits do: the step is exact
  std::snprintf(time, sizeof time, "%g ms", static_cast<double>(d.step + 1) * dt_ms);
  return "step " + std::to_string(d.step) + " (" + time + "), node " + d.node + ", neuron " + std::to_string(d.neuron) +
         ", lane " + std::to_string(d.lane);
}

std::string text_of(const std::optional<double>& value) { return value ? format_number(*value) : "-"; }

std::string hash_text(const std::optional<std::uint64_t>& hash) { return hash ? hex(*hash) : "the device has none"; }

// Sentences stand below one another: they would make the table wider than any screen.
std::string settings_text(const Pair& pair) {
  constexpr std::size_t kWidest = 32;
  std::vector<Row> rows{{"where", "what", pair.a, pair.b}};
  std::string sentences;
  for (const SettingDifference& s : pair.settings) {
    if (s.a.size() <= kWidest && s.b.size() <= kWidest) rows.push_back({s.where, s.what, s.a, s.b});
    else sentences += "  " + s.where + ", " + s.what + "\n    " + pair.a + ": " + s.a + "\n    " + pair.b + ": " + s.b + "\n";
  }
  if (pair.settings.empty()) return {};
  return "\nwhat they are told differently\n" + sentences + (rows.size() > 1 ? table(rows) : "");
}

std::string spikes_text(const Pair& pair) {
  if (!pair.spikes) return "\nspikes are equal\n";
  const Moment &a = pair.spikes->a, &b = pair.spikes->b;
  std::vector<Row> rows{{"", pair.a, pair.b}, {"event", format_number(a.event), format_number(b.event)}};
  const auto add = [&](const char* what, const std::optional<double>& x, const std::optional<double>& y) {
    if (x || y) rows.push_back({what, text_of(x), text_of(y)});
  };
  add("input", a.input, b.input);
  add("v before the reset", a.v_before, b.v_before);
  add("threshold", a.threshold, b.threshold);
  add("v after the reset", a.v, b.v);
  return "\nspikes part in " + place_of(*pair.spikes, pair.dt_ms) + "\n" + table(rows);
}

std::string value_text(const ValueDifference& d, const std::string& a, const std::string& b, double dt_ms) {
  return place_of(d, dt_ms) + ": " + format_number(d.a) + " (" + a + "), " + format_number(d.b) + " (" + b + ")\n";
}

std::string digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

// Of the nodes that differ.
std::string layers_text(const Pair& pair) {
  std::vector<Row> rows{
      {"node", "events differ", "from step", "Hz: " + pair.a, "Hz: " + pair.b, "apart at most", "van Rossum"}};
  for (const LayerDifference& layer : pair.layers) {
    if (!layer.first) continue;
    rows.push_back({layer.node, std::to_string(layer.differing), std::to_string(layer.first->step), digits(layer.rate_a),
                    digits(layer.rate_b), digits(layer.rate_difference) + " (neuron " + std::to_string(layer.rate_neuron) + ")",
                    digits(layer.van_rossum)});
  }
  if (rows.size() == 1) return {};
  return "\nhow far apart, with tau = " + digits(pair.tau_ms) + " ms\n" + table(rows);
}

std::string argmax_text(const ArgmaxAgreement& agreement) {
  constexpr std::size_t kMostLanes = 12;
  const std::vector<std::uint32_t> lanes = agreement.differing();
  const std::size_t all = agreement.a.size();
  std::string text = "\nargmax of " + agreement.node + ": " + std::to_string(all - lanes.size()) + " of " +
                     std::to_string(all) + (all == 1 ? " lane agrees" : " lanes agree");
  for (std::size_t k = 0; k < std::min(lanes.size(), kMostLanes); ++k) {
    text += (k == 0 ? "; not lane " : ", ") + std::to_string(lanes[k]);
  }
  return text + (lanes.size() > kMostLanes ? " ...\n" : "\n");
}

std::string events_text(const Pair& pair) {
  std::vector<Row> rows{{"events of", pair.a, pair.b}};
  for (const LayerDifference& layer : pair.layers)
    rows.push_back({layer.node, std::to_string(layer.a), std::to_string(layer.b)});
  if (pair.hash_a || pair.hash_b) rows.push_back({"spike hash", hash_text(pair.hash_a), hash_text(pair.hash_b)});
  return "\n" + table(rows);
}

}  // namespace

std::string Pair::text() const {
  std::string text = a + " and " + b + ", " + std::to_string(steps) + " steps: " + (equal() ? "equal" : "different") + "\n";
  text += settings_text(*this) + spikes_text(*this);
  if (outputs) text += "\noutputs part in " + value_text(*outputs, a, b, dt_ms);
  text += events_text(*this) + layers_text(*this);
  for (const ArgmaxAgreement& agreement : argmax) text += argmax_text(agreement);
  return text;
}

std::string Comparison::text() const {
  std::string text;
  for (const Pair& pair : pairs) text += (text.empty() ? "" : "\n") + pair.text();
  return text;
}

std::string Comparison::to_json() const {
  Json list = Json::array();
  for (const Pair& pair : pairs) list.push_back(json_of(pair));
  return dump({{"equal", equal()}, {"pairs", std::move(list)}});
}

std::string Rerun::text() const {
  std::string text = std::string(equal() ? "equal" : "different") + ": " + std::to_string(steps) + " steps on " + device_a +
                     ", and again on " + device_b + "\n";
  if (!same_plan) text += "This version of Ranvier lowers the network to another plan than the one that was run.\n";
  if (spikes) {
    text += "spikes part in " + place_of(*spikes, dt_ms) + ": " + format_number(spikes->a.event) + " (saved), " +
            format_number(spikes->b.event) + " (now)\n";
  }
  if (outputs) text += "outputs part in " + value_text(*outputs, "saved", "now", dt_ms);
  if (states) text += states->variable + " parts in " + value_text(*states, "saved", "now", dt_ms);
  const bool hashes_differ = hash_a && hash_b && *hash_a != *hash_b;
  if (hashes_differ && !spikes) text += "A node whose spikes were not recorded emits others.\n";
  return text + "spike hash " + hash_text(hash_a) + (hashes_differ ? " (saved), " + hash_text(hash_b) + " (now)" : "") + "\n";
}

std::string Rerun::to_json() const {
  return dump({{"id", id},
               {"equal", equal()},
               {"device_a", device_a},
               {"device_b", device_b},
               {"steps", steps},
               {"dt_ms", dt_ms},
               {"same_plan", same_plan},
               {"spikes", json_of(spikes)},
               {"outputs", json_of(outputs)},
               {"states", json_of(states)},
               {"hash_a", json_of(hash_a)},
               {"hash_b", json_of(hash_b)}});
}

}  // namespace ranvier
