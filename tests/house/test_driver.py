"""A vendor's driver: built outside the tree by another compiler, then used by the program, from C++ and from Python."""

import json
import shutil
import sys

import pytest
from tree import BRAILLE, DATA, ROOT, needed, project, run

pytestmark = pytest.mark.skipif(shutil.which("clang++") is None, reason="clang++ is not installed")


@pytest.fixture(scope="module")
def folder(prefix, tmp_path_factory):
    """Where chip32.so lies."""
    options = ["-DCMAKE_CXX_COMPILER=clang++", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS=-Werror"]
    return project(ROOT / "examples" / "driver", tmp_path_factory.mktemp("driver"), prefix, *options)


@pytest.fixture(scope="module")
def env(folder):
    return {"RANVIER_DRIVER_PATH": str(folder)}


def test_it_shows_one_symbol(folder):
    lines = run("nm", "--dynamic", "--defined-only", folder / "chip32.so").stdout.splitlines()
    assert [line.split()[-1] for line in lines] == ["rvd_driver"]


def test_it_brings_its_own_cpp_library_and_none_of_ours(folder):
    assert [name for name in needed(folder / "chip32.so") if "stdc++" in name or "ranvier" in name] == []


def test_it_is_listed_beside_ours(prefix, env):
    listed = json.loads(run(prefix / "bin" / "ranvier", "devices", "--json", env=env).stdout)["devices"]
    assert {"chip32", "cpu", "reference"} <= {device["name"] for device in listed if device["usable"]}


def test_what_it_refuses_stands_in_its_report(prefix, env):
    command = [prefix / "bin" / "ranvier", "check", BRAILLE, "--dt", "0.1ms", "--device", "chip32"]
    report = json.loads(run(*command, "--json", env=env, code=3).stdout)
    assert report["ok"] is False
    refused = {entry["quantity"] for entry in report["entries"] if entry["verdict"] == "unsupported"}
    assert {"neuron model", "neuron count", "recurrence"} <= refused
    for entry in report["entries"]:
        assert set(entry) == {"node", "quantity", "asked", "limit", "unit", "verdict", "remedy", "figures"}
    assert "neuron model" in run(*command, env=env, code=3).stdout


def test_running_what_it_refuses_says_all_reasons(prefix, env):
    command = [
        prefix / "bin" / "ranvier",
        "run",
        BRAILLE,
        "--dt",
        "0.1ms",
        "--device",
        "chip32",
        "--steps",
        "1",
        "--json",
    ]
    errors = json.loads(run(*command, env=env, code=3).stdout)["errors"]
    assert len(errors) > 1
    assert {error["code"] for error in errors} == {"unsupported"}


def python(env, code):
    """Runs lines in an interpreter that sees the chip; `net(convention)` and `x`, `v`, `z` of Lava's recording are at hand."""
    start = f"""
import numpy as np
import ranvier as rv
data = {str(DATA)!r}
x, v, z = np.loadtxt(data + "/01_lif/lif_lava_cpu_fixed.csv", delimiter=",").T
x = x[:, None].astype(np.float32)
net = lambda convention: rv.load(data + "/01_lif/lif_norse.nir", dt=0.1 * rv.ms, convention=convention)
"""
    return run(sys.executable, "-c", start + code, env=env).stdout


def test_it_equals_lavas_recorded_fixed_point_run(env):
    code = """
assert net("lava-fixed").check("chip32").ok
out = net("lava-fixed").to("chip32").run(x, record=["1.spikes", "1.v"])
assert (out.states["1"]["v"][:, 0] == v).all()
assert (out.spikes["1"].raster()[:, 0] == (z != 0)).all()
"""
    python(env, code)


def test_floats_run_with_the_errors_of_decay_and_weight_in_the_report(env):
    code = """
report = net("exact").check("chip32")
assert report.ok
print(*sorted(f"{entry.quantity}: {entry.limit}" for entry in report.entries), sep="\\n")
out = net("exact").to("chip32").run(x, record="1.spikes")
assert np.flatnonzero(out.spikes["1"].raster()).tolist() == [460, 510, 710, 760]
"""
    assert python(env, code).splitlines() == [
        "decay: 12 bits, largest relative error 0.0001",
        "weight: 8 bits, largest error 0",
    ]


def test_a_cpp_program_runs_on_it(consumer, env, tmp_path):
    assert " spikes, hash " in run(consumer, "chip32", tmp_path / "net", env=env).stdout


def test_python_runs_on_it(consumer, env, tmp_path):
    run(consumer, "cpu", tmp_path / "net")
    code = f"""
import numpy as np
import ranvier as rv
net = rv.load({str(tmp_path / "net")!r})
out = net.to("chip32").run(np.ones((100, 2), np.float32), record="cells.spikes")
print(out.spikes["cells"].raster().sum())
"""
    assert int(run(sys.executable, "-c", code, env=env).stdout) > 0
