"""What the tests of the installed package share."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import ranvier as rv
from places import NIR_PAPER, ROOT

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


@pytest.fixture(scope="session")
def fake(tmp_path_factory):
    """tests/run/drivers/fake.cpp as a library, built with the installed headers: it breaks one rule when it is told to."""
    compiler = shutil.which("c++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    library = tmp_path_factory.mktemp("drivers") / "fake.so"
    include = Path(rv.__file__).parent / "include"
    source = ROOT / "tests" / "run" / "drivers" / "fake.cpp"
    flags = ["-std=c++17", "-O1", "-shared", "-fPIC", "-fvisibility=hidden", '-DFAKE_NAME="fake"', f"-I{include}"]
    subprocess.run([compiler, *flags, source, "-o", library], check=True)
    return str(library)
