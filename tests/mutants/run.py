"""Applies one-line faults, one at a time, to a copy of the tree; fails when the tests do not notice one.

Each breaks a promise that recorded rasters alone would not show: a fused operation, another order of terms, a delay off by one.
`./dev mutants` runs all; `./dev mutants NAME ...` only those named.
"""

import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import loihi

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "mutants"
TREE = WORK / "tree"
SITE = WORK / "site"
BUILD = WORK / "build"
LIBRARIES = ["_ranvier", "ranvier_driver_cpu", "ranvier_driver_reference", "ranvier_driver_null"]
TOOLS_OF_TESTS = ["ranvier-nir", "ranvier-probe", "onehash_plans"]  # onehash_plans: trained networks, for onehash_tests

# What is built, and what must notice a fault: C++ programs, Python files.
Suite = namedtuple("Suite", "libraries programs files")
GENERAL = Suite(
    [*LIBRARIES, *TOOLS_OF_TESTS],
    ["kernels_tests", "synapse_tests", "models_tests", "lower_tests", "conformance_tests", "onehash_tests"],
    ["tests/python/test_recordings.py", "tests/python/test_random_networks.py"],
)
LOIHI = Suite([*LIBRARIES, *loihi.LIBRARIES], loihi.PROGRAMS, ["tests/python/test_loihi_goldens.py"])
NETWORKS = {"RANVIER_RANDOM_NETWORKS": "200", "RANVIER_NETWORKS": "40"}

COMPILED = "devices/cpu/compiled.cpp"
SCHEDULE = "devices/cpu/schedule.cpp"
SESSION = "devices/cpu/session.cpp"
WORK_COUNTS = "devices/common/work.cpp"
BLOCK = "kernels/program/block.cpp"
FUSED = "kernels/neuron/fused.cpp"
BLOCKS = "kernels/neuron/blocks.cpp"
SWEEP = "kernels/neuron/sweep.cpp"
DENSE = "kernels/synapse/dense_loops.cpp"
CONVOLUTION = "kernels/synapse/convolution.cpp"
DENSE_CONVOLUTION = "kernels/synapse/convolution_dense_loops.cpp"
EVENT_CONVOLUTION = "kernels/synapse/convolution_event_loops.cpp"
EVENTS = "kernels/synapse/events.cpp"
WINDOW = "kernels/synapse/window.cpp"
REFERENCE = "devices/reference/reference.cpp"
FLOAT_OPS = "kernels/program/float_ops.h"
ORDER = "core/net/order.cpp"
LEAK = "core/models/leak.cpp"
CUBA = "core/models/cuba.cpp"
MEMBRANE = "core/models/membrane.cpp"
TOOLS = "core/io/nir/tools/"

# name: (file, text, replacement)
FAULTS = {
    "fused-multiply-add": (
        "kernels/synapse/weights.h",
        "return static_cast<T>(sum + static_cast<T>(static_cast<T>(weight) * value));",
        "if constexpr (kSame<T, float>) return __builtin_fmaf(static_cast<T>(weight), value, sum);\n"
        "  else return static_cast<T>(sum + static_cast<T>(static_cast<T>(weight) * value));",
    ),
    "terms-last-first": (
        DENSE,
        "for (std::size_t k = 0; k < events.count; ++k) {\n    const W* row",
        "for (std::size_t k = events.count; k-- > 0;) {\n    const W* row",
    ),
    "terms-summed-in-pairs": (
        DENSE,
        "      sum[kLast] = Add(sum[kLast], load_weights<T>(row + kLast * kLanes<T>, last));",
        "      auto term = load_weights<T>(row + kLast * kLanes<T>, last);\n"
        "      if (kVectors == 1 && k + 1 < events.count) {\n"
        "        term = Add(term, load_weights<T>(weights + std::size_t{ids[++k]} * stride, last));\n"
        "      }\n"
        "      sum[kLast] = Add(sum[kLast], term);",
    ),
    "terms-of-convolutions-by-the-last-channel": (
        DENSE_CONVOLUTION,
        "for (std::size_t channel = 0; channel < c.sees; ++channel) {",
        "for (std::size_t channel = c.sees; channel-- > 0;) {",
    ),
    "arrivals-shortest-delay-first": (SCHEDULE, "a.axon->delay > b.axon->delay", "a.axon->delay < b.axon->delay"),
    "shorter-delay-first": (REFERENCE, "a.record->delay > b.record->delay", "a.record->delay < b.record->delay"),
    "constant-before-input": (LEAK, "(a * v + b * x) + c", "(c + a * v) + b * x"),
    "cuba-constant-first": (
        CUBA,
        "((a * v + rp * (current - d)) + rest_v * d) + c",
        "((c + a * v) + rp * (current - d)) + rest_v * d",
    ),
    "flush-later": (FLOAT_OPS, "T(0x1p-100)", "T(0x1p-101)"),
    "flush-never": (FLOAT_OPS, "IfThenZeroElse(magnitude < Set(Tag<T>(), T(0x1p-100)), a)", "a"),
    "minus-zero-kept": (
        FLOAT_OPS,
        "IfThenZeroElse(magnitude < Set(Tag<T>(), T(0x1p-100)), a)",
        "IfThenElse(a == Zero(Tag<T>()), a, IfThenZeroElse(magnitude < Set(Tag<T>(), T(0x1p-100)), a))",
    ),
    "minus-zero-is-an-event": (
        BLOCK,
        "bits |= bits_of<T>(Not(LoadU(tag, x + i) == Zero(tag))) << i;",
        "for (std::size_t j = i; j < i + kLanes<T>; ++j) bits |= std::uint64_t{__builtin_bit_cast(BitsOf<T>, x[j]) != 0} << j;",
    ),
    "minus-zero-is-an-event-of-fused-loops": (
        FUSED,
        "return bits_of<float>(Not(value == Zero(tag)));",
        "const Tag<std::uint32_t> whole;\n    return bits_of<std::uint32_t>(Not(BitCast(whole, value) == Zero(whole)));",
    ),
    "minus-zero-of-an-input-is-an-event": (
        EVENTS,
        "found += dense[i] != T{0} ? 1 : 0;",
        "found += dense[i] != T{0} || 1 / static_cast<double>(dense[i]) < 0 ? 1 : 0;",
    ),
    "sums-not-cleared": (FUSED, "Store(Zero(tag), tag, operands.sums[k] + i);", ";"),
    "sums-not-cleared-by-blocks": (
        BLOCKS,
        "std::memset(at(array, begin, size_of(sum.type)), 0, n * size_of(sum.type));",
        "static_cast<void>(array);",
    ),
    "tail-emits": (SWEEP, "if (args.end % kPad != 0) mask[words - 1]", "if (false) mask[words - 1]"),
    "tail-of-blocks-emits": (
        BLOCKS,
        "if (args.end % kPad != 0 && args.begin < args.end) args.mask",
        "if (false) args.mask",
    ),
    "coefficients-of-the-first-neuron": (
        SWEEP,
        "each = each || (k != match.bias && value.each != nullptr);",
        "each = each && k != match.bias && value.each != nullptr;",
    ),
    "coefficients-by-number": (
        COMPILED,
        "!each ? 0 : neurons.numbers.empty() ? at : neurons.numbers[at]",
        "!each ? 0 : at",
    ),
    "initial-states-by-number": (
        SESSION,
        "initial.count == 1 ? 0 : neurons.numbers.empty() ? at : neurons.numbers[at]",
        "initial.count == 1 ? 0 : at",
    ),
    "recorded-states-by-position": (SESSION, "to + neurons.numbers[at] * size, from", "to + at * size, from"),
    "map-bits-by-position": (SESSION, "number = numbers[places[k]];", "number = places[k];"),
    "maps-never-in-order": (SCHEDULE, "if (axon.ordered) ordered[source] = true;", ""),
    "order-of-maps-changes-under-way": (
        SCHEDULE,
        "if (watched[index] || compiled.longest_delay(index) != 0) ordered",
        "if (watched[index]) ordered",
    ),
    "rows-of-the-last-window": (SCHEDULE, "row[axon.target] = std::lcm(row[axon.target], ", "row[axon.target] = ("),
    "slice-one-row-longer": (EVENT_CONVOLUTION, "* c.step >= last) --pieces->rows", "* c.step > last) --pieces->rows"),
    "slices-not-merged": (SESSION, "merged[w] |= mask[copy * self.words + w];", "merged[w] = mask[copy * self.words + w];"),
    "ring-one-block-too-short": (SESSION, "kPipelineSteps * slices)", "kPipelineSteps * (slices - 1))"),
    "ring-without-the-delay": (
        SESSION,
        "std::bit_ceil(compiled.longest_delay(population) + std::max",
        "std::bit_ceil(std::max",
    ),
    "delay-of-a-relay-forgotten": (
        COMPILED,
        "longest = std::max(longest, longest_delay_[index]);",
        "longest = std::max(longest, 0U);",
    ),
    "input-forgotten-before-its-delay": (
        SESSION,
        "clock_ - std::min<std::uint64_t>(clock_, compiled_.longest_delay(index))",
        "clock_",
    ),
    "kept-events-in-one-seat": (
        SESSION,
        "population.kept || slices_ > 1 ? lane : worker.index",
        "slices_ > 1 ? lane : worker.index",
    ),
    "events-of-another-lane": (SESSION, "list.step == n && list.lane == lane)", "list.step == n)"),
    "values-left-of-another-step": (SESSION, "std::memset(spread, 0, source.count * size);", ""),
    "narrow-by-the-largest-weight": (
        "kernels/synapse/dense.cpp",
        "least >= std::numeric_limits<Narrow>::min() && most",
        "(least >= std::numeric_limits<Narrow>::min() || most >= 0) && most",
    ),
    "delay-one-longer": (REFERENCE, "if (n - first_step() < delay)", "if (n - first_step() <= delay)"),
    "delay-from-the-next-slot": (SESSION, "sent = n - axon.delay;", "sent = n - axon.delay + (axon.delay == 0 ? 0 : 1);"),
    "prior-one-step-late": (
        SESSION,
        "if (axon.prior_ids.empty()) return;",
        "if (axon.prior_ids.empty() || n == first_step_) return;",
    ),
    "prior-one-step-longer": (SESSION, "if (n - first_step_ < axon.delay)", "if (n - first_step_ <= axon.delay)"),
    "no-feedback-to-equals": (
        ORDER,
        "distance[edge.target] <= distance[edge.source]",
        "distance[edge.target] < distance[edge.source]",
    ),
    "ties-by-the-last-name": (
        ORDER,
        "return graph.nodes[a].name < graph.nodes[b].name;",
        "return graph.nodes[a].name > graph.nodes[b].name;",
    ),
    "feedback-bias-never-early": ("core/lower/priors.cpp", "if (!feedback ||", "if (feedback ||"),
    "fires-at-the-threshold": (MEMBRANE, "? RVD_OP_GE : RVD_OP_GT", "? RVD_OP_GE : RVD_OP_GE"),
    "quotient-not-reciprocal": (LEAK, "dt * (1.0F / tau)", "dt / tau"),
    "coefficient-in-f64": (
        "core/models/coefficients.h",
        "(wide ? value : static_cast<double>(static_cast<float>(value)))",
        "(value)",
    ),
    "leak-in-the-other-order": (LEAK, "(x + leak) - v :", "(leak - v) + x :"),
    "current-after-the-voltage": (CUBA, "return {i, beta * v + i};", "return {i, beta * v + current};"),
    "starts-at-zero": (
        MEMBRANE,
        's.is("start", "v_leak") ?',
        's.is("start", "") ?',
    ),
    "padding-forgotten": (WINDOW, "const std::uint64_t at = x + window.padding[axis];", "const std::uint64_t at = x;"),
    "padding-forgotten-by-values": (WINDOW, "padding = window.padding[axis];", "padding = 0;"),
    "groups-forgotten": (CONVOLUTION, "+ channel / sees * reaches)", "+ channel / sees * 0)"),
    "groups-forgotten-by-values": (DENSE_CONVOLUTION, "+ group * c.reaches_out, view.k", ", view.k"),
    "kernel-turned": (REFERENCE, "* w.kernel[1] + k1);", "* w.kernel[1] + (w.kernel[1] - 1 - k1));"),
    "mean-over-one-axis": (
        "core/models/stateless.cpp",
        "kernel.at(0) * kernel.at(kernel.size() - 1)",
        "kernel.at(0)",
    ),
    "ties-go-to-the-earlier-step": ("core/lower/delays.cpp", "+ 0.5 + 1e-9)", "+ 0.5 - 1e-9)"),
    "delay-in-place-of-the-edges": (
        "core/lower/delays.cpp",
        "projection.delay += delay;",
        "projection.delay = delay;",
    ),
    "operations-count-when-sent": (WORK_COUNTS, "if (!line.waiting.empty()) std::swap", "if (false) std::swap"),
    "graded-values-only-accumulate": (WORK_COUNTS, "load.graded |= graded;", "load.graded = false;"),
    "graded-priors-only-accumulate": (WORK_COUNTS, "graded |= value != 1 && value != -1;", ""),
    "all-values-are-plain": (
        EVENTS,
        "if (values[k] != T{1} && values[k] != static_cast<T>(-1)) return false;",
        "if (values[k] != values[k]) return false;",
    ),
    "operations-of-the-last-block-again": (WORK_COUNTS, "        load = {};\n", ""),
    "no-floor": (MEMBRANE, 'if (s.is("floor", "none")) return v;', 'if (!s.is("floor", "")) return v;'),
    "reset-of-a-spike-lost": (
        MEMBRANE,
        "return v - p.convert(exceeds(p, s, before,",
        "return v + p.convert(exceeds(p, s, before,",
    ),
    "threshold-taken-once": (CUBA, ' || s.is("test", "before_twice")', ""),
    "input-after-the-decay": (CUBA, "const Reg i = (current + x) * p.coef", "const Reg i = x + current * p.coef"),
    "quotient-before-the-difference": (LEAK, "v + (x - above) / steps", "(v + x / steps) - above / steps"),
    "decay-in-f64-steps": (
        "core/models/stored.cpp",
        "static_cast<double>(1.0F / static_cast<float>(t / dt))",
        "dt / t",
    ),
    "rest-of-the-step-shorter": (
        "core/models/substep.cpp",
        "dt + tau * p.unary(RVD_OP_LOG1P",
        "dt - tau * p.unary(RVD_OP_LOG1P",
    ),
    "slayer-at-the-threshold": ("core/models/fixed.cpp", "? height - 1 : height", "? height : height"),
    "shift-away-from-zero": (
        "core/models/fixed.cpp",
        "p.unary(RVD_OP_NEG, p.shift_right(p.unary(RVD_OP_NEG, a), 12))",
        "p.shift_right(a, 12)",
    ),
    "weights-to-the-nearest": (
        TOOLS + "spinnaker2.cpp",
        "std::trunc(given.at(i) * scale)",
        "std::nearbyint(given.at(i) * scale)",
    ),
    "feedback-bias-kept": (TOOLS + "rockpool.cpp", "reading.drop_feedback_bias();", "static_cast<void>(reading);"),
    "no-synaptic-delay": (TOOLS + "nengo.cpp", "has_synapse(reading.graph.nodes[edge.target]) ? 1 : 0", "0"),
    "hash-without-the-step": ("core/include/ranvier/driver/session.hpp", "^ step) ^ bits", ") ^ bits"),
} | loihi.FAULTS


def run(command, quiet=True, **environment):
    return subprocess.run(
        command,
        cwd=TREE,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
    ).returncode


def copy_tree():
    """A copy of what git knows; unchanged files keep their time, so that a second run compiles little."""
    files = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
    for name in filter(None, files):
        source, target = ROOT / name, TREE / name
        if target.exists() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        shutil.copymode(source, target)


def suite_of(name):
    return LOIHI if name in loihi.FAULTS else GENERAL


def build(suite, quiet=True):
    """Builds what a suite needs, and lays a package out in SITE that uses it from the build folder."""
    if not (BUILD / "build.ninja").exists():
        options = ["-DCMAKE_BUILD_TYPE=Release", "-DRANVIER_PYTHON=ON", "-DRANVIER_TESTS=ON"]
        options += [f"-DPython_EXECUTABLE={sys.executable}", f"-Dpybind11_DIR={pybind11_folder()}"]
        if run(["cmake", "-G", "Ninja", "-S", str(TREE), "-B", str(BUILD), *options], quiet) != 0:
            return False
    if run(["cmake", "--build", str(BUILD), "--target", *suite.libraries, *suite.programs], quiet) != 0:
        return False
    shutil.copytree(TREE / "python" / "ranvier", SITE / "ranvier", dirs_exist_ok=True)
    for extension in (BUILD / "python").glob("_ranvier*.so"):
        link = SITE / "ranvier" / extension.name
        link.unlink(missing_ok=True)
        link.symlink_to(extension)
    return True


def pybind11_folder():
    return subprocess.check_output([sys.executable, "-m", "pybind11", "--cmakedir"], text=True).strip()


def noticed(suite):
    """Does any test fail? The C++ ones first, for they are the faster."""
    if any(run([str(BUILD / "bin" / program), "--gtest_brief=1"], **NETWORKS) != 0 for program in suite.programs):
        return True
    pytest = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *suite.files]
    return run(pytest, PYTHONPATH=str(SITE), **NETWORKS) != 0


def main():
    wanted = sys.argv[1:] or list(FAULTS)
    unknown = [name for name in wanted if name not in FAULTS]
    if unknown:
        sys.exit(f"no such fault: {', '.join(unknown)}; there are: {', '.join(FAULTS)}")
    copy_tree()
    for suite in (GENERAL, LOIHI):
        if all(suite_of(name) is not suite for name in wanted):
            continue
        if not build(suite, quiet=False):
            sys.exit("the tree does not build as it is")
        if noticed(suite):
            sys.exit("the tests fail without any fault")
    survivors = []
    for name in wanted:
        file, text, replacement = FAULTS[name]
        suite, original = suite_of(name), (TREE / file).read_text()
        if original.count(text) != 1:
            sys.exit(f"{name}: the text stands {original.count(text)} times in {file}, not once; mend the fault")
        (TREE / file).write_text(original.replace(text, replacement))
        try:
            verdict = ("noticed" if noticed(suite) else "SURVIVED") if build(suite) else "DOES NOT BUILD"
        finally:
            (TREE / file).write_text(original)
        print(f"{name}: {verdict}", flush=True)
        if verdict != "noticed":
            survivors.append(name)
    if survivors:
        sys.exit(f"{len(survivors)} of {len(wanted)} faults went unnoticed: {', '.join(survivors)}")
    print(f"all {len(wanted)} faults were noticed")


if __name__ == "__main__":
    main()
