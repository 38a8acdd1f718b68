"""Any network with any arguments of `load`, in all conventions: bit for bit the oracle's result, or refused by both.

RANVIER_COMBINATIONS tells how many random networks a convention gets (120). A failure names its seed.
"""

import os

import numpy as np
import pytest

import nir_file
import ranvier as rv
from oracle import any_network, model, presets_other, presets_torch

NETWORKS = int(os.environ.get("RANVIER_COMBINATIONS", "120"))
ORACLES = {convention: oracle for oracle in (presets_torch, presets_other) for convention in oracle.PRESETS}


def run_oracle(oracle, case):
    """The result, or None where the oracle refuses the case."""
    if not any_network.has_meaning(case):
        return None
    with np.errstate(all="ignore"):
        try:
            given = {name: case[name] for name in ("dt", "convention", "reset", "overrides")}
            return oracle.run(case["spelled"], case["inputs"], **given)
        except model.Refused:
            return None


def run_ranvier(case, path):
    """The result and its session's nodes, or the error that refuses the case."""
    nir_file.write(path, case["graph"])
    try:
        net = rv.load(path, dt=case["dt"] * rv.s, convention=case["convention"], reset=case["reset"], **case["overrides"])
        ses = net.to("cpu", lanes=case["inputs"]["in"].shape[1])
        return ses.run(case["inputs"], record=ses.recordable), None
    except rv.Error as error:
        assert error.code != "internal", error
        return None, error


def close(case):
    """Where exp, expm1 or log1p in float64 are not rounded to float32: those functions promise 1 ulp and no more."""
    return case["convention"] == "nengo" or (case["convention"], case["overrides"].get("decay")) == (
        "spinnaker2",
        "exponential",
    )


def first_difference(case, ours, expected):
    """In words, or nothing. What comes after a number that is not finite has no definition (NaN is outside the contract)."""
    finite = np.all(
        [np.isfinite(x).all(axis=(1, 2)) for of in (expected.events, expected.v, expected.i) for x in of.values()], 0
    )
    steps = len(finite) if finite.all() else int(np.argmin(finite))
    for name in expected.v:
        told = [("events", ours.spikes[name].dense(), expected.events[name])]
        for key, of in (("v", expected.v), ("i", expected.i)):
            if name in of and key in ours.states[name]:
                told.append((key, ours.states[name][key], of[name]))
        for what, mine, wanted in ((what, mine[:steps], wanted[:steps]) for what, mine, wanted in told):
            if close(case):
                differs = np.abs(mine - wanted) > 1e-9 * np.maximum(1, np.abs(wanted))
            else:
                differs = mine != wanted
            if differs.any():
                at = tuple(np.argwhere(differs)[0])
                return f"{what} of {name}: {mine[at]!r}, not {wanted[at]!r}, at {at}"
    return None


@pytest.mark.parametrize("convention", sorted(ORACLES))
def test_all_combinations_agree_with_the_oracle(convention, tmp_path):
    oracle, ran = ORACLES[convention], 0
    defined = [kind for kind in oracle.KINDS if (convention, kind) in oracle.CELLS]
    for seed in range(NETWORKS):
        kinds = oracle.KINDS if seed % 8 == 0 else defined
        case = any_network.make(seed, oracle, convention, kinds)
        expected = run_oracle(oracle, case)
        ours, error = run_ranvier(case, tmp_path / "net.safetensors")
        what = f"seed {seed}, reset {case['reset']}, {case['overrides']}: "
        assert (ours is None) == (expected is None), what + (str(error) if ours is None else "the oracle refuses this")
        if ours is not None:
            assert (difference := first_difference(case, ours, expected)) is None, what + difference
            ran += 1
    assert ran >= NETWORKS / 20
