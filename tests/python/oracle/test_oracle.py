"""The oracle against the recordings of the NIR paper, and against small sums done by hand."""

import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from . import model, random_networks

DATA = Path(os.environ.get("RANVIER_DATA", Path(__file__).resolve().parents[2] / "data" / "nir-paper"))
LIF = DATA / "01_lif"
BRAILLE = DATA / "03_rnn"


def load_nir(path):
    """A flat NIR file as the plain data that the model takes."""
    with h5py.File(path) as file:
        text = lambda value: value.decode() if isinstance(value, bytes) else str(value)
        read = lambda name, value: text(value[()]) if name == "type" else value[()]
        nodes = {
            name: {key: read(key, value) for key, value in group.items() if isinstance(value, h5py.Dataset)}
            for name, group in file["node/nodes"].items()
        }
        edges = [tuple(map(text, edge)) for edge in file["node/edges"][()]]
    return {"nodes": nodes, "edges": edges}


def recorded(name):
    return np.loadtxt(LIF / name, delimiter=",").T


def run_lif(recording, **arguments):
    x, v, spikes = recorded(recording)
    result = model.run(load_nir(LIF / "lif_norse.nir"), {"input": x.reshape(-1, 1, 1)}, dt=1e-4, **arguments)
    return result.v["1"].ravel(), result.events["1"].ravel(), v, spikes


@pytest.mark.parametrize("convention", ["norse", "snntorch"])
def test_lif_recordings_in_f32(convention):
    v, z, v_recorded, z_recorded = run_lif(f"lif_{convention}.csv", convention=convention)
    assert v.dtype == np.float32
    np.testing.assert_array_equal(v, v_recorded.astype(np.float32))
    np.testing.assert_array_equal(z, z_recorded)


def test_lif_recording_in_integers():
    v, z, v_recorded, z_recorded = run_lif("lif_lava_cpu_fixed.csv", convention="lava-fixed")
    assert v.dtype == np.int64 and v_recorded.max() == 1589
    np.testing.assert_array_equal(v, v_recorded)
    np.testing.assert_array_equal(z, z_recorded)


@pytest.mark.parametrize("reset", ["zero", "subtract"])
@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_exact_lif_spikes_with_the_event_timed_solution(reset, precision):
    _, z, _, z_recorded = run_lif("lif_exact.csv", convention="exact", reset=reset, precision=precision)
    np.testing.assert_array_equal(np.nonzero(z)[0], [460, 510, 710, 760])
    np.testing.assert_array_equal(z, z_recorded)


@pytest.mark.parametrize(
    "recording, file, convention, reset, spikes",
    [
        ("snntorch_activity_noDelay_bias_zero", "bias_zero", "snntorch", "zero", 119),
        ("snntorch_activity_noDelay_noBias_subtract", "noBias_subtract", "snntorch", "subtract", 118),
        ("norse_activity_noDelay_bias_zero", "bias_zero", "norse", "zero", 118),
    ],
)
@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_braille_hidden_rasters(recording, file, convention, reset, spikes, precision):
    graph = load_nir(BRAILLE / f"braille_noDelay_{file}.nir")
    x = np.load(DATA / "derived" / "braille_test_sample0_input_256x12_u8.npy")
    raster = np.load(BRAILLE / f"{recording}.npy").reshape(256, -1)
    result = model.run(graph, {"input": x[:, None]}, dt=1e-4, convention=convention, reset=reset, precision=precision)
    assert raster.sum() == spikes
    assert (result.events["lif1.lif"][:, 0] != raster).sum() == 0
    assert result.order == ["input", "fc1", "lif1.lif", "lif1.w_rec", "fc2", "lif2", "output"]
    if convention == "snntorch":  # counts known from the reference implementation
        counts = {"zero": [10, 160, 112, 113, 103, 68, 121], "subtract": [0, 51, 21, 18, 3, 17, 22]}[reset]
        np.testing.assert_array_equal(result.events["lif2"][:, 0].sum(0), counts)


@pytest.mark.parametrize("convention, bias_at", [("norse", "from 0"), ("snntorch", "from 1")])
def test_feedback_bias_decides_the_braille_recordings(convention, bias_at):
    graph = load_nir(BRAILLE / "braille_noDelay_bias_zero.nir")
    x = np.load(DATA / "derived" / "braille_test_sample0_input_256x12_u8.npy")
    raster = np.load(BRAILLE / f"{convention}_activity_noDelay_bias_zero.npy").reshape(256, -1)
    overrides = {"feedback_bias": bias_at}
    result = model.run(graph, {"input": x[:, None]}, dt=1e-4, convention=convention, overrides=overrides)
    assert (result.events["lif1.lif"][:, 0] != raster).sum() > 0


def lif(n=1, **values):
    node = dict(tau=0.01, r=1.0, v_leak=0.0, v_threshold=1.0)
    return {"type": "LIF", **{name: np.full(n, value) for name, value in {**node, **values}.items()}}


def port(kind, n=1):
    return {"type": kind, "shape": np.array([n])}


def test_order_follows_distance_and_names():
    nodes = {"in": port("Input"), "b": lif(), "a": lif(), "B": lif(), "out": port("Output")}
    graph = {
        "nodes": nodes,
        "edges": [("in", "b"), ("b", "a"), ("b", "B"), ("a", "b"), ("B", "a"), ("a", "B"), ("a", "out")],
    }
    order, projections = model.arrange(graph, model.options("exact"))
    assert order == ["in", "b", "B", "a", "out"]  # bytewise: capitals first
    delay = {(p.source, p.target): p.delay for p in projections}
    assert delay == {e: int(e in {("a", "b"), ("B", "a"), ("a", "B")}) for e in graph["edges"]}
    assert [(p.source, p.target) for p in projections][:3] == [("in", "b"), ("b", "B"), ("b", "a")]
    order, _ = model.arrange(graph, model.options("exact"), {("b", "B"): 2, ("in", "b"): 1, ("a", "B"): 0})
    assert order == ["in", "b", "a", "B", "out"]
    with pytest.raises(model.Refused, match="cycle"):
        model.arrange(graph, model.options("exact"), {("a", "b"): 0})


def test_a_ring_without_state_is_refused():
    ring = {"type": "Linear", "weight": np.eye(1)}
    graph = {"nodes": {"in": port("Input"), "w": ring}, "edges": [("in", "w"), ("w", "w")]}
    with pytest.raises(model.Refused, match="'w'"):
        model.arrange(graph, model.options("exact"))


def test_terms_enter_by_step_of_emission_then_projection_then_source():
    big = {"type": "Affine", "weight": np.array([[1e8, 1.0, -1e8]]), "bias": np.array([0.5])}
    graph = {"nodes": {"in": port("Input", 3), "w": big, "out": port("Output")}, "edges": [("in", "w"), ("w", "out")]}
    x = np.ones((2, 1, 3))
    assert model.run(graph, {"in": x}, dt=1e-3).events["out"].ravel().tolist() == [0.5, 0.5]  # 1e8 swallows the 1
    graph["nodes"]["late"], graph["edges"] = port("Input", 3), [("in", "w"), ("late", "w"), ("w", "out")]
    two = {"in": np.array([[[1.0, 0, 0]]] * 2), "late": np.array([[[0, 1.0, 1.0]]] * 2)}
    assert model.run(graph, two, dt=1e-3).events["out"].ravel().tolist() == [0.5, 0.5]
    delayed = model.run(graph, two, dt=1e-3, delays={("late", "w"): 1})  # now the late terms come first: 1 - 1e8 + 1e8
    assert delayed.events["out"].ravel().tolist() == [1e8, 0.5]
    assert model.run(graph, two, dt=1e-3, precision="f64").events["out"].ravel().tolist() == [1.5, 1.5]


def test_feedback_from_zero_reaches_back_by_its_delay():
    affine = lambda bias: {"type": "Affine", "weight": np.zeros((1, 1)), "bias": np.array([bias])}
    nodes = {"in": port("Input"), "lif": lif(v_threshold=1e9), "w": affine(3.0), "u": affine(4.0)}
    graph = {"nodes": nodes, "edges": [("in", "lif"), ("lif", "w"), ("w", "u"), ("u", "lif")]}
    nodes["u"]["weight"] = np.array([[2.0]])
    x = {"in": np.zeros((4, 1, 1))}

    def drive(bias, delays=None):
        choice = {"input_gain": "one", "decay": "euler", "feedback_bias": bias}
        v = model.run(graph, x, dt=1e-2, overrides=choice, delays=delays).v["lif"].ravel()  # a is 0: v is the drive
        return v.tolist()

    assert drive("from 1") == [0, 10, 10, 10] and drive("from 0") == [10, 10, 10, 10]
    assert drive("from 1", {("u", "lif"): 3}) == [0, 0, 0, 10] and drive("from 0", {("u", "lif"): 3}) == [10] * 4
    assert drive("from 0", {("lif", "w"): 1, ("u", "lif"): 0}) == [10] * 4
    assert drive("from 0", {("w", "u"): 2}) == [10, 4, 4, 10]  # the edge into u is no feedback


def test_several_spikes_and_both_probes():
    nodes = {"in": port("Input"), "lif": lif(v_threshold=0.5, v_reset=0.25), "out": port("Output")}
    graph = {"nodes": nodes, "edges": [("in", "lif"), ("lif", "out")]}
    x = {"in": np.array([0.4, 1.3, -2.0]).reshape(3, 1, 1)}
    several = {"input_gain": "one", "decay": "euler", "comparator": "several"}
    after = model.run(graph, x, dt=1e-2, reset="subtract", overrides=several)
    before = model.run(graph, x, dt=1e-2, reset="subtract", overrides={**several, "probe": "before"})
    assert after.events["out"].ravel().tolist() == [0, 2, 0]
    np.testing.assert_array_equal(before.v["lif"].ravel(), np.float32([0.4, 1.3, -2.0]))
    assert after.v["lif"].ravel()[1] == np.float32(1.3) - np.float32(0.5)
    assert (after.hash == before.hash).all() and after.hash[0] != 0


@pytest.mark.parametrize("same", [False, True])
@pytest.mark.parametrize("kind", ["LIF", "CubaLIF"])
def test_exact_does_not_depend_on_the_step(kind, same):
    node = lif(v_leak=0.3, r=1.7, v_threshold=1e9)
    if kind == "CubaLIF":
        tau = node.pop("tau")
        node = dict(node, type=kind, tau_mem=tau, tau_syn=tau if same else 0.4 * tau, w_in=np.array([0.8]))
    graph = {"nodes": {"in": port("Input"), "n": node}, "edges": [("in", "n")]}
    level = np.array([1.0, -2.0, 0.5]).reshape(3, 1, 1)
    coarse = model.run(graph, {"in": level}, dt=8e-3, precision="f64").v["n"].ravel()
    fine = model.run(graph, {"in": level.repeat(16, 0)}, dt=5e-4, precision="f64").v["n"].ravel()
    np.testing.assert_allclose(coarse, fine[15::16], rtol=2e-6)  # the coefficients are f32


def test_snntorch_computes_in_the_stored_type():
    tau, r = np.float32(0.0037), np.float64(2.2)
    node = lif(r=r, v_threshold=np.float32(0.9))
    node["tau"] = np.array([tau])
    cell = model.expand(node, model.options("snntorch"), 1e-4, np.float32)
    assert cell.threshold[0] == np.float32(np.float64(np.float32(0.9)) / (r * 1e-4 / np.float64(tau)))
    assert cell.dynamics(np.float32(0), np.float32(1), 0)[0] == np.float32(1) - np.float32(1e-4) / tau


def test_guard_of_snntorch_and_start_of_norse():
    graph = {"nodes": {"in": port("Input"), "lif": lif(tau=1e-3)}, "edges": [("in", "lif")]}
    x = {"in": np.array([2.5, 0.0, 0.0, 1.25, 0.0]).reshape(5, 1, 1)}
    result = model.run(graph, x, dt=1e-3, convention="snntorch", reset="subtract")
    assert result.events["lif"].ravel().tolist() == [1, 0, 0, 1, 0]
    assert result.v["lif"].ravel().tolist() == [1.5, 0.0, 0.0, 0.25, 0.0]
    graph["nodes"]["lif"] = lif(tau=1e-3, v_leak=0.5)
    assert model.run(graph, x, dt=5e-4, convention="norse").v["lif"][0, 0, 0] == 0  # 0.5 + 0.5 * 2.5 spikes
    with pytest.raises(model.Refused, match="v_leak"):
        model.run(graph, x, dt=1e-3, convention="snntorch")


def test_small_states_are_stored_as_zero():
    graph = {"nodes": {"in": port("Input"), "lif": lif(tau=1e-3)}, "edges": [("in", "lif")]}
    x = np.zeros((3, 1, 1), np.float32)
    x[0] = 2.0**-98
    v = model.run(graph, {"in": x}, dt=0.5e-3, overrides={"decay": "euler", "input_gain": "one"}).v["lif"].ravel()
    assert v.tolist() == [2.0**-98, 2.0**-99, 2.0**-100]
    x = np.concatenate([x, x[1:]])
    v = model.run(graph, {"in": x}, dt=0.5e-3, overrides={"decay": "euler", "input_gain": "one"}).v["lif"].ravel()
    assert v[3] == 0 and not np.signbit(v[3])


def test_the_hash_mixes_as_splitmix64():
    assert int(model.mix(0)) == 0xE220A8397B1DCDAF  # first output of splitmix64 seeded with 0
    nodes = {"in": port("Input", 2), "lif": lif(2, tau=1e-3)}
    graph = {"nodes": nodes, "edges": [("in", "lif")]}
    x = np.zeros((3, 2, 2))
    x[1, 0, 1] = 9
    result = model.run(graph, {"in": x}, dt=1e-3)
    one = model.mix(model.mix(model.mix(model.mix(1) ^ np.uint64(1)) ^ np.uint64(1)) ^ np.uint64(0x3FF0000000000000))
    assert result.hash.tolist() == [int(one), 0]


@pytest.mark.parametrize("seed", range(40))
def test_random_networks_run_and_lanes_do_not_touch(seed):
    case = random_networks.make(seed)
    arguments = {name: case[name] for name in ("dt", "convention", "reset", "overrides", "delays")}
    result = model.run(case["graph"], case["inputs"], **arguments)
    lanes = result.hash.size
    one = {name: x[:, lanes - 1 :] for name, x in case["inputs"].items()}
    assert model.run(case["graph"], one, **arguments).hash[0] == result.hash[-1]
    assert all(np.isfinite(values).all() for values in result.v.values())
