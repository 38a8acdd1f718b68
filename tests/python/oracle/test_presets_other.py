"""`presets_other` against the recordings of the NIR paper, and what it refuses."""

import numpy as np
import pytest

from . import model, presets_other, three_layers_other
from .test_oracle import BRAILLE, DATA, LIF, load_nir, recorded


@pytest.mark.parametrize(
    "recording, file, convention, reset, spikes",
    [
        ("nengo_activity_noDelay_bias_zero", "bias_zero", "nengo", None, 174),
        ("lava_activity_noDelay_bias_zero", "bias_zero", "lava-dl", None, 109),
        ("spyx_activity_noDelay_noBias_subtract", "noBias_subtract", "spyx@2023", None, 120),
        ("s2_activity_noDelay_noBias_subtract", "noBias_subtract", "spinnaker2", None, 119),
    ],
)
def test_braille_hidden_rasters(recording, file, convention, reset, spikes):
    graph = load_nir(BRAILLE / f"braille_noDelay_{file}.nir")
    x = np.load(DATA / "derived" / "braille_test_sample0_input_256x12_u8.npy")
    raster = np.load(BRAILLE / f"{recording}.npy").squeeze()
    raster = raster if len(raster) == 256 else raster.T
    result = presets_other.run(graph, {"input": x[:, None]}, dt=1e-4, convention=convention, reset=reset)
    assert raster.sum() == spikes
    assert (result.events["lif1.lif"][:, 0] != raster).sum() == 0


def run_lif(convention, **arguments):
    x = recorded("lif_lava_cpu_float.csv")[0]
    graph = load_nir(LIF / "lif_norse.nir")
    result = presets_other.run(graph, {"input": x.reshape(-1, 1, 1)}, dt=1e-4, convention=convention, **arguments)
    return result.v["1"].ravel(), np.flatnonzero(result.events["1"])


@pytest.mark.parametrize("convention, recording", [("lava", "float"), ("lava-fixed", "fixed")])
def test_lif_recordings_of_lava(convention, recording):
    _, v_recorded, z_recorded = recorded(f"lif_lava_cpu_{recording}.csv")
    v, spikes = run_lif(convention)
    np.testing.assert_array_equal(v, v_recorded)
    np.testing.assert_array_equal(spikes, np.flatnonzero(z_recorded))


@pytest.mark.parametrize(
    "convention, arguments, spikes",  # spike rows and peak as reference/nir.md tells them of recordings that are not here
    [
        ("nengo", {}, [460, 510, 710, 760]),
        ("spinnaker2", {"reset": "zero"}, [460, 510, 710, 760]),
        ("spyx@2023", {}, [461, 511, 711, 761]),
        ("euler", {}, [460, 510, 710, 760]),
    ],
)
def test_spike_rows_of_the_lif_task(convention, arguments, spikes):
    v, rows = run_lif(convention, **arguments)
    assert rows.tolist() == spikes
    if convention == "spyx@2023":
        assert v.max().round(4) == np.float32(0.1064)


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("convention, kind", [("exact", "LIF"), ("exact", "CubaLIF"), ("lava-fixed", "LIF")])
def test_what_model_has_too(convention, kind, precision):
    for seed in range(5):
        case = three_layers_other.make(seed, convention, kind, recurrent=seed % 2 == 1)
        ours = three_layers_other.run(case, precision=precision)
        theirs = model.run(case["graph"], case["inputs"], dt=case["dt"], convention=convention, precision=precision)
        assert ours.order == theirs.order
        for name in three_layers_other.LAYERS:
            np.testing.assert_array_equal(ours.events[name], theirs.events[name])
            np.testing.assert_array_equal(ours.v[name], theirs.v[name])


def test_a_cycle_in_spyx_is_a_step_late_and_subtracts_once():
    """The step of the tool, written out: the spikes of a step act in that step."""
    case = three_layers_other.make(2, "spyx@2023", "CubaLIF", recurrent=True, lanes=1, real=np.float32)
    result, nodes = three_layers_other.run(case), case["graph"]["nodes"]
    node, scale = nodes["n2"], case["dt"] / nodes["n2"]["tau_syn"] * nodes["n2"]["w_in"]
    alpha, beta = 1 - case["dt"] / node["tau_syn"], 1 - case["dt"] / node["tau_mem"]
    v = i = np.zeros(node["r"].size)
    for step, spikes in enumerate(result.events["n1"][:, 0]):
        z = v > node["v_threshold"]
        np.testing.assert_array_equal(z, result.events["n2"][step, 0] > 0)
        x = nodes["w2"]["weight"] @ spikes + nodes["w2"]["bias"] + nodes["w_rec"]["weight"] @ z + nodes["w_rec"]["bias"]
        i = alpha * i + scale * x
        v = beta * (v - z * node["v_threshold"]) + i
    assert result.events["n2"].sum() > 3


def test_spinnaker_moves_the_bias_to_the_potential():
    case = three_layers_other.make(1, "spinnaker2", "CubaLIF")
    nodes = case["graph"]["nodes"]
    for name in ("w1", "w2"):
        nodes[name]["weight"][:] = np.eye(*nodes[name]["weight"].shape) / 4
    case["inputs"]["in"][:] = 0
    nodes["n1"]["v_threshold"][:] = 1e9
    nodes["n1"]["v_leak"][:] = 0
    v, node, dt = three_layers_other.run(case).v["n1"][:, 0], nodes["n1"], case["dt"]
    off = nodes["w1"]["bias"] / (dt / node["tau_syn"]) * 127 * 4
    np.testing.assert_allclose(v[0], off, rtol=1e-6)  # at once, and not through the synapse
    np.testing.assert_allclose(v[1], (1 - dt / node["tau_mem"]) * off + off, rtol=1e-6)
