"""The program `ranvier` as it was built, and the network that most of its tests run: 12 tactile sensors, 38 hidden
neurons, 7 letters, with the hidden raster that snnTorch recorded."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from braille import BRAILLE, DATA, SNNTORCH


@pytest.fixture(scope="session")
def program():
    build = os.environ.get("RANVIER_BUILD")
    if build is None:
        pytest.skip("RANVIER_BUILD names no build folder (./dev test sets it)")
    return Path(build) / "bin" / "ranvier"


@pytest.fixture(scope="session")
def ranvier(program):
    """Runs the program; `code` is what it must exit with."""

    def call(*arguments, code=0):
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=120)
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    return call


@pytest.fixture(scope="session")
def touch():
    """[256, 12] u8: a letter "A" under the sensors."""
    return np.load(DATA / "derived" / "braille_test_sample0_input_256x12_u8.npy")


@pytest.fixture(scope="session")
def recorded():
    """[256, 38] bool: the hidden spikes that snnTorch recorded for it."""
    return np.load(DATA / "03_rnn" / "snntorch_activity_noDelay_bias_zero.npy") != 0


@pytest.fixture(scope="session")
def plan(ranvier, tmp_path_factory):
    """The network, lowered: tests that are about something else need no convention."""
    path = tmp_path_factory.mktemp("plan") / "braille.plan"
    ranvier("lower", BRAILLE, *SNNTORCH, "-o", path)
    return path
