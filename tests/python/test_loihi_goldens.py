"""Networks in Loihi's integers that the chip's emulators ran (tests/peers): here each spike, u and v is the same."""

import sys

import pytest

from places import PEERS, ROOT

sys.path.insert(0, str(ROOT / "tests" / "peers"))

import loihi_compare  # noqa: E402 - lies beside the peers' scripts

DEVICES = ["cpu", "reference", "loihi?kind=emulator&chips=8", "loihi?kind=emulator&chips=8&isa=scalar"]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("emulator", ["lava", "nengo", "brian2"])
def test_every_spike_and_state_of_the_emulator(emulator, device):
    meta, pairs = loihi_compare.read(PEERS / f"loihi_{emulator}.npz")
    said = []
    assert loihi_compare.check(pairs, device, said.append) == 0, "\n".join(said)
    assert sum(case["vectors"] for case, _ in pairs) >= 100
