// Loihi's models as programs of 64-bit operations. `u` is in units of 2^-6 of a weight, as on the chip.
#include "core/models/loihi.h"

#include <algorithm>
#include <cmath>

#include <ranvier/quantity.h>

#include "core/models/coefficients.h"
#include "core/models/stateless.h"
#include "kernels/fixed/loihi.h"

namespace ranvier::models {
namespace {

using fixed::Range, fixed::Rules, fixed::Sign;

constexpr std::string_view kSources =
    "lava-nc 0.10.0 (lif, dense, conv, graded: models.py); nengo-loihi 1.1.0 (emulator/interface.py, builder/discretize.py); "
    "brian2-loihi 0.5.2";

const OptionSpec kRules{"rules", {"lava", "nengo", "brian2"}};

Rules rules_of(const Setting& s) {
  return s.is("rules", "nengo") ? Rules::nengo : s.is("rules", "brian2") ? Rules::brian2 : Rules::lava;
}

Sign sign_of(const Setting& s) {
  if (s.is("sign_mode", "excitatory")) return Sign::excitatory;
  return s.is("sign_mode", "inhibitory") ? Sign::inhibitory : Sign::mixed;
}

int whole(const Setting& s, std::string_view name) { return static_cast<int>(s.parameter(name).at(0)); }

// ------------------------------------------------------------------------------------------------------------------- ranges

constexpr ParameterSpec any(std::string_view name, std::optional<double> fallback) { return {name, "", fallback}; }

constexpr ParameterSpec of_node(std::string_view name, double fallback) {
  return {name, "", fallback, -std::numeric_limits<double>::infinity(), Extent::node};
}

/// A problem with the first element that is not a whole number of the range.
void check_range(const Setting& s, std::string_view name, Range range, const std::string& where, Problems& problems,
                 const std::string& remedy = {}) {
  const Tensor& values = s.parameter(name);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values.at(i);
    if (value >= range.low && value <= range.high && value == std::floor(value)) continue;
    problems.add(Code::out_of_range,
                 "The parameter " + std::string(name) + " is " + format_number(value) + " at index " + std::to_string(i) +
                     "; it must be a whole number from " + std::to_string(range.low) + " to " + std::to_string(range.high) +
                     ".",
                 where, remedy);
    return;
  }
}

void check_lif(const Setting& s, const std::string& where, Problems& problems) {
  const bool brian2 = s.is("rules", "brian2");
  const Range none{0, 0}, lowest{1 - fixed::kTop, 1 - fixed::kTop}, highest{fixed::kTop - 1, fixed::kTop - 1};
  const Range potential{lowest.low, highest.high};
  const std::string theirs = brian2 ? "brian2-loihi has neither a bias nor bounds of v: take rules = lava or nengo." : "";
  check_range(s, "du", {fixed::kDecay.low, brian2 ? fixed::kDecay.high : fixed::kDecay.high - 1}, where, problems,
              brian2 ? "" : "The chip adds 1 to du: 4095 keeps nothing of u.");
  check_range(s, "dv", fixed::kDecay, where, problems);
  check_range(s, "vth", fixed::kThreshold, where, problems, "The threshold is vth * 64: it is compared with v.");
  check_range(s, "bias_mant", brian2 ? none : fixed::kBiasMantissa, where, problems, theirs);
  check_range(s, "bias_exp", fixed::kBiasExponent, where, problems);
  check_range(s, "refractory", fixed::kRefractory, where, problems);
  check_range(s, "vmin", brian2 ? lowest : potential, where, problems, theirs);
  check_range(s, "vmax", brian2 ? highest : potential, where, problems, theirs);
  check_range(s, "u0", {-fixed::kTop, fixed::kTop}, where, problems);
  check_range(s, "v0", potential, where, problems);
  check_range(s, "noise_exp", fixed::kNoiseExponent, where, problems);
  check_range(s, "noise_offset", fixed::kNoiseOffset, where, problems);
  constexpr Range kInterval{0, std::numeric_limits<std::int32_t>::max()};
  check_range(s, "reset_interval", kInterval, where, problems);
  check_range(s, "reset_offset", kInterval, where, problems);

  const Tensor &low = s.parameter("vmin"), &high = s.parameter("vmax");
  for (std::size_t i = 0; i < extent(low, high); ++i) {
    if (widened(low, i) <= widened(high, i)) continue;
    problems.add(Code::out_of_range, "vmin is above vmax at index " + std::to_string(i) + ".", where);
    return;
  }
}

void check_graded(const Setting& s, const std::string& where, Problems& problems) {
  check_range(s, "vth", {0, fixed::kTop - 1}, where, problems);
}

void check_synapse(const Setting& s, const std::string& where, Problems& problems) {
  check_range(s, "weight_exp", fixed::kWeightExponent, where, problems);
  check_range(s, "num_weight_bits", fixed::kWeightBits, where, problems);
}

void check_conv(const Setting& s, const std::string& where, Problems& problems) {
  if (!s.is("rules", "lava")) return check_synapse(s, where, problems);
  const std::string remedy = "Lava's convolution takes its weights as they are; shift them instead.";
  check_range(s, "weight_exp", {0, 0}, where, problems, remedy);
  check_range(s, "num_weight_bits", {8, 8}, where, problems, remedy);
}

/// What may be asked for. Lava and nengo clip what is outside the format; brian2 refuses, and so does a convolution, which lava
/// does not clip.
Range weight_range(Rules rules, Sign sign, bool clips) {
  constexpr Range kAny{std::numeric_limits<std::int32_t>::min() + 1, std::numeric_limits<std::int32_t>::max()};
  if (rules != Rules::brian2) return clips ? kAny : Range{-256, 255};
  return {sign == Sign::excitatory ? 0 : -256, sign == Sign::mixed ? 254 : sign == Sign::excitatory ? 255 : 0};
}

/// store(weight) for each; or a problem with the first that is out of range.
/// @param exponent  of 2, of what the stored weights contain.
template <class Store>
StoredWeight stored(const Tensor& weight, Range range, int exponent, const std::string& where, Problems& problems,
                    Store store) {
  StoredWeight result{Tensor(weight.shape(), DType::i32), 0};
  std::int32_t* out = result.values.mutable_data<std::int32_t>();
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const double value = weight.at(i);
    if (!(value >= range.low && value <= range.high && value == std::floor(value))) {
      problems.add(Code::out_of_range,
                   "The weight at flat index " + std::to_string(i) + " is " + format_number(value) +
                       "; it must be a whole number from " + std::to_string(range.low) + " to " + std::to_string(range.high) +
                       ".",
                   where);
      return {};
    }
    out[i] = store(static_cast<std::int32_t>(value));
    if (out[i] != std::ldexp(value, exponent)) ++result.changed;
  }
  return result;
}

StoredWeight stored_dense(const Setting& s, const Tensor& weight, const std::string& where, Problems& problems) {
  const Rules rules = rules_of(s);
  const Sign sign = sign_of(s);
  const int bits = whole(s, "num_weight_bits"), exponent = whole(s, "weight_exp");
  return stored(weight, weight_range(rules, sign, true), rules == Rules::lava ? 0 : exponent, where, problems,
                [=](std::int32_t w) { return fixed::weight_of(rules, w, sign, bits, exponent); });
}

StoredWeight stored_conv(const Setting& s, const Tensor& weight, const std::string& where, Problems& problems) {
  if (rules_of(s) != Rules::lava) return stored_dense(s, weight, where, problems);
  return stored(weight, weight_range(Rules::lava, Sign::mixed, false), 0, where, problems, [](std::int32_t w) { return w; });
}

// ----------------------------------------------------------------------------------------------------------------- programs

Reg number(ProgramBuilder& p, std::int64_t value) { return p.constant(value); }

/// sign(x) (|x| factor >> 12).
Reg toward_zero(ProgramBuilder& p, Reg x, Reg factor) {
  const Reg magnitude = p.shift_right(p.unary(RVD_OP_ABS, x) * factor, 12);
  return p.select(p.compare(RVD_OP_LT, x, number(p, 0)), p.unary(RVD_OP_NEG, magnitude), magnitude);
}

/// Two's complement of `bits` bits and a sign.
Reg wrapped(ProgramBuilder& p, Reg x, int bits) {
  const std::int64_t half = std::int64_t{1} << bits;
  return p.binary(RVD_OP_AND, x + number(p, half), number(p, 2 * half - 1)) - number(p, half);
}

/// Lava's: once, and 2^23 stays.
Reg wrapped_once(ProgramBuilder& p, Reg u) {
  const Reg turn = number(p, 2 * std::int64_t{fixed::kTop});
  const Reg over = p.compare(RVD_OP_GT, u, number(p, fixed::kTop));
  const Reg under = p.compare(RVD_OP_LE, u, number(p, -fixed::kTop));
  return p.select(over, u - turn, p.select(under, u + turn, u));
}

/// rule(parameter...) per neuron, as a coefficient.
template <class Rule, class... Parameter>
Reg coefficient(ProgramBuilder& p, const std::string& name, Rule rule, const Parameter&... parameters) {
  Tensor result(Shape{extent(parameters...)}, DType::i64);
  std::int64_t* out = result.mutable_data<std::int64_t>();
  for (std::size_t i = 0; i < result.size(); ++i) out[i] = rule(static_cast<std::int64_t>(widened(parameters, i))...);
  return p.coefficient(name, std::move(result));
}

Reg as_given(ProgramBuilder& p, const Setting& s, const std::string& name) {
  return coefficient(
      p, name, [](std::int64_t value) { return value; }, s.parameter(name));
}

/// sum, with a step's noise where the neuron has noise of `on`.
Reg noisy(ProgramBuilder& p, const Setting& s, std::string_view on, Reg sum) {
  if (!s.is("noise", on)) return sum;
  const Reg word = p.binary(RVD_OP_AND, p.convert(p.random(0), DType::i64), number(p, 0xFFFF'FFFF));
  const Reg r = p.shift_right(word * number(p, 255), 32) - number(p, 127);
  const Reg x = r + number(p, 64 * std::int64_t{whole(s, "noise_offset")});
  const int exponent = whole(s, "noise_exp") - 7;
  if (exponent >= 0) return sum + p.shift_left(x, static_cast<unsigned>(exponent));
  const Reg magnitude = p.shift_right(p.unary(RVD_OP_ABS, x), static_cast<unsigned>(-exponent));
  return sum + p.select(p.compare(RVD_OP_LT, x, number(p, 0)), p.unary(RVD_OP_NEG, magnitude), magnitude);
}

Reg current_of(ProgramBuilder& p, const Setting& s, Reg u, Reg arriving) {
  const Rules rules = rules_of(s);
  const int added = rules == Rules::brian2 ? 0 : 1;
  const Reg kept = coefficient(
      p, "kept_u", [=](std::int64_t du) { return 4096 - du - added; }, s.parameter("du"));
  const Reg decayed = toward_zero(p, u, kept);
  if (rules == Rules::nengo) return wrapped(p, decayed + wrapped(p, arriving, 21), 23);
  return rules == Rules::lava ? wrapped_once(p, decayed + arriving) : decayed + arriving;
}

Reg potential_of(ProgramBuilder& p, const Setting& s, Reg v, Reg u) {
  const Rules rules = rules_of(s);
  const Reg kept = coefficient(
      p, "kept_v", [](std::int64_t dv) { return 4096 - dv; }, s.parameter("dv"));
  const Reg decayed = toward_zero(p, v, kept);
  if (rules == Rules::brian2) return decayed + u;
  const auto bias = [](std::int64_t mantissa, std::int64_t exponent) { return mantissa << exponent; };
  const Reg bias_of_step = coefficient(p, "bias", bias, s.parameter("bias_mant"), s.parameter("bias_exp"));
  const Reg driven = noisy(p, s, "v", u + bias_of_step);
  const Reg sum = decayed + (rules == Rules::nengo ? wrapped(p, driven, 23) : driven);
  return p.binary(RVD_OP_MIN, p.binary(RVD_OP_MAX, sum, as_given(p, s, "vmin")), as_given(p, s, "vmax"));
}

/// Counts the steps from 1 modulo reset_interval, and leaves 0 in place of a state where the count is reset_offset.
class PeriodicReset {
 public:
  PeriodicReset(ProgramBuilder& p, const Setting& s) : p_(p) {
    const std::int64_t interval = whole(s, "reset_interval");
    if (interval == 0) return;
    const Reg next = p.state("phase", DType::i64) + number(p, 1);
    const Reg phase = p.select(p.compare(RVD_OP_EQ, next, number(p, interval)), number(p, 0), next);
    p.store("phase", phase);
    due_ = p.compare(RVD_OP_EQ, phase, number(p, whole(s, "reset_offset") % interval));
  }
  Reg operator()(Reg state) const { return due_ ? p_.select(*due_, number(p_, 0), state) : state; }

 private:
  ProgramBuilder& p_;
  std::optional<Reg> due_;
};

bool any_above(const Tensor& values, double limit) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values.at(i) > limit) return true;
  }
  return false;
}

// A neuron that waits had v = 0 when it fired, and keeps it in all rules: brian2 freezes v, the others hold it.
Program build_lif(const Setting& s) {
  ProgramBuilder p;
  const Reg arriving = p.receptor("input", DType::i64);
  const Reg before_u = p.state("u", DType::i64, s.parameter("u0").cast(DType::i64));
  const Reg before_v = p.state("v", DType::i64, s.parameter("v0").cast(DType::i64));
  const PeriodicReset kept(p, s);
  const Reg u = current_of(p, s, kept(before_u), noisy(p, s, "u", arriving));
  Reg v = potential_of(p, s, kept(before_v), u);
  const auto height = [](std::int64_t vth) { return vth << 6; };
  const Reg threshold = coefficient(p, "threshold", height, s.parameter("vth"));

  const Reg zero = number(p, 0);
  std::optional<Reg> wait;
  if (any_above(s.parameter("refractory"), 1)) {
    wait = p.state("wait", DType::i64);
    v = p.select(p.compare(RVD_OP_GT, *wait, zero), zero, v);
  }
  const Reg fired = p.compare(RVD_OP_GT, v, threshold);
  if (wait) {
    const Reg steps = p.select(fired, as_given(p, s, "refractory"), *wait);
    p.store("wait", p.binary(RVD_OP_MAX, steps - number(p, 1), zero));
  }
  p.store("u", u);
  p.store("v", p.select(fired, zero, v));
  p.variable("u", "u");
  p.variable("v", "v");
  p.emit(fired);
  return p.finish();
}

// Lava's has no << 6 between synapse and vector.
Program build_graded(const Setting& s) {
  ProgramBuilder p;
  const Reg v = p.shift_right(p.receptor("input", DType::i64), fixed::kUnit);
  const Reg fired = p.compare(RVD_OP_GT, p.unary(RVD_OP_ABS, v), as_given(p, s, "vth"));
  p.emit(p.convert(p.select(fired, v, number(p, 0)), DType::i32));
  return p.finish();
}

Program build_synapse(const Setting& s, bool convolution) {
  const Rules rules = rules_of(s);
  const fixed::SumShift shift = fixed::sum_shift(rules, whole(s, "weight_exp"));
  ProgramBuilder p;
  Reg sum = p.convert(p.receptor("input", DType::i32), DType::i64);
  if (convolution && rules == Rules::lava) sum = wrapped(p, sum, 23);
  if (shift.right > 0) sum = p.shift_right(sum, static_cast<unsigned>(shift.right));
  p.emit(p.shift_left(sum, static_cast<unsigned>(shift.left)));
  return p.finish();
}

Program build_dense(const Setting& s) { return build_synapse(s, false); }
Program build_conv(const Setting& s) { return build_synapse(s, true); }

Program build_binarize(const Setting&) {
  ProgramBuilder p;
  const Reg sum = p.receptor("input", DType::i32);
  p.emit(p.compare(RVD_OP_NE, sum, p.constant(std::int32_t{0})));
  return p.finish();
}

}  // namespace

Record loihi_lif() {
  Record record;
  record.name = "loihi_lif@1";
  record.summary = "Loihi's neuron: u and v in 24 bits, decays in 12, spike where v > 64 vth, then v = 0";
  record.citation = kSources;
  record.stateful = true;
  record.spiking = true;
  record.parameters = {any("du", 4095),
                       any("dv", 0),
                       any("vth", std::nullopt),
                       any("bias_mant", 0),
                       any("bias_exp", 0),
                       any("refractory", 1),
                       any("vmin", 1 - fixed::kTop),
                       any("vmax", fixed::kTop - 1),
                       any("u0", 0),
                       any("v0", 0),
                       of_node("reset_interval", 0),
                       of_node("reset_offset", 0),
                       of_node("noise_exp", 0),
                       of_node("noise_offset", 0)};
  record.options = {kRules, {"noise", {"none", "u", "v"}}};
  record.needs = {{"noise", "u", "rules", {"lava", "nengo"}}, {"noise", "v", "rules", {"lava", "nengo"}}};
  record.check = check_lif;
  record.build = build_lif;
  return record;
}

Record loihi_graded() {
  Record record;
  record.name = "loihi_graded@1";
  record.summary = "Lava's GradedVec: v is a step's sum in units of a weight; emits v where |v| > vth";
  record.citation = kSources;
  record.spiking = true;
  record.parameters = {any("vth", std::nullopt)};
  record.check = check_graded;
  record.build = build_graded;
  return record;
}

Record loihi_dense() {
  Record record;
  record.name = "loihi_dense@1";
  record.summary = "Loihi's synapses with weight [..., out, in]: the sum of the stored weights, 64 for a weight of 1";
  record.citation = kSources;
  record.linear = true;
  record.parameters = {of_node("weight_exp", 0), of_node("num_weight_bits", 8)};
  record.options = {kRules, {"sign_mode", {"mixed", "excitatory", "inhibitory"}}};
  record.needs = {{"rules", "nengo", "sign_mode", {"mixed"}}};
  record.check = check_synapse;
  record.build = build_dense;
  record.stored_weight = stored_dense;
  return record;
}

Record loihi_conv() {
  Record record = loihi_dense();
  record.name = "loihi_conv@1";
  record.summary = "conv@1 without bias, of Loihi's synapses; lava's sum wraps at 24 bits, and its weights are as given";
  for (const ParameterSpec& spec : window_parameters()) record.parameters.push_back(spec);
  record.needs.push_back({"rules", "lava", "sign_mode", {"mixed"}});
  record.check = check_conv;
  record.build = build_conv;
  record.stored_weight = stored_conv;
  return record;
}

Record binarize() {
  Record record;
  record.name = "binarize@1";
  record.summary = "1 where the sum is not 0: several events, or a graded one, count as one";
  record.citation = kSources;
  record.build = build_binarize;
  return record;
}

}  // namespace ranvier::models
