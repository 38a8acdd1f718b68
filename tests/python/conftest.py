"""What the tests of the installed package share."""

import numpy as np
import pytest

import ranvier as rv
from places import NIR_PAPER

DEVICES = ["cpu", "reference"]


@pytest.fixture(scope="session")
def data():
    """The files of the NIR paper."""
    return NIR_PAPER


@pytest.fixture(params=DEVICES)
def device(request):
    return request.param


@pytest.fixture
def lif_net(data):
    """One LIF behind a 1x1 Affine: nodes input, 0, 1, output; it spikes at 460, 510, 710 and 760 of its recording."""
    return rv.load(data / "01_lif" / "lif_norse.nir", dt=0.1 * rv.ms, convention="norse")


@pytest.fixture
def lif_input(data):
    """[1000, 1], the input of the LIF recordings."""
    return np.loadtxt(data / "01_lif" / "lif_norse.csv", delimiter=",")[:, :1].astype(np.float32)


@pytest.fixture
def braille_net(data):
    path = data / "03_rnn" / "braille_noDelay_bias_zero.nir"
    return rv.load(path, dt=0.1 * rv.ms, convention="snntorch", reset="zero")


@pytest.fixture
def braille_input(data):
    """[256, 12] uint8: test sample 0, the letter A."""
    return np.load(data / "derived" / "braille_test_sample0_input_256x12_u8.npy")
