"""Kinds of neurons x conventions of PyTorch's tools: bit for bit the oracle's result, or refused by name.

RANVIER_PRESET_NETWORKS tells how many random networks of three layers a cell gets (20); a failure names its seed.
"""

import os

import numpy as np
import pytest

import nir_file
import ranvier as rv
from oracle import three_layers
from oracle.presets_torch import CELLS, KINDS, PRESETS

NETWORKS = int(os.environ.get("RANVIER_PRESET_NETWORKS", "20"))
UNDEFINED = [(convention, kind) for convention in PRESETS for kind in KINDS if (convention, kind) not in CELLS]


def load(case, path):
    nir_file.write(path, case["graph"])
    given = {"convention": case["convention"], "reset": case["reset"], **case["overrides"]}
    return rv.load(path, dt=case["dt"] * rv.s, **given)


def equal(ours, theirs, what):
    assert ours.shape == theirs.shape, what
    different = np.argwhere(ours != theirs)
    if len(different):
        at = tuple(different[0])
        raise AssertionError(f"{what}: {len(different)} differ, first {ours[at]!r}, not {theirs[at]!r}, at {at}")


def check(case, net, device, precision):
    expected = three_layers.run(case, precision=precision)
    ses = net.to(device, lanes=next(iter(case["inputs"].values())).shape[1], precision=precision)
    out = ses.run(case["inputs"], record=ses.recordable)
    events = {node: out.spikes[node].dense() for node in out.spikes} | dict(out.outputs)
    for name in three_layers.LAYERS:
        what = f"of {name!r} on {device}, {precision}"
        equal(events[name], expected.events[name], f"events {what}")
        equal(out.states[name]["v"], expected.v[name], f"v {what}")
        if name in expected.i:
            equal(out.states[name]["i"], expected.i[name], f"i {what}")


@pytest.mark.parametrize("varied", [False, True], ids=["own", "varied"])
@pytest.mark.parametrize("convention, kind", sorted(CELLS))
def test_the_oracles_result(convention, kind, varied, tmp_path):
    for seed in range(NETWORKS):
        case = three_layers.make(seed, convention, kind, recurrent=seed % 4 == 3)
        if varied:
            three_layers.vary(case, np.random.default_rng(seed))
        try:
            net = load(case, tmp_path / "net.safetensors")
            for device, precision in [("cpu", "f32"), ("reference", "f32"), ("cpu", "f64")]:
                check(case, net, device, precision)
        except Exception as error:
            raise AssertionError(f"seed {seed}, reset {case['reset']}, {case['overrides']}: {error}") from error


# ----------------------------------------------------------------------------------------------------------- refusals


def neuron(kind, **values):
    """Two neurons with NIR's parameters of a kind."""
    given = dict(r=1.0)
    if kind in ("LI", "LIF"):
        given |= dict(tau=0.01, v_leak=0.0)
    if kind in ("CubaLI", "CubaLIF"):
        given |= dict(tau_mem=0.01, tau_syn=0.005, v_leak=0.0)
    if kind in ("IF", "LIF", "CubaLIF"):
        given |= dict(v_threshold=1.0)
    if kind == "Threshold":
        given = dict(threshold=1.0)
    return {"type": kind, **{name: np.full(2, value, np.float32) for name, value in {**given, **values}.items()}}


def refusal(node, path, convention, **arguments):
    """What rv.load (dt 1 ms) says about a network of one node; a network it takes fails the test."""
    nodes = {"in": nir_file.port("Input", 2), "the node": node, "out": nir_file.port("Output", 2)}
    nir_file.write(path, {"nodes": nodes, "edges": [("in", "the node"), ("the node", "out")]})
    with pytest.raises(rv.Error) as caught:
        rv.load(path, dt=1 * rv.ms, convention=convention, **arguments)
    return str(caught.value)


@pytest.mark.parametrize("convention, kind", UNDEFINED)
def test_an_undefined_kind_is_refused_by_name(convention, kind, tmp_path):
    text = refusal(neuron(kind), tmp_path / "net.safetensors", convention)
    assert f"{convention} does not define {kind}" in text and "the node" in text


GOOD = {  # what makes neuron(kind) one that the convention takes; test_the_good_are_taken sees to it
    ("snntorch", "CubaLIF"): dict(r=10),
    ("spikingjelly", "IF"): dict(r=1000),
    ("spikingjelly", "CubaLIF"): dict(r=10, w_in=5),
}


@pytest.mark.parametrize("convention, kind", sorted(CELLS))
def test_the_good_are_taken(convention, kind, tmp_path):
    node = neuron(kind, **GOOD.get((convention, kind), {}))
    nodes = {"in": nir_file.port("Input", 2), "n": node, "out": nir_file.port("Output", 2)}
    path = nir_file.write(tmp_path / "net.safetensors", {"nodes": nodes, "edges": [("in", "n"), ("n", "out")]})
    assert rv.load(path, dt=1 * rv.ms, convention=convention).nodes


@pytest.mark.parametrize(
    "convention, kind, name, value",
    [
        ("snntorch", "LIF", "v_leak", 0.1),
        ("snntorch", "CubaLIF", "v_leak", 0.1),
        ("snntorch", "CubaLIF", "r", 11),
        ("snntorch", "IF", "r", 2),
        ("sinabs", "LIF", "v_leak", 0.1),
        ("sinabs", "LI", "v_leak", 0.1),
        ("sinabs", "LI", "r", 2),
        ("sinabs", "LIF", "v_threshold", 0),
        ("sinabs", "IF", "v_threshold", -1),
        ("rockpool", "LIF", "v_threshold", -1),
        ("rockpool", "CubaLIF", "v_threshold", 0),
        ("spikingjelly", "LIF", "r", 3),
        ("spikingjelly", "LIF", "v_leak", 0.1),
        ("spikingjelly", "LIF", "v_reset", 0.1),
        ("spikingjelly", "LIF", "tau", 0.0009),
        ("spikingjelly", "IF", "r", 1),
        ("spikingjelly", "CubaLIF", "r", 11),
        ("spikingjelly", "CubaLIF", "w_in", 1),
        ("spikingjelly", "CubaLIF", "v_leak", 0.1),
        ("spikingjelly", "CubaLIF", "tau_syn", 0.0005),
    ],
)
def test_a_value_that_the_tool_does_not_take_is_refused_by_name(convention, kind, name, value, tmp_path):
    node = neuron(kind, **{**GOOD.get((convention, kind), {}), name: value})
    text = refusal(node, tmp_path / "net.safetensors", convention)
    assert convention in text and name in text and "the node" in text


@pytest.mark.parametrize(
    "convention, kind, arguments",
    [
        ("norse", "CubaLIF", dict(decay="exponential")),
        ("norse", "CubaLIF", dict(input_gain="one")),
        ("norse", "LIF", dict(comparator="several")),
        ("snntorch", "LIF", dict(comparator="several", reset="subtract")),
        ("snntorch", "CubaLIF", dict(input_gain="dt/tau")),
        ("sinabs", "LIF", dict(reset="zero")),
        ("rockpool", "LIF", dict(reset="zero")),
        ("rockpool", "CubaLIF", dict(input_gain="dt/tau")),
        ("spikingjelly", "LIF", dict(decay="exponential")),
        ("spikingjelly", "LIF", dict(input_gain="one")),
    ],
)
def test_a_combination_without_meaning_is_refused_by_name(convention, kind, arguments, tmp_path):
    node = neuron(kind, **GOOD.get((convention, kind), {}))
    text = refusal(node, tmp_path / "net.safetensors", convention, **arguments)
    assert convention in text and next(iter(arguments)) in text


def test_spikingjelly_subtracts_only_where_v_reset_is_zero(tmp_path):
    node = neuron("LIF", v_reset=0.1, v_leak=0.1)
    assert "v_reset" in refusal(node, tmp_path / "net.safetensors", "spikingjelly", reset="subtract")
