"""The oracle of the conventions for PyTorch's tools, against the tools' own results, the recordings, and `model`."""

import sys
from pathlib import Path

import numpy as np
import pytest

from . import model, presets_torch, three_layers
from .presets_torch import CELLS, KINDS, PRESETS
from .test_oracle import BRAILLE, DATA, LIF, load_nir, recorded

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "peers"))

import compare  # noqa: E402 - lies beside the peers' scripts


@pytest.mark.parametrize("tool", PRESETS)
def test_the_tools_own_results(tool):
    cases = compare.read(ROOT / "tests" / "data" / "peers" / f"{tool}.npz")["cases"]
    verdicts = [compare.check(case, compare.run_oracle) for case in cases]
    assert not compare.judge(verdicts)
    assert sum(x.any() for case in cases for (what, _), x in case["recorded"].items() if what == "spikes") > 20


@pytest.mark.parametrize("tool", PRESETS)
def test_one_wrong_spike_of_a_tool_is_found(tool):
    case = next(
        c for c in compare.read(ROOT / "tests" / "data" / "peers" / f"{tool}.npz")["cases"] if c["name"].startswith("LIF")
    )
    case["recorded"]["spikes", "n2"][11, 1, 2] += 1
    verdict = compare.check(case, compare.run_oracle)
    assert (verdict.difference.step, verdict.difference.node, verdict.difference.lane, verdict.difference.neuron) == (
        11,
        "n2",
        1,
        2,
    )
    (sentence, *_) = compare.judge([verdict])
    assert "step 11, node 'n2', lane 1, neuron 2" in sentence


def run_lif(convention, **arguments):
    x, v, spikes = recorded(f"lif_{convention}.csv" if (LIF / f"lif_{convention}.csv").exists() else "lif_norse.csv")
    graph, inputs = load_nir(LIF / "lif_norse.nir"), {"input": x.reshape(-1, 1, 1)}
    result = presets_torch.run(graph, inputs, dt=1e-4, convention=convention, **arguments)
    return result.v["1"].ravel(), result.events["1"].ravel(), v, spikes


@pytest.mark.parametrize("convention", ["norse", "snntorch"])
def test_lif_recordings(convention):
    v, z, v_recorded, z_recorded = run_lif(convention)
    np.testing.assert_array_equal(v, v_recorded.astype(np.float32))
    np.testing.assert_array_equal(z, z_recorded)


@pytest.mark.parametrize("convention", ["sinabs", "rockpool"])
def test_lif_spikes_in_the_recorded_rows(convention):
    _, z, _, _ = run_lif(convention, overrides={"input_gain": "dt/tau"})
    np.testing.assert_array_equal(np.flatnonzero(z), [450, 500, 710, 760])


@pytest.mark.parametrize(
    "convention, file, reset",
    [("snntorch", "bias_zero", None), ("snntorch", "noBias_subtract", "subtract"), ("norse", "bias_zero", None)],
)
def test_braille_hidden_rasters(convention, file, reset):
    x = np.load(DATA / "derived" / "braille_test_sample0_input_256x12_u8.npy")[:, None]
    raster = np.load(BRAILLE / f"{convention}_activity_noDelay_{file}.npy").reshape(256, -1)
    graph = load_nir(BRAILLE / f"braille_noDelay_{file}.nir")
    result = presets_torch.run(graph, {"input": x}, dt=1e-4, convention=convention, reset=reset)
    np.testing.assert_array_equal(result.events["lif1.lif"][:, 0], raster)


@pytest.mark.parametrize("kind", ["LIF", "CubaLIF"])
@pytest.mark.parametrize("convention", ["norse", "snntorch"])
@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_equals_the_model_where_both_know_a_neuron(convention, kind, precision):
    for seed in range(20):
        case = three_layers.make(seed, convention, kind, recurrent=seed % 2 == 1, steps=25, lanes=2)
        three_layers.vary(case, np.random.default_rng(seed))
        overrides = dict(case["overrides"])
        if "feedback_bias" in overrides:
            overrides["feedback_bias"] = f"from {overrides['feedback_bias']}"
        ours = three_layers.run(case, precision=precision)
        arguments = dict(dt=case["dt"], convention=convention, reset=case["reset"], overrides=overrides, precision=precision)
        theirs = model.run(case["graph"], case["inputs"], **arguments)
        for name in three_layers.LAYERS:
            np.testing.assert_array_equal(ours.events[name], theirs.events[name])
            np.testing.assert_array_equal(ours.v[name], theirs.v[name])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("convention", PRESETS)
def test_what_a_convention_does_not_define_is_refused(convention, kind):
    node = {"type": kind, "r": np.ones(2), "threshold": np.ones(2)}
    if (convention, kind) not in CELLS:
        with pytest.raises(presets_torch.Refused, match=f"{convention} does not define {kind}"):
            presets_torch.expand("n", node, presets_torch.options(convention), 1e-4, np.float32)


def test_sinabs_bounds_an_integrator_from_below_and_counts_spikes():
    node = {"type": "IF", "r": np.ones(1), "v_threshold": np.ones(1, np.float32)}
    port = lambda kind: {"type": kind, "shape": np.array([1])}
    graph = {"nodes": {"in": port("Input"), "if": node, "out": port("Output")}, "edges": [("in", "if"), ("if", "out")]}
    x = np.array([-0.75, -0.75, 3.25, 0.75]).reshape(-1, 1, 1)
    result = presets_torch.run(graph, {"in": x}, dt=1.0, convention="sinabs")
    np.testing.assert_array_equal(result.v["if"].ravel(), [-0.75, -1, 0.25, 0])
    np.testing.assert_array_equal(result.events["if"].ravel(), [0, 0, 2, 1])
