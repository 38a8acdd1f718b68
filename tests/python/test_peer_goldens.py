"""Networks that other simulators ran (tests/peers): the same spikes here."""

import sys

import numpy as np
import pytest

import ranvier as rv
from places import NIR_PAPER, ROOT

sys.path.insert(0, str(ROOT / "tests" / "peers"))

import compare  # noqa: E402 - lies beside the peers' scripts

PEERS = ROOT / "tests" / "data" / "peers"
TOOLS = ["lava", "lavadl", "nengo", "norse", "rockpool", "sinabs", "snntorch", "spikingjelly", "spyx"]
GOLDENS = [PEERS / f"{tool}.npz" for tool in TOOLS]


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_the_peers_spikes(path, device):
    verdicts = [compare.check(case, compare.run_ranvier(device)) for case in compare.read(path)["cases"]]
    assert len(verdicts) >= 20 and not compare.judge(verdicts)


def test_the_convolutional_network_of_the_nir_paper_spikes_as_in_sinabs(device):
    net = rv.load(NIR_PAPER / "02_cnn" / "cnn_sinabs.nir", dt=1 * rv.ms, convention="sinabs")
    with np.load(ROOT / "tests" / "data" / "peers" / "cnn" / "cnn_sinabs.npz") as file:
        recorded = {name.removeprefix("spikes_"): file[name] for name in file.files if name != "x"}
        steps = len(recorded["1"])
        x = np.unpackbits(file["x"])[: steps * 2 * 34 * 34].reshape(steps, -1)
    out = net.to(device).run(x, record=[f"{name}.spikes" for name in recorded])
    for name, counts in recorded.items():
        np.testing.assert_array_equal(out.spikes[name].counts().reshape(counts.shape), counts)
        assert counts.sum() > 100
