"""Netx files of lava-dl: PilotNet's recorded run, and lava-dl's rules written down once more."""

import sys

import numpy as np
import pytest

import ranvier as rv
from places import NIR_PAPER, ROOT

sys.path.insert(0, str(ROOT / "tests" / "peers"))

import netx_compare  # noqa: E402 - lies beside the peers' scripts
import peer_file  # noqa: E402

GOLDEN = peer_file.read(ROOT / "tests" / "data" / "netx" / "pilotnet.npz")
OXFORD = NIR_PAPER / "other" / "lava_dl_oxford_network.net.h5"


@pytest.fixture(params=["cpu", "reference", "loihi?kind=emulator&states=chip&chips=16"])
def device(request):
    return request.param


@pytest.mark.parametrize("case", GOLDEN[0]["cases"], ids=lambda case: case["name"])
def test_pilotnets_u_v_and_spikes_are_the_recorded_ones(case, device):
    found, count = netx_compare.differences(case, GOLDEN[1], device)
    assert count > 4000 and not any(found.values()), found


def decayed(x, kept):
    """sign(x) (|x| kept >> 12)."""
    return np.sign(x) * (np.abs(x) * kept >> 12)


class Layer:
    """A dense layer as netx builds it: what arrives was sent in the step before; no bias."""

    def __init__(self, weight, i_decay, v_decay, threshold):
        self.weight, self.i_decay, self.v_decay, self.threshold = weight.astype(np.int64), i_decay, v_decay, threshold
        self.arriving, self.u, self.v = (np.zeros(len(weight), dtype=np.int64) for _ in range(3))

    def step(self, spikes):
        self.u = decayed(self.u, 4096 - self.i_decay) + (self.arriving << 6)
        self.v = decayed(self.v, 4096 - self.v_decay) + self.u
        fired = self.v > self.threshold << 6
        self.v = np.where(fired, 0, self.v)
        self.arriving = self.weight @ spikes
        return fired.astype(np.int64)


def test_the_oxford_network_is_lava_dls(device):
    net = rv.load(OXFORD)
    synapses = [net.nodes[f"layer{number}.synapse"] for number in (0, 1)]
    # Netx shifts weights left as far as they go, and the sum back.
    weights = [np.asarray(node.parameters["weight"]) >> -int(node.parameters["weight_exp"][0]) for node in synapses]
    layers = [Layer(weights[0], 4096, 414, 6), Layer(weights[1], 4096, 409, 6)]
    spikes = (np.random.default_rng(1).random((1000, 200)) < 0.002).astype(np.int32)  # sparse, as what it was trained on
    out = net.to(device).run(spikes, record=[f"layer{n}.neuron.{what}" for n in (0, 1) for what in ("spikes", "u", "v")])
    emitted = [out.spikes[f"layer{number}.neuron"].raster() for number in (0, 1)]
    for step, row in enumerate(spikes.astype(np.int64)):
        for number, layer in enumerate(layers):
            row = layer.step(row)
            np.testing.assert_array_equal(emitted[number][step], row)
            for variable in ("u", "v"):
                np.testing.assert_array_equal(out.states[f"layer{number}.neuron"][variable][step], getattr(layer, variable))
    assert all(raster.sum() > 1000 for raster in emitted)


def test_any_count_is_one_spike(device):
    ses = rv.load(OXFORD).to(device)
    spikes = (np.random.default_rng(2).random((30, 200)) < 0.2).astype(np.int32)
    assert np.array_equal(ses(spikes), ses(7 * spikes))


def test_a_netx_file_needs_no_dt():
    net = rv.load(ROOT / "tests" / "data" / "netx" / "odd.net")
    assert net.dt.si() == 1e-3 and "does not hold the time step" in net.assumptions["dt"]
    assert rv.load(ROOT / "tests" / "data" / "netx" / "odd.net", dt=0.1 * rv.ms).dt.si() == 1e-4
    with pytest.raises(rv.Error, match="delays is given, but a netx file"):
        rv.load(ROOT / "tests" / "data" / "netx" / "odd.net", delays={("input", "spikes"): 1 * rv.ms})


@pytest.mark.parametrize("name", ["average", "sdnn", "learning", "graded"])
def test_what_the_models_cannot_do_is_refused(name):
    with pytest.raises(rv.Error) as error:
        rv.load(ROOT / "tests" / "data" / "netx" / f"refused_{name}.net")
    assert error.value.code == "unsupported" and error.value.remedy
