"""What a network says of the way in which it was read, and what conventions ask of a graph as a whole."""

import numpy as np
import pytest

import nir_file
import ranvier as rv

SIZE = 2


def linear(kind="Linear"):
    node = {"type": kind, "weight": np.eye(SIZE, dtype=np.float32)}
    return node | ({"bias": np.zeros(SIZE, np.float32)} if kind == "Affine" else {})


def neuron(kind, **values):
    given = dict(r=1.0, v_threshold=1.0)
    given |= dict(tau=0.01, v_leak=0.0) if kind == "LIF" else {}
    given |= dict(tau_mem=0.01, tau_syn=0.005, v_leak=0.0) if kind == "CubaLIF" else {}
    return {"type": kind, **{name: np.full(SIZE, value, np.float32) for name, value in {**given, **values}.items()}}


@pytest.fixture
def load(tmp_path):
    def load(convention, nodes, edges, **arguments):
        graph = {"nodes": {"in": nir_file.port("Input", SIZE), **nodes, "out": nir_file.port("Output", SIZE)}, "edges": edges}
        return rv.load(nir_file.write(tmp_path / "net.safetensors", graph), dt=1 * rv.ms, convention=convention, **arguments)

    return load


CHAIN = [("in", "w"), ("w", "n"), ("n", "out")]


@pytest.mark.parametrize(
    "convention, kind, arguments, words",
    [
        ("exact", "LIF", {}, "0 steps on edges into neurons"),
        ("exact", "LIF", {"hop_delay": 1}, "1 step on edges into neurons"),
        ("lava", "LIF", {}, "1 step on edges into neurons"),
        ("nengo", "LIF", {}, "0 steps on edges into neurons"),
        ("nengo", "CubaLIF", {}, "1 step on edges into neurons"),
        ("nengo", "CubaLIF", {"hop_delay": 0}, "0 steps on edges into neurons"),
        ("spinnaker2", "CubaLIF", {}, "1 step on edges into neurons"),
    ],
)
def test_the_delay_of_a_hop_is_the_one_that_the_edges_have(load, convention, kind, arguments, words):
    net = load(convention, {"w": linear(), "n": neuron(kind)}, CHAIN, **arguments)
    assert net.assumptions["hop_delay"] == words


def test_edges_that_are_late_are_named_where_others_are_not(load):
    nodes = {"w": linear(), "n": neuron("LIF"), "w2": linear(), "n2": neuron("CubaLIF")}
    net = load("nengo", nodes, [("in", "w"), ("w", "n"), ("n", "w2"), ("w2", "n2"), ("n2", "out")])
    assert net.assumptions["hop_delay"] == "1 step on w2 -> n2; 0 on other edges into neurons"


def test_what_becomes_of_an_if_in_snntorch_is_said(load):
    net = load("snntorch", {"w": linear(), "n": neuron("IF")}, CHAIN)
    assert "tau = 10 dt" in net.assumptions["n"] and net.assumptions["n.reset"].startswith("subtract")
    assert "n.reset" not in load("snntorch", {"w": linear(), "n": neuron("IF")}, CHAIN, reset="zero").assumptions


def test_spyx_says_where_r_counts(load):
    nodes = {"w": linear(), "n": neuron("LIF", r=2), "w_rec": linear()}
    assert "ignored" in load("spyx@2023", {"w": linear(), "n": neuron("LIF", r=2)}, CHAIN).assumptions["n.r"]
    recurrent = load("spyx@2023", nodes, [*CHAIN, ("n", "w_rec"), ("w_rec", "n")])
    assert "feedback" in recurrent.assumptions["n.r"]


def test_spinnaker2_tells_the_scale_of_v_and_asks_for_layers_of_their_own(load):
    net = load("spinnaker2", {"w": linear(), "n": neuron("IF")}, CHAIN)
    assert "127" in net.assumptions["n"]
    with pytest.raises(
        rv.Error, match="w: spinnaker2 does not define a layer with weights that leads to neurons and to other nodes"
    ):
        load("spinnaker2", {"w": linear(), "n": neuron("IF")}, [*CHAIN, ("w", "out")])


def test_nengo_wants_a_synapse_in_each_cycle(load):
    nodes = {"w": linear(), "n": neuron("CubaLIF"), "w2": linear(), "n2": neuron("LIF"), "w_rec": linear()}
    edges = [("in", "w"), ("w", "n"), ("n", "w2"), ("w2", "n2"), ("n2", "out"), ("n2", "w")]
    assert load("nengo", nodes, edges).to("cpu")
    with pytest.raises(rv.Error, match="cycle without a CubaLIF or LI"):
        load("nengo", nodes, [*edges, ("n2", "w_rec"), ("w_rec", "n2")])


@pytest.mark.parametrize("convention", ["sinabs", "rockpool"])
@pytest.mark.parametrize("threshold", [0, -1, 1e-50])
def test_a_threshold_that_v_is_divided_by_is_refused_once(load, convention, threshold):
    node = neuron("LIF") | {"v_threshold": np.full(SIZE, threshold)}
    with pytest.raises(rv.Error) as caught:
        load(convention, {"w": linear(), "n": node}, CHAIN)
    assert len(caught.value.errors) == 1 and convention in str(caught.value)


def test_a_node_that_is_refused_is_no_problem_of_its_neighbours(load):
    with pytest.raises(rv.Error) as caught:
        load("nengo", {"w": linear(), "n": neuron("CubaLIF", tau_mem=-1)}, CHAIN).to("cpu")
    assert len(caught.value.errors) == 1 and "tau_mem" in str(caught.value)
