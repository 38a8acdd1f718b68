"""Faults in Loihi's rules, each rounding, width and order: in the definition, in the models' programs, in the device."""

LIBRARIES = ["ranvier_driver_loihi"]
PROGRAMS = ["loihi_models_tests"]

RULES = "kernels/fixed/loihi.h"
MODELS = "core/models/loihi.cpp"
NARROW = "kernels/fixed/narrow.cpp"
WIDE = "kernels/fixed/wide.cpp"
SESSION = "devices/loihi/session.cpp"
PREPARED = "devices/loihi/prepared.cpp"
NATIVE = "devices/loihi/native.cpp"

# name: (file, text, replacement)
FAULTS = {
    # ------------------------------------------------------------------------------------------------------- the definition
    "loihi-decay-floors": (
        RULES,
        "return x < 0 ? -magnitude : magnitude;\n}\n\n/// Two's",
        "return x < 0 ? (x * factor) >> 12 : magnitude;\n}\n\n/// Two's",
    ),
    "loihi-decay-of-13-bits": (RULES, "(size) >> 12;", "(size) >> 13;"),
    "loihi-du-without-one": (RULES, "toward_zero(u, 4096 - du - 1)", "toward_zero(u, 4096 - du)"),
    "loihi-brian2-du-with-one": (
        RULES,
        "if (rules == Rules::brian2) return plus(toward_zero(u, 4096 - du), arriving);",
        "if (rules == Rules::brian2) return plus(toward_zero(u, 4096 - du - 1), arriving);",
    ),
    "loihi-dv-with-one": (RULES, "toward_zero(v, 4096 - dv)", "toward_zero(v, 4095 - dv)"),
    "loihi-arriving-of-22-bits": (RULES, "wrapped(arriving, 21)", "wrapped(arriving, 22)"),
    "loihi-arriving-of-20-bits": (RULES, "wrapped(arriving, 21)", "wrapped(arriving, 20)"),
    "loihi-arriving-without-end": (RULES, "wrapped(arriving, 21)", "arriving"),
    "loihi-current-of-24-bits": (RULES, "wrapped(arriving, 21), 23)", "wrapped(arriving, 21), 24)"),
    "loihi-current-without-end": (
        RULES,
        "return wrapped(decayed + wrapped(arriving, 21), 23);",
        "return decayed + wrapped(arriving, 21);",
    ),
    "loihi-drive-without-end": (RULES, "rules == Rules::nengo ? wrapped(plus(u, bias), 23) :", "false ? 0 :"),
    "loihi-drive-of-22-bits": (RULES, "wrapped(plus(u, bias), 23)", "wrapped(plus(u, bias), 22)"),
    "loihi-lava-drive-wraps": (
        RULES,
        "rules == Rules::nengo ? wrapped(plus(u, bias), 23)",
        "true ? wrapped(plus(u, bias), 23)",
    ),
    "loihi-half-wraps-early": (
        RULES,
        "(plus(x, half) & (2 * half - 1)) - half",
        "(plus(x, half - 1) & (2 * half - 1)) - half + 1",
    ),
    "loihi-once-at-the-top": (RULES, "if (u > kTop) return u - 2 * kTop;", "if (u >= kTop) return u - 2 * kTop;"),
    "loihi-once-not-at-the-bottom": (RULES, "u <= -kTop ?", "u < -kTop ?"),
    "loihi-once-is-twos-complement": (
        RULES,
        "return wrapped_once(plus(decayed, arriving));",
        "return wrapped(decayed + arriving, 23);",
    ),
    "loihi-once-upwards-only": (RULES, "return u <= -kTop ? u + 2 * kTop : u;", "return u;"),
    "loihi-once-never": (RULES, "return wrapped_once(plus(decayed, arriving));", "return decayed + arriving;"),
    "loihi-lava-arriving-of-21-bits": (
        RULES,
        "return wrapped_once(plus(decayed, arriving));",
        "return wrapped_once(decayed + wrapped(arriving, 21));",
    ),
    "loihi-v-clips-one-lower": (RULES, "sum < vmin ? vmin :", "sum < vmin - 1 ? vmin :"),
    "loihi-v-without-floor": (RULES, "sum < vmin ? vmin :", "false ? vmin :"),
    "loihi-v-without-ceiling": (RULES, "sum > vmax ? vmax : sum", "sum"),
    "loihi-brian2-v-clips": (RULES, "if (rules == Rules::brian2) return sum;", ""),
    "loihi-unit-of-7-bits": (RULES, "kUnit = 6;", "kUnit = 7;"),
    "loihi-mixed-keeps-its-bit": (RULES, "8 - bits + (sign == Sign::mixed ? 1 : 0)", "8 - bits"),
    "loihi-every-sign-drops-a-bit": (RULES, "(sign == Sign::mixed ? 1 : 0)", "1"),
    "loihi-exponent-on-each-weight": (RULES, "SumShift{-exponent, kUnit}", "SumShift{0, kUnit + exponent}"),
    "loihi-shift-of-the-sum-later": (
        RULES,
        "SumShift{-exponent, kUnit}",
        "exponent < -6 ? SumShift{-exponent - kUnit, 0} : SumShift{0, kUnit + exponent}",
    ),
    "loihi-positive-exponent-one-more": (RULES, "SumShift{0, exponent + kUnit}", "SumShift{0, exponent + kUnit + 1}"),
    "loihi-lava-clips-at-minus-254": (RULES, "sign == Sign::mixed ? -256 : 0", "sign == Sign::mixed ? -254 : 0"),
    "loihi-lava-clips-at-254": (RULES, "x > 255 ? 255 : x", "x > 254 ? 254 : x"),
    "loihi-lava-does-not-clip": (RULES, "x = x < low ? low : x > 255 ? 255 : x;", ""),
    "loihi-lava-cuts-towards-zero": (RULES, "side * ((x >> drop) * (1 << drop))", "side * (x / (1 << drop) * (1 << drop))"),
    "loihi-lava-rounds": (
        RULES,
        "side * ((x >> drop) * (1 << drop))",
        "side * ((x + ((1 << drop) >> 1) >> drop) * (1 << drop))",
    ),
    "loihi-inhibitory-cuts-down": (
        RULES,
        "const std::int32_t side = sign == Sign::inhibitory ? -1 : 1;",
        "const std::int32_t side = 1;\n  if (sign == Sign::inhibitory) w = w > 0 ? 0 : w < -255 ? -255 : w;\n"
        "  if (sign == Sign::inhibitory) return (w >> dropped_bits(sign, bits)) * (1 << dropped_bits(sign, bits));",
    ),
    "loihi-nengo-halves-away-from-zero": (
        RULES,
        "clipped(std::nearbyint(std::ldexp(static_cast<double>(w), -drop)))",
        "clipped(std::round(std::ldexp(static_cast<double>(w), -drop)))",
    ),
    "loihi-nengo-lost-bits-away-from-zero": (RULES, "std::nearbyint(std::ldexp(q, total))", "std::round(std::ldexp(q, total))"),
    "loihi-nengo-truncates": (
        RULES,
        "clipped(std::nearbyint(std::ldexp(static_cast<double>(w), -drop)))",
        "clipped(std::trunc(std::ldexp(static_cast<double>(w), -drop)))",
    ),
    "loihi-nengo-lost-bits-floor": (RULES, "if (total < 0) q = ", "if (false) q = "),
    "loihi-nengo-limit-one-more": (
        RULES,
        "const double limit = (1 << (8 - drop)) - 1;",
        "const double limit = 1 << (8 - drop);",
    ),
    "loihi-nengo-exponent-one-less": (
        RULES,
        "shifted(static_cast<std::int64_t>(q), total)",
        "shifted(static_cast<std::int64_t>(q), total - 1)",
    ),
    "loihi-brian2-floors-to-bits": (
        RULES,
        "static_cast<double>(w / step * step), exponent)",
        "std::floor(static_cast<double>(w) / step) * step, exponent)",
    ),
    "loihi-brian2-truncates-after-the-exponent": (
        RULES,
        "const double kept = std::floor(",
        "const double kept = std::trunc(",
    ),
    "loihi-brian2-limit-one-less": (RULES, "const double limit = (1 << 15) - 1;", "const double limit = (1 << 15) - 2;"),
    "loihi-brian2-limit-one-more": (RULES, "const double limit = (1 << 15) - 1;", "const double limit = 1 << 15;"),
    "loihi-noise-of-128": (RULES, "* 255 >> 32) - 127;", "* 255 >> 32) - 128;"),
    "loihi-noise-floors": (
        RULES,
        "const std::int64_t magnitude = (x < 0 ? -x : x) >> (7 - exponent);\n  return x < 0 ? -magnitude : magnitude;",
        "return x >> (7 - exponent);",
    ),
    "loihi-noise-offset-unscaled": (RULES, "r + 64 * std::int64_t{offset}", "r + std::int64_t{offset}"),
    "loihi-noise-exponent-one-more": (RULES, "(std::int64_t{1} << (exponent - 7))", "(std::int64_t{1} << (exponent - 6))"),
    # ------------------------------------------------------------------------------------------------- the models' programs
    "loihi-program-decay-floors": (
        MODELS,
        "return p.select(p.compare(RVD_OP_LT, x, number(p, 0)), p.unary(RVD_OP_NEG, magnitude), magnitude);\n}\n\n/// Two's",
        "return p.shift_right(x * factor, 12);\n}\n\n/// Two's",
    ),
    "loihi-program-du-without-one": (MODELS, "rules == Rules::brian2 ? 0 : 1", "0"),
    "loihi-program-brian2-du-with-one": (MODELS, "rules == Rules::brian2 ? 0 : 1", "1"),
    "loihi-program-dv-with-one": (MODELS, "return 4096 - dv; }", "return 4095 - dv; }"),
    "loihi-program-arriving-of-22-bits": (MODELS, "wrapped(p, arriving, 21)", "wrapped(p, arriving, 22)"),
    "loihi-program-arriving-without-end": (MODELS, "wrapped(p, arriving, 21)", "arriving"),
    "loihi-program-current-of-24-bits": (MODELS, "wrapped(p, arriving, 21), 23)", "wrapped(p, arriving, 21), 24)"),
    "loihi-program-drive-without-end": (MODELS, "rules == Rules::nengo ? wrapped(p, driven, 23) : driven", "driven"),
    "loihi-program-lava-drive-wraps": (
        MODELS,
        "rules == Rules::nengo ? wrapped(p, driven, 23)",
        "true ? wrapped(p, driven, 23)",
    ),
    "loihi-program-once-at-the-top": (
        MODELS,
        "p.compare(RVD_OP_GT, u, number(p, fixed::kTop))",
        "p.compare(RVD_OP_GE, u, number(p, fixed::kTop))",
    ),
    "loihi-program-once-not-at-the-bottom": (MODELS, "p.compare(RVD_OP_LE, u,", "p.compare(RVD_OP_LT, u,"),
    "loihi-program-once-upwards-only": (MODELS, "p.select(under, u + turn, u)", "u"),
    "loihi-program-once-never": (
        MODELS,
        "return rules == Rules::lava ? wrapped_once(p, decayed + arriving) : decayed + arriving;",
        "return decayed + arriving;",
    ),
    "loihi-program-brian2-wraps": (
        MODELS,
        "return rules == Rules::lava ? wrapped_once(p, decayed + arriving) : decayed + arriving;",
        "return wrapped_once(p, decayed + arriving);",
    ),
    "loihi-program-v-without-floor": (MODELS, 'p.binary(RVD_OP_MAX, sum, as_given(p, s, "vmin"))', "sum"),
    "loihi-program-v-without-ceiling": (
        MODELS,
        'return p.binary(RVD_OP_MIN, p.binary(RVD_OP_MAX, sum, as_given(p, s, "vmin")), as_given(p, s, "vmax"));',
        'return p.binary(RVD_OP_MAX, sum, as_given(p, s, "vmin"));',
    ),
    "loihi-program-brian2-v-clips": (MODELS, "if (rules == Rules::brian2) return decayed + u;", ""),
    "loihi-program-bias-unscaled": (MODELS, "return mantissa << exponent;", "return mantissa + 0 * exponent;"),
    "loihi-program-threshold-unscaled": (MODELS, "return vth << 6;", "return vth << 5;"),
    "loihi-program-fires-at-the-threshold": (
        MODELS,
        "p.compare(RVD_OP_GT, v, threshold)",
        "p.compare(RVD_OP_GE, v, threshold)",
    ),
    "loihi-program-reset-subtracts": (
        MODELS,
        "p.select(fired, zero, v));\n  p.variable",
        "p.select(fired, v - threshold, v));\n  p.variable",
    ),
    "loihi-program-reset-of-u": (MODELS, 'p.store("u", u);', 'p.store("u", p.select(fired, zero, u));'),
    "loihi-program-waits-one-longer": (MODELS, "steps - number(p, 1), zero", "steps, zero"),
    "loihi-program-waits-never": (MODELS, "v = p.select(p.compare(RVD_OP_GT, *wait, zero), zero, v);", ""),
    "loihi-program-waits-one-shorter": (
        MODELS,
        "p.compare(RVD_OP_GT, *wait, zero), zero, v)",
        "p.compare(RVD_OP_GT, *wait, number(p, 1)), zero, v)",
    ),
    "loihi-program-waits-with-v": (
        MODELS,
        "v = p.select(p.compare(RVD_OP_GT, *wait, zero), zero, v);\n  }\n"
        "  const Reg fired = p.compare(RVD_OP_GT, v, threshold);",
        "}\n  Reg fired = p.compare(RVD_OP_GT, v, threshold);\n"
        "  if (wait) fired = p.binary(RVD_OP_AND, fired, p.compare(RVD_OP_LE, *wait, zero));",
    ),
    "loihi-program-u-waits-too": (
        MODELS,
        "zero, v);\n  }\n  const Reg fired",
        'zero, v);\n    p.store("u", p.select(p.compare(RVD_OP_GT, *wait, zero), before_u, u));\n  } else {\n'
        '    p.store("u", u);\n  }\n  const Reg fired',
    ),
    "loihi-program-resets-one-later": (MODELS, 'p.state("phase", DType::i64) + number(p, 1)', 'p.state("phase", DType::i64)'),
    "loihi-program-resets-after-the-update": (
        MODELS,
        "kept(before_v), u);",
        "before_v, u);\n  v = kept(v);",
    ),
    "loihi-program-resets-v-alone": (MODELS, "current_of(p, s, kept(before_u),", "current_of(p, s, before_u,"),
    "loihi-program-v-of-the-last-current": (MODELS, "kept(before_v), u);", "kept(before_v), before_u);"),
    "loihi-program-graded-at-the-threshold": (
        MODELS,
        "p.compare(RVD_OP_GT, p.unary(RVD_OP_ABS, v), as_given",
        "p.compare(RVD_OP_GE, p.unary(RVD_OP_ABS, v), as_given",
    ),
    "loihi-program-graded-above-zero": (MODELS, "p.unary(RVD_OP_ABS, v), as_given", "v, as_given"),
    "loihi-program-graded-shifted": (
        MODELS,
        'p.receptor("input", DType::i64), fixed::kUnit)',
        'p.receptor("input", DType::i64), 0)',
    ),
    "loihi-program-convolution-unclamped": (
        MODELS,
        "if (convolution && rules == Rules::lava) sum = wrapped(p, sum, 23);",
        "",
    ),
    "loihi-program-convolution-of-23-bits": (MODELS, "sum = wrapped(p, sum, 23);", "sum = wrapped(p, sum, 22);"),
    "loihi-program-binarize-by-sign": (MODELS, "p.compare(RVD_OP_NE, sum,", "p.compare(RVD_OP_GT, sum,"),
    "loihi-program-noise-floors": (
        MODELS,
        "return sum + p.select(p.compare(RVD_OP_LT, x, number(p, 0)), p.unary(RVD_OP_NEG, magnitude), magnitude);",
        "return sum + p.shift_right(x, static_cast<unsigned>(-exponent)) + 0 * magnitude;",
    ),
    "loihi-program-noise-of-signed-words": (
        MODELS,
        "p.binary(RVD_OP_AND, p.convert(p.random(0), DType::i64), number(p, 0xFFFF'FFFF))",
        "p.convert(p.random(0), DType::i64)",
    ),
    # ----------------------------------------------------------------------------------------------- the device's narrow loop
    "loihi-narrow-decay-floors": (
        NARROW,
        "return Sub(Xor(magnitude, sign), sign);",
        "return Sub(Sub(Xor(magnitude, sign), sign), IfThenElseZero(hn::And(hn::Lt(x, Zero(Tag<Int>())),\n"
        "      hn::Ne(And(Mul(And(size, all(4095)), factor), all(4095)), Zero(Tag<Int>()))), all(1)));",
    ),
    "loihi-narrow-decay-without-low-bits": (NARROW, "const V magnitude = Add(high, low);", "const V magnitude = high;"),
    "loihi-narrow-decay-in-32-bits": (
        NARROW,
        "const V magnitude = Add(high, low);",
        "const V magnitude = Add(hn::ShiftRight<12>(Mul(size, factor)), Sub(Xor(high, high), Xor(low, low)));",
    ),
    "loihi-narrow-du-without-one": (NARROW, "kRules == Rules::brian2 ? 0 : 1", "0"),
    "loihi-narrow-brian2-du-with-one": (NARROW, "kRules == Rules::brian2 ? 0 : 1", "1"),
    "loihi-narrow-dv-with-one": (NARROW, "Sub(all(4096), at(p.dv, i))", "Sub(all(4095), at(p.dv, i))"),
    "loihi-narrow-arriving-of-22-bits": (NARROW, "wrapped<21>(arriving)", "wrapped<22>(arriving)"),
    "loihi-narrow-arriving-without-end": (NARROW, "wrapped<21>(arriving)", "arriving"),
    "loihi-narrow-current-of-24-bits": (NARROW, "wrapped<23>(sum)", "wrapped<24>(sum)"),
    "loihi-narrow-current-without-end": (NARROW, "wrapped<23>(sum)", "sum"),
    "loihi-narrow-drive-without-end": (NARROW, "wrapped<23>(drive)", "drive"),
    "loihi-narrow-once-at-the-top": (NARROW, "over = hn::Gt(sum, all(kTop))", "over = hn::Gt(sum, all(kTop - 1))"),
    "loihi-narrow-once-not-at-the-bottom": (NARROW, "under = hn::Lt(sum, all(1 - kTop))", "under = hn::Lt(sum, all(-kTop))"),
    "loihi-narrow-once-upwards-only": (NARROW, "IfThenElseZero(under, all(2 * kTop))", "IfThenElseZero(under, all(0))"),
    "loihi-narrow-v-without-floor": (NARROW, "hn::Max(sum, at(p.vmin, i))", "sum"),
    "loihi-narrow-v-without-ceiling": (
        NARROW,
        "hn::Min(hn::Max(sum, at(p.vmin, i)), at(p.vmax, i))",
        "hn::Max(sum, at(p.vmin, i))",
    ),
    "loihi-narrow-brian2-v-clips": (
        NARROW,
        "if constexpr (kRules != Rules::brian2) {\n        const V sum = v;",
        "if constexpr (true) {\n        const V sum = v;",
    ),
    "loihi-narrow-fires-at-the-threshold": (
        NARROW,
        "hn::Gt(v, at(p.threshold, i))",
        "hn::Gt(v, Sub(at(p.threshold, i), all(1)))",
    ),
    "loihi-narrow-no-reset": (NARROW, "StoreU(IfThenZeroElse(fired, v), d, vs + i);", "StoreU(v, d, vs + i);"),
    "loihi-narrow-reset-of-u": (NARROW, "StoreU(u, d, us + i);", "StoreU(IfThenZeroElse(fired, u), d, us + i);"),
    "loihi-narrow-waits-one-longer": (
        NARROW,
        "Sub(IfThenElse(fired, at(p.refractory, i), wait), all(1))",
        "Sub(IfThenElse(fired, Add(at(p.refractory, i), all(1)), wait), all(1))",
    ),
    "loihi-narrow-waits-never": (NARROW, "waits = hn::Gt(wait, Zero(d))", "waits = hn::Gt(Zero(d), wait)"),
    "loihi-narrow-bias-forgotten": (NARROW, "Add(u, at(p.bias, i))", "u"),
    "loihi-narrow-parameters-of-the-first-64": (
        NARROW,
        "column.values + (i & column.each)",
        "column.values + (i & column.each & 63)",
    ),
    "loihi-narrow-sums-not-cleared": (NARROW, "StoreU(Zero(d), d, terms);", ""),
    "loihi-narrow-sum-unclamped": (NARROW, "if (sum.clamped) {", "if (false) {"),
    "loihi-narrow-clamp-of-24-bits": (NARROW, "const V kept = wrapped<23>(x);", "const V kept = wrapped<24>(x);"),
    "loihi-narrow-sum-shifts-once": (
        NARROW,
        "hn::ShiftRightSame(x, sum.shift.right), sum.shift.left",
        "x, sum.shift.left - sum.shift.right",
    ),
    "loihi-narrow-noise-of-u-forgotten": (NARROW, "LoadU(d, a.noise_u + i)", "Zero(d)"),
    "loihi-narrow-noise-of-v-forgotten": (NARROW, "LoadU(d, a.noise_v + i)", "Zero(d)"),
    "loihi-narrow-tail-emits": (NARROW, "bits & first(a.count - word * 64);", "bits;"),
    # ------------------------------------------------------------------------------------------------ the device's wide loop
    "loihi-wide-noise-forgotten": (WIDE, "a.noise_u == nullptr ? 0 : a.noise_u[i]", "0"),
    "loihi-wide-noise-of-v-forgotten": (WIDE, "a.noise_v == nullptr ? 0 : a.noise_v[i]", "0"),
    "loihi-wide-fires-at-the-threshold": (WIDE, "v > at(p.threshold, i)", "v >= at(p.threshold, i)"),
    "loihi-wide-waits-with-v": (WIDE, "if (waits) v = 0;", ""),
    "loihi-wide-waits-one-longer": (
        WIDE,
        "(fired ? at(p.refractory, i) : a.wait[i]) - 1",
        "(fired ? at(p.refractory, i) + 1 : a.wait[i]) - 1",
    ),
    "loihi-wide-no-reset": (WIDE, "fired ? 0 : v;", "v;"),
    "loihi-wide-sums-not-cleared": (WIDE, "sum.terms[i] = 0;", ""),
    "loihi-wide-sum-unclamped": (WIDE, "if (sum.clamped) {", "if (false) {"),
    "loihi-wide-sum-shifts-once": (
        WIDE,
        "shifted(x >> sum.shift.right, sum.shift.left)",
        "shifted(x, sum.shift.left - sum.shift.right)",
    ),
    "loihi-graded-at-the-threshold": (WIDE, "size > at(threshold, i)", "size >= at(threshold, i)"),
    "loihi-graded-above-zero": (WIDE, "const std::int64_t size = v < 0 ? minus(0, v) : v;", "const std::int64_t size = v;"),
    "loihi-graded-unshifted": (WIDE, "take(sums, i, wraps) >> kUnit", "take(sums, i, wraps)"),
    # ---------------------------------------------------------------------------------------------------- the device's session
    "loihi-delay-one-longer": (
        SESSION,
        "if (n - first_step_ < arrival.delay) continue;",
        "if (n - first_step_ <= arrival.delay) continue;",
    ),
    "loihi-delay-forgotten": (
        SESSION,
        "events_of(arrival.source, lane, n - arrival.delay)",
        "events_of(arrival.source, lane, n)",
    ),
    "loihi-ring-without-the-delay": (
        SESSION,
        "std::bit_ceil(neurons.longest_delay + 1)",
        "std::bit_ceil(neurons.longest_delay)",
    ),
    "loihi-counts-multiply": (SESSION, "if (arrival.counted) events.values = nullptr;", ""),
    "loihi-resets-one-later": (SESSION, "(n - first_step_ + 1) % interval", "(n - first_step_) % interval"),
    "loihi-resets-v-alone": (SESSION, "std::memset(arrays.u, 0, network.count * size);", ""),
    "loihi-resets-u-alone": (SESSION, "std::memset(arrays.v, 0, network.count * size);", ""),
    "loihi-reset-offset-as-given": (
        SESSION,
        "static_cast<std::uint64_t>(network.reset_offset) % interval) {",
        "static_cast<std::uint64_t>(network.reset_offset)) {",
    ),
    "loihi-noise-of-the-next-step": (
        SESSION,
        "RandomObject::population, index), n, first_lane_",
        "RandomObject::population, index), n + 1, first_lane_",
    ),
    "loihi-noise-of-another-population": (
        SESSION,
        "RandomObject::population, index), n,",
        "RandomObject::population, index + 1), n,",
    ),
    "loihi-noise-where-it-is-not": (
        SESSION,
        "Noise::On::u ? arrays.noise_u : arrays.noise_v",
        "Noise::On::v ? arrays.noise_u : arrays.noise_v",
    ),
    "loihi-u-begins-at-zero": (SESSION, "u = loihi::at(network.u0, i), v =", "u = 0, v ="),
    "loihi-v-begins-at-zero": (SESSION, "v = loihi::at(network.v0, i);", "v = 0;"),
    # ----------------------------------------------------------------------------------------- what the device makes of a plan
    "loihi-bias-unscaled": (PREPARED, "at(p.bias_mant, i) * (1 << at(p.bias_exp, i))", "at(p.bias_mant, i)"),
    "loihi-threshold-unscaled": (PREPARED, "p.vth[i] << fixed::kUnit", "p.vth[i]"),
    "loihi-waits-never": (PREPARED, "return steps > 1; }", "return steps > 64; }"),
    "loihi-format-of-the-first-sum": (PREPARED, "if (group.joint != 0 && known != joints.end())", "if (!joints.empty())"),
    "loihi-sums-of-a-node-apart": (PREPARED, "if (group.joint != 0 && known != joints.end())", "if (false)"),
    "loihi-narrow-always": (PREPARED, "if (!(u + arriving <= fixed::kNarrow && v <= fixed::kNarrow)) return false;", ""),
    "loihi-counts-events-of-inputs": (NATIVE, "way.counted || fires ||", "true || fires ||"),
    "loihi-multiplies-what-binarize-counts": (NATIVE, "way.counted || fires ||", "fires ||"),
    "loihi-delay-of-one-edge": (NATIVE, "delay + projection.delay, name", "delay, name"),
    "loihi-clamps-dense-too": (NATIVE, 'group.clamped = model(node) == "loihi_conv@1" && network_', "group.clamped = network_"),
    "loihi-clamps-never": (
        NATIVE,
        'group.clamped = model(node) == "loihi_conv@1" && network_',
        "group.clamped = false && network_",
    ),
    "loihi-rules-always-lava": (NATIVE, 'name == "nengo" ? Rules::nengo', 'name == "" ? Rules::nengo'),
}
