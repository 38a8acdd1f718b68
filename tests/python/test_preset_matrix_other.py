"""Each kind of neuron in the conventions of `presets_other`: bit for bit the oracle on random three-layer networks, or refused.

RANVIER_MATRIX_NETWORKS tells how many networks a cell has (6). Where a float64 result of exp, expm1 or log1p is not rounded to
float32 (nengo; spinnaker2 with decay exponential) potentials agree to 1e-12, since those functions promise 1 ulp and no more.
"""

import os

import numpy as np
import pytest

import nir_file
import ranvier as rv
from oracle import presets_other, three_layers_other

NETWORKS = int(os.environ.get("RANVIER_MATRIX_NETWORKS", "6"))
MATRIX = [(convention, kind) for convention in presets_other.PRESETS for kind in presets_other.KINDS]
DEFINED = [pair for pair in MATRIX if pair in presets_other.CELLS]
SPIKING = ("IF", "LIF", "CubaLIF")
WIDENED = ("exact", "euler", "spyx@2023")  # what precision=f64 changes


def load(case, folder):
    path = nir_file.write(folder / "net.safetensors", case["graph"])
    return rv.load(path, dt=case["dt"] * rv.s, convention=case["convention"], reset=case["reset"], **case["overrides"])


def choose(case, kind, seed):
    """Random reset and overrides, those that the oracle takes for this kind."""
    rng = np.random.default_rng(seed)
    for name, values in presets_other.PRESETS[case["convention"]].items():
        values = [value for value in values if value is not None]
        if not values or rng.random() < 0.6:
            continue
        value = values[rng.integers(len(values))]
        trial = dict(case, reset=value) if name == "reset" else dict(case, overrides={**case["overrides"], name: value})
        try:
            three_layers_other.run(trial)
            case = trial
        except presets_other.Refused:
            pass
    return case


def equal(ours, theirs, close, what):
    assert ours.shape == theirs.shape, what
    different = np.argwhere(np.abs(ours - theirs) > 1e-12 * np.maximum(1, np.abs(theirs)) if close else ours != theirs)
    if len(different):
        at = tuple(different[0])
        raise AssertionError(f"{what}: {len(different)} differ, first {ours[at]!r}, not {theirs[at]!r}, at {at}")


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("convention, kind", DEFINED)
def test_defined_kinds_equal_the_oracle(convention, kind, device, precision, tmp_path):
    if precision == "f64" and convention not in WIDENED:
        pytest.skip("computes in f64 or integers anyway")
    for seed in range(NETWORKS):
        recurrent = seed % 2 == 1 and kind in SPIKING and (convention, kind) not in three_layers_other.FEED_FORWARD
        case = choose(three_layers_other.make(seed, convention, kind, recurrent=recurrent), kind, seed)
        what = f"seed {seed}, reset {case['reset']}, {case['overrides']}"
        expected, net = three_layers_other.run(case, precision=precision), load(case, tmp_path)
        ses = net.to(device, lanes=case["inputs"]["in"].shape[1], precision=precision)
        out = ses.run(case["inputs"], record=ses.recordable)
        close = convention == "nengo" or (convention, case["overrides"].get("decay")) == ("spinnaker2", "exponential")
        for name in three_layers_other.LAYERS:
            equal(out.spikes[name].dense(), expected.events[name], close, f"{what}: events of {name}")
            for variable, values in (("v", expected.v), ("i", expected.i)):
                if name in values and variable in out.states[name]:
                    equal(out.states[name][variable], values[name], close, f"{what}: {variable} of {name}")


@pytest.mark.parametrize("convention, kind", [pair for pair in MATRIX if pair not in presets_other.CELLS])
def test_undefined_kinds_are_refused_by_name(convention, kind, tmp_path):
    graph = three_layers_other.make(0, "exact", kind)["graph"]
    for node in graph["nodes"].values():
        if node["type"] == "Affine":
            node["bias"] = np.zeros_like(node["bias"])
    with pytest.raises(rv.Error) as refused:
        load(dict(graph=graph, dt=1e-3, convention=convention, reset=None, overrides={}), tmp_path)
    assert convention in str(refused.value) and kind in str(refused.value) and "n1" in str(refused.value)


REFUSED_VALUES = [  # convention, kind, parameter, what is done to it
    ("nengo", "LIF", "r", lambda values: values * 2),
    ("nengo", "LIF", "v_leak", lambda values: values + 0.5),
    ("nengo", "LIF", "tau", lambda values: values * np.linspace(1, 2, values.size)),
    ("nengo", "IF", "r", lambda values: values * 2),
    ("nengo", "CubaLIF", "v_leak", lambda values: values + 0.5),
    ("nengo", "CubaLIF", "tau_mem", lambda values: values * np.linspace(1, 2, values.size)),
    ("nengo", "CubaLIF", "tau_syn", lambda values: values * 1e-3),
    ("nengo", "CubaLIF", "v_threshold", lambda values: values * np.linspace(1, 2, values.size)),
    ("lava-dl", "CubaLIF", "v_leak", lambda values: values + 0.5),
    ("lava-dl", "CubaLIF", "r", lambda values: values * 2),
    ("lava-dl", "CubaLIF", "tau_syn", lambda values: values * np.linspace(1, 2, values.size)),
    ("lava-dl", "IF", "v_threshold", lambda values: values * np.linspace(1, 2, values.size)),
    ("lava-fixed", "LIF", "v_threshold", lambda values: values * 1e4),
    ("lava", "LIF", "bias", None),
    ("lava-fixed", "LIF", "bias", None),
]


@pytest.mark.parametrize("convention, kind, parameter, change", REFUSED_VALUES)
def test_values_that_a_tool_does_not_take_are_refused_by_name(convention, kind, parameter, change, tmp_path):
    case = three_layers_other.make(1, convention, kind)
    nodes = case["graph"]["nodes"]
    node = nodes["w1"] if parameter == "bias" else nodes["n1"]
    node[parameter] = (node[parameter] + 1 if change is None else change(node[parameter])).astype(node[parameter].dtype)
    with pytest.raises(presets_other.Refused, match=parameter):
        three_layers_other.run(case)
    with pytest.raises(rv.Error) as refused:
        load(case, tmp_path)
    assert parameter in str(refused.value) and ("w1" if parameter == "bias" else "n1") in str(refused.value)


@pytest.mark.parametrize("convention", presets_other.PRESETS)
def test_arguments_outside_a_convention_are_refused_by_name(convention, tmp_path):
    kind = "LIF" if (convention, "LIF") in presets_other.CELLS else "CubaLIF"
    case = three_layers_other.make(0, convention, kind)
    for name, values in presets_other.VALUES.items():
        for value in set(values) - set(presets_other.PRESETS[convention][name]):
            if not presets_other.PRESETS[convention][name]:
                continue  # what an integer convention has no word for; its own value may pass
            trial = dict(case, reset=value) if name == "reset" else dict(case, overrides={name: value})
            with pytest.raises(rv.Error) as refused:
                load(trial, tmp_path)
            assert convention in str(refused.value) and name in str(refused.value)


def test_nengo_refuses_a_cycle_without_a_synapse(tmp_path):
    with pytest.raises(presets_other.Refused):
        three_layers_other.make(0, "nengo", "LIF", recurrent=True)
    case = three_layers_other.make(0, "nengo", "LIF")
    case["graph"] = three_layers_other.make(0, "exact", "LIF", recurrent=True)["graph"]
    for name in three_layers_other.LAYERS:
        node = case["graph"]["nodes"][name]
        node.update(r=np.ones_like(node["r"]), v_leak=np.zeros_like(node["r"]), tau=np.full_like(node["tau"], 0.01))
    with pytest.raises(rv.Error) as refused:
        load(case, tmp_path)
    assert "cycle" in str(refused.value)
