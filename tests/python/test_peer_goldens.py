"""Networks that other simulators ran (tests/peers): the same spikes here."""

import sys

import pytest

from places import ROOT

sys.path.insert(0, str(ROOT / "tests" / "peers"))

import compare  # noqa: E402 - lies beside the peers' scripts

GOLDENS = sorted((ROOT / "tests" / "data" / "peers").glob("*.npz"))


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_the_peers_spikes(path, device):
    verdicts = [compare.check(case, compare.run_ranvier(device)) for case in compare.read(path)["cases"]]
    assert len(verdicts) >= 20 and not compare.judge(verdicts)
