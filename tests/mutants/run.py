"""Applies one-line faults, one at a time, to a copy of the tree; fails when the tests do not notice one.

Each breaks a promise that recorded rasters alone would not show: a fused operation, another order of terms, a delay off by one.
`./dev mutants` runs all; `./dev mutants NAME ...` only those named.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "mutants"
TREE = WORK / "tree"
SITE = WORK / "site"
BUILD = WORK / "build"
TARGETS = ["_ranvier", "ranvier_driver_cpu", "ranvier_driver_reference", "ranvier_driver_null", "ranvier-nir", "ranvier-probe"]
PROGRAMS = ["models_tests", "lower_tests", "conformance_tests"]
NETWORKS = "200"

DELIVERY = "devices/cpu/delivery.cpp"
SESSION = "devices/cpu/session.cpp"
REFERENCE = "devices/reference/reference.cpp"
FLOAT_OPS = "kernels/program/float_ops.h"
ORDER = "core/net/order.cpp"
WINDOW = "devices/cpu/window.cpp"
WORK_COUNTS = "devices/cpu/work.cpp"
LEAK = "core/models/leak.cpp"
CUBA = "core/models/cuba.cpp"
MEMBRANE = "core/models/membrane.cpp"
TOOLS = "core/io/nir/tools/"

# name: (file, text, replacement)
FAULTS = {
    "fused-multiply-add": (
        DELIVERY,
        "sums[j] += row[j] * value;",
        "sums[j] = std::is_same_v<T, float> ? static_cast<T>(__builtin_fmaf(static_cast<float>(row[j]), "
        "static_cast<float>(value), static_cast<float>(sums[j]))) : static_cast<T>(sums[j] + row[j] * value);",
    ),
    "terms-swapped": (
        DELIVERY,
        "    sum += w0[j] * x0;\n    sum += w1[j] * x1;\n",
        "    sum += w1[j] * x1;\n    sum += w0[j] * x0;\n",
    ),
    "terms-summed-in-pairs": (
        DELIVERY,
        "    sum += w0[j] * x0;\n    sum += w1[j] * x1;\n",
        "    sum += w0[j] * x0 + w1[j] * x1;\n",
    ),
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
    "minus-zero-is-an-event": ("devices/cpu/program.cpp", "x[i] != 0 ? 1 : 0", "rvd::bits_of(x[i]) != 0 ? 1 : 0"),
    "delay-one-longer": (REFERENCE, "if (n - first_step() < delay)", "if (n - first_step() <= delay)"),
    "delay-from-the-next-slot": (SESSION, "n + axon.delay, lane", "n + axon.delay + 1, lane"),
    "prior-one-step-late": (SESSION, "first_step() + axon.delay - before", "first_step() + axon.delay - before + 1"),
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
    "padding-forgotten": (WINDOW, "const std::uint64_t at = x + padding;", "const std::uint64_t at = x;"),
    "groups-forgotten": (WINDOW, "          channel / sees_ * channels_};", "          0};"),
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
    "graded-values-only-accumulate": (WORK_COUNTS, "graded |= !(x[k] == T(1) || x[k] == T(-1));", "graded |= !(x[k] == x[k]);"),
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
}


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


def build(quiet=True):
    """Builds what the tests need, and lays a package out in SITE that uses it from the build folder."""
    if not (BUILD / "build.ninja").exists():
        options = ["-DCMAKE_BUILD_TYPE=Release", "-DRANVIER_PYTHON=ON", "-DRANVIER_TESTS=ON"]
        options += [f"-DPython_EXECUTABLE={sys.executable}", f"-Dpybind11_DIR={pybind11_folder()}"]
        if run(["cmake", "-G", "Ninja", "-S", str(TREE), "-B", str(BUILD), *options], quiet) != 0:
            return False
    if run(["cmake", "--build", str(BUILD), "--target", *TARGETS, *PROGRAMS], quiet) != 0:
        return False
    shutil.copytree(TREE / "python" / "ranvier", SITE / "ranvier", dirs_exist_ok=True)
    for extension in (BUILD / "python").glob("_ranvier*.so"):
        link = SITE / "ranvier" / extension.name
        link.unlink(missing_ok=True)
        link.symlink_to(extension)
    return True


def pybind11_folder():
    return subprocess.check_output([sys.executable, "-m", "pybind11", "--cmakedir"], text=True).strip()


def noticed():
    """Does any test fail? The C++ ones first, for they are the faster."""
    if any(run([str(BUILD / "bin" / program), "--gtest_brief=1"]) != 0 for program in PROGRAMS):
        return True
    names = ["tests/python/test_recordings.py", "tests/python/test_random_networks.py"]
    path = {"PYTHONPATH": str(SITE), "RANVIER_RANDOM_NETWORKS": NETWORKS}
    return run([sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *names], **path) != 0


def main():
    wanted = sys.argv[1:] or list(FAULTS)
    unknown = [name for name in wanted if name not in FAULTS]
    if unknown:
        sys.exit(f"no such fault: {', '.join(unknown)}; there are: {', '.join(FAULTS)}")
    copy_tree()
    if not build(quiet=False):
        sys.exit("the tree does not build as it is")
    if noticed():
        sys.exit("the tests fail without any fault")
    survivors = []
    for name in wanted:
        file, text, replacement = FAULTS[name]
        original = (TREE / file).read_text()
        if original.count(text) != 1:
            sys.exit(f"{name}: the text stands {original.count(text)} times in {file}, not once; mend tests/mutants/run.py")
        (TREE / file).write_text(original.replace(text, replacement))
        try:
            verdict = ("noticed" if noticed() else "SURVIVED") if build() else "DOES NOT BUILD"
        finally:
            (TREE / file).write_text(original)
        print(f"{name}: {verdict}", flush=True)
        if verdict != "noticed":
            survivors.append(name)
    build()
    if survivors:
        sys.exit(f"{len(survivors)} of {len(wanted)} faults went unnoticed: {', '.join(survivors)}")
    print(f"all {len(wanted)} faults were noticed")


if __name__ == "__main__":
    main()
