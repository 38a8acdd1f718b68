"""Random networks: cpu, reference and the oracle agree bit for bit, however a run is cut, for any number of lanes.

RANVIER_RANDOM_NETWORKS tells how many (1000); a failure names its seed.
"""

import os

import numpy as np
import pytest

import nir_file
import ranvier as rv
from oracle import random_networks

NETWORKS = int(os.environ.get("RANVIER_RANDOM_NETWORKS", "1000"))
GROUP = 25


def load(case, path):
    nir_file.write(path, case["graph"])
    overrides = dict(case["overrides"])
    if "feedback_bias" in overrides:
        overrides["feedback_bias"] = int(overrides["feedback_bias"][-1])  # "from 0"
    arguments = {name: case[name] for name in ("convention", "reset", "delays")}
    return rv.load(path, dt=case["dt"] * rv.s, **arguments, **overrides)


def run_in_pieces(ses, inputs, cuts):
    """Runs [0, cuts[0]), [cuts[0], cuts[1]) ... and joins what was recorded; some pieces are empty."""
    rows = zip([0, *cuts], [*cuts, None], strict=True)
    pieces = [ses.run({name: x[a:b] for name, x in inputs.items()}, record=ses.recordable) for a, b in rows]
    events = {node: np.concatenate([piece.spikes[node].dense() for piece in pieces]) for node in pieces[0].spikes}
    events |= {node: np.concatenate([piece.outputs[node] for piece in pieces]) for node in pieces[0].outputs}
    states = {
        (node, variable): np.concatenate([piece.states[node][variable] for piece in pieces])
        for node, variables in pieces[0].states.items()
        for variable in variables
    }
    return events, states, pieces[-1].lane_hashes


def equal(ours, theirs, what):
    assert ours.shape == theirs.shape, what
    different = np.argwhere(ours != theirs)
    if len(different):
        at = tuple(different[0])
        raise AssertionError(f"{what}: {len(different)} differ, first {ours[at]!r}, not {theirs[at]!r}, at {at}")


def check_device(case, net, device, precision, cuts):
    """One device and precision against the oracle: every event, every state, the hash of each lane."""
    expected = random_networks.run(case, precision=precision)
    wanted = {(n, "v"): v for n, v in expected.v.items()} | {(n, "i"): i for n, i in expected.i.items()}
    ses = net.to(device, lanes=lanes_of(case), precision=precision)
    events, states, hashes = run_in_pieces(ses, case["inputs"], cuts)
    assert list(net.nodes) == expected.order and set(events) == set(expected.order) and states.keys() == wanted.keys()
    for node, values in events.items():
        equal(values, expected.events[node], f"events of {node!r} on {device}, {precision}")
    for (node, variable), values in states.items():
        what = f"{variable} of {node!r} on {device}, {precision}"
        equal(values, wanted[node, variable], what)
        assert values.dtype.kind == "i" or not np.signbit(values[values == 0]).any(), f"{what} has a negative zero"
    equal(hashes, expected.hash, f"hash on {device}, {precision}")
    return hashes


def lanes_of(case):
    return next(iter(case["inputs"].values())).shape[1]


def check(seed, path):
    case, rng = random_networks.make(seed), np.random.default_rng(seed)
    net = load(case, path)
    for precision in ["f32", "f64"]:
        cuts = sorted(rng.integers(0, case["steps"] + 1, size=rng.integers(0, 4)))
        check_device(case, net, "reference", precision, [])
        hashes = check_device(case, net, "cpu", precision, cuts)
        lane = int(rng.integers(lanes_of(case)))
        ses = net.to("cpu", first_lane=lane, precision=precision)
        alone = ses.run({name: x[:, lane] for name, x in case["inputs"].items()})
        assert alone.hash == int(hashes[lane]), f"lane {lane} alone has another hash, {precision}"


@pytest.mark.parametrize("first", range(0, NETWORKS, GROUP))
def test_cpu_reference_and_oracle_agree(first, tmp_path):
    for seed in range(first, min(first + GROUP, NETWORKS)):
        try:
            check(seed, tmp_path / "net.safetensors")
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error}") from error
