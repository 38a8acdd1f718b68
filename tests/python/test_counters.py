"""Counters against NeuroBench's figures for snnTorch networks (tests/peers/neurobench_counts.py)."""

import json

import numpy as np
import pytest

import network_file
import ranvier as rv
from places import PEERS

DT = 1e-4  # what snnTorch's export takes beta for
NAMES = {"Effective_ACs": "effective_acs", "Effective_MACs": "effective_macs", "Dense": "dense_operations"}


@pytest.fixture(scope="module")
def golden():
    with np.load(PEERS / "neurobench.npz") as file:
        return {**file, "figures": json.loads(str(file["figures"]))}


def from_nir():
    return rv.load(PEERS / "neurobench_linear.nir", dt=DT * rv.s, convention="snntorch", reset="subtract")


def by_hand(path, golden):
    """Conv2d, Leaky, Linear, Leaky, with the options that convention snntorch gives a LIF."""
    weights = {key.removeprefix("conv/"): value for key, value in golden.items() if key.startswith("conv/")}
    lif = from_nir().nodes["1"]

    def leaky(shape):
        return "lif", shape, {key: value.ravel()[:1] for key, value in lif.parameters.items()}, lif.options

    two = np.array([2], dtype=np.int64)
    conv = {"weight": weights["weight0"], "bias": weights["bias0"], "stride": two, "padding": two // 2}
    nodes = {
        "in": ("input", (2, 6, 6), {}, {}),
        "conv": ("conv", (4, 3, 3), conv, {}),
        "1": leaky((4, 3, 3)),
        "flat": ("flatten", (36,), {}, {}),
        "fc": ("affine", (5,), {"weight": weights["weight1"], "bias": weights["bias1"]}, {}),
        "3": leaky((5,)),
        "out": ("output", (5,), {}, {}),
    }
    names = list(nodes)
    return rv.load(network_file.write(path, nodes, list(zip(names, names[1:], strict=False)), DT))


@pytest.mark.parametrize("kind", ["binary", "graded"])
@pytest.mark.parametrize("name", ["linear", "conv"])
def test_operations_are_neurobenchs(tmp_path, golden, device, name, kind):
    net = from_nir() if name == "linear" else by_hand(tmp_path / "net.safetensors", golden)
    x = np.moveaxis(golden[f"{name}/{kind}/x"], 0, 1).astype(np.float32) / 256  # [steps, lanes, ...]
    out = net.to(device, lanes=x.shape[1]).run(x.reshape(*x.shape[:2], -1))
    figures = golden["figures"][f"{name}/{kind}"]
    assert {key: out.counters[ours] for key, ours in NAMES.items()} == {key: figures[key] for key in NAMES}
    assert [out.counters["spikes.1"], out.counters["spikes.3"]] == figures["spikes"]
    assert out.counters["synaptic_operations"] == out.counters["effective_acs"] + out.counters["effective_macs"]
    assert out.counters["dense_operations_avoided"] == out.counters["dense_operations"] - out.counters["synaptic_operations"]
    assert out.counters["neuron_updates"] == x.shape[0] * x.shape[1] * sum(np.prod(net.nodes[n].shape) for n in "13")


def test_counters_go_on_until_reset(lif_net, lif_input):
    session = lif_net.to("cpu")
    whole = session.run(lif_input).counters
    session.reset()
    session.run(lif_input[:400])
    assert session.run(lif_input[400:]).counters == whole
    assert whole["spikes"] == whole["spikes.1"]
    session.reset()
    assert session.run(lif_input[:1]).counters["spikes.1"] == 0
