"""Counters against NeuroBench's figures for snnTorch networks (tests/peers/neurobench_counts.py)."""

import json

import numpy as np
import pytest

import ranvier as rv
from places import PEERS

DT = 1e-4  # what snnTorch's export takes beta for
NAMES = {"Effective_ACs": "effective_acs", "Effective_MACs": "effective_macs", "Dense": "dense_operations"}


@pytest.fixture(scope="module")
def golden():
    with np.load(PEERS / "neurobench.npz") as file:
        return {**file, "figures": json.loads(str(file["figures"]))}


def from_nir(name):
    return rv.load(PEERS / f"neurobench_{name}.nir", dt=DT * rv.s, convention="snntorch", reset="subtract")


@pytest.mark.parametrize("kind", ["binary", "graded"])
@pytest.mark.parametrize("name", ["linear", "conv"])
def test_operations_are_neurobenchs(golden, device, name, kind):
    net = from_nir(name)
    x = np.moveaxis(golden[f"{name}/{kind}/x"], 0, 1).astype(np.float32) / 256  # [steps, lanes, ...]
    out = net.to(device, lanes=x.shape[1]).run(x.reshape(*x.shape[:2], -1))
    figures = golden["figures"][f"{name}/{kind}"]
    assert {key: out.counters[ours] for key, ours in NAMES.items()} == {key: figures[key] for key in NAMES}
    neurons = [node for node in net.nodes if net.nodes[node].model == "lif@1"]
    assert [out.counters[f"spikes.{node}"] for node in neurons] == figures["spikes"]
    assert out.counters["synaptic_operations"] == out.counters["effective_acs"] + out.counters["effective_macs"]
    assert out.counters["dense_operations_avoided"] == out.counters["dense_operations"] - out.counters["synaptic_operations"]
    assert out.counters["neuron_updates"] == x.shape[0] * x.shape[1] * sum(np.prod(net.nodes[n].shape) for n in neurons)


def test_counters_go_on_until_reset(lif_net, lif_input):
    session = lif_net.to("cpu")
    whole = session.run(lif_input).counters
    session.reset()
    session.run(lif_input[:400])
    assert session.run(lif_input[400:]).counters == whole
    assert whole["spikes"] == whole["spikes.1"]
    session.reset()
    assert session.run(lif_input[:1]).counters["spikes.1"] == 0
