"""Random networks in Spyx 0.1.17, the last release whose neurons are those of 2023 (spyx@2023).

CubaLIF goes through Spyx's own importer. In these releases it stops at weights in front of a LIF or IF (a variable without a
value), so these are built by hand from Spyx's modules, with the importer's parameters.
"""

import contextlib
import io

import haiku as hk
import jax
import jax.numpy as jnp
import nir
import numpy as np
import peer
import spyx.nn
from spyx.nir import from_nir

from oracle import three_layers_other

nir.Sequence = type("Sequence", (), {})  # a type of early NIR that the importer asks for

KINDS = [("IF", False, 50, 6), ("LIF", False, 50, 6), ("CubaLIF", False, 60, 5), ("CubaLIF", True, 50, 4)]


def imported(case):
    """Spyx's network and parameters; it wants the ends called input and output."""
    graph = peer.to_nir(case["graph"])
    ends = {"in": "input", "out": "output"}
    graph.nodes = {ends.get(name, name): node for name, node in graph.nodes.items()}
    graph.edges = [tuple(ends.get(name, name) for name in edge) for edge in graph.edges]
    first = jnp.asarray(case["inputs"]["in"].swapaxes(0, 1))
    with contextlib.redirect_stdout(io.StringIO()):
        return from_nir(graph, first, case["dt"], return_all_states=True)


def by_hand(case):
    nodes, dt = case["graph"]["nodes"], case["dt"]
    layers, parameters = [], {}
    kind = nodes["n1"]["type"]
    for number, name in enumerate(three_layers_other.LAYERS):
        node, front = nodes[name], nodes[f"w{number + 1}"]
        module = getattr(spyx.nn, kind)
        layers.append((lambda f=front: hk.Linear(len(f["weight"]), with_bias="bias" in f), module, node))
        scale = dt / node["tau"] if kind == "LIF" else 1
        suffix = f"_{number}" if number else ""
        parameters[f"linear{suffix}"] = {"w": jnp.array(front["weight"].T) * scale}
        if "bias" in front:
            parameters[f"linear{suffix}"]["b"] = jnp.array(front["bias"]) * scale
        if kind == "LIF":
            parameters[f"LIF{suffix}"] = {"beta": jnp.array(1 - dt / node["tau"])}

    def network(x):
        core = hk.DeepRNN(
            [
                part
                for linear, module, node in layers
                for part in (linear(), module(node["r"].shape, threshold=node["v_threshold"]))
            ]
        )
        return hk.dynamic_unroll(core, x, core.initial_state(len(x)), time_major=False, return_all_states=True)

    return hk.without_apply_rng(hk.transform(network)), parameters


def run(case, kind, recurrent):
    net, parameters = imported(case) if kind == "CubaLIF" else by_hand(case)
    x = jnp.asarray(case["inputs"]["in"].swapaxes(0, 1))
    with contextlib.redirect_stdout(io.StringIO()):
        last, states = jax.jit(net.apply)(parameters, x)
    recorded = {}
    for name, state in zip(three_layers_other.LAYERS, states, strict=True):
        v = np.asarray(state).swapaxes(0, 1) if state.shape[0] == x.shape[0] else np.asarray(state)
        threshold = case["graph"]["nodes"][name]["v_threshold"].astype(np.float32)
        v = v[..., : threshold.size]  # CuBaLIF keeps its current behind
        before = np.concatenate([np.zeros_like(v[:1]), v[:-1]])
        recorded["spikes", name], recorded["threshold", name] = (before - threshold > 0), threshold
        if not (recurrent and name == "n2"):  # there v comes a step later than here
            recorded["v", name] = v
    np.testing.assert_array_equal(np.asarray(last).swapaxes(0, 1), recorded["spikes", "n3"])
    return recorded


def cases(golden):
    for kind, recurrent, many, few in KINDS:
        label = f"{kind}-recurrent" if recurrent else kind
        for seed in range(few if golden else many):
            size = peer.GOLDEN if golden else {}
            case = three_layers_other.make(seed, "spyx@2023", kind, recurrent=recurrent, real=np.float32, **size)
            yield f"{label}-{seed}", case, run(case, kind, recurrent), "importer" if kind == "CubaLIF" else "by hand"


if __name__ == "__main__":
    peer.main("spyx", ["spyx", "dm-haiku", "jax"], cases)
