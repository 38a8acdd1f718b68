"""Random networks without regard for what a convention takes: kinds mixed, edges anywhere, parameters off their defaults.

    case = make(seed, oracle, "nengo")          # oracle: presets_torch or presets_other

Most of a case's parts are valid for its convention, so that about half of the cases run; the others must be refused. What the
file holds (`graph`) and what the oracle reads (`spelled`: an array for each number) are the same network.
"""

import numpy as np

from . import model, presets_torch, three_layers, three_layers_other

DT = 1e-3
PARAMETERS = ("r", "tau", "tau_mem", "tau_syn", "v_leak", "v_threshold", "v_reset", "w_in", "threshold")


def make(seed, oracle, convention, kinds, steps=16, lanes=2):
    rng = np.random.default_rng([seed, *convention.encode()])
    size = int(rng.integers(2, 5))
    real = [np.float32, np.float64][rng.integers(2)]
    some = [str(kind) for kind in rng.choice(kinds, size=rng.integers(1, 3))]
    nodes, edges, last = {"in": {"type": "Input", "shape": np.array([size])}}, [], "in"
    for number in range(1, int(rng.integers(2, 4))):
        layer, name = f"w{number}", f"n{number}"
        nodes[layer] = _layer(rng, convention, size, real)
        nodes[name] = _neuron(rng, oracle, convention, str(rng.choice(some)), size, real)
        edges += [(last, layer), (layer, name)]
        last = name
    if rng.random() < 0.3:
        nodes["w_rec"] = _layer(rng, convention, size, real)
        edges += [(last, "w_rec"), ("w_rec", last)]
    nodes["out"] = {"type": "Output", "shape": np.array([size])}
    edges.append((last, "out"))
    while rng.random() < 0.25:
        edge = str(rng.choice([n for n in nodes if n != "out"])), str(rng.choice([n for n in nodes if n != "in"]))
        if edge not in edges:
            edges.append(edge)
    x = (rng.random((steps, lanes, size)) < 0.5).astype(np.float32)
    graph = {"nodes": nodes, "edges": edges}
    return dict(
        graph=graph, spelled=_spelled(graph, size), inputs={"in": x}, dt=DT, convention=convention, **arguments(rng, oracle)
    )


def arguments(rng, oracle):
    """None, few or many of the arguments of `load`, with any of their values."""
    share = rng.choice([0, 0.15, 0.5])
    given = {name: values[rng.integers(len(values))] for name, values in oracle.VALUES.items() if rng.random() < share}
    return dict(reset=given.pop("reset", None), overrides=given)


def has_meaning(case):
    """What Ranvier asks of any network: time constants above 0, and in each cycle a neuron with a state."""
    nodes, edges = case["spelled"]["nodes"], case["spelled"]["edges"]
    taus = [node[name] for node in nodes.values() for name in ("tau", "tau_mem", "tau_syn") if name in node]
    component = model._components(nodes, {n: [t for s, t in edges if s == n] for n in nodes})
    on_cycle = {s for s, t in edges if component[s] == component[t]}
    stateful = lambda name: nodes[name]["type"] not in ("Threshold", *model.STATELESS)
    return all((tau > 0).all() for tau in taus) and all(any(map(stateful, component[name])) for name in on_cycle)


def _layer(rng, convention, size, real):
    kind = "Affine" if rng.random() < 0.6 else "Linear"
    grid = lambda values, scale: (np.round(values * 256) / 256 * scale).astype(real)
    node = {"type": kind, "weight": grid(rng.normal(0.5, 1, size=(size, size)), 1)}
    silent = convention in three_layers_other.WITHOUT_BIAS and rng.random() < 0.8
    return {**node, "bias": grid(rng.normal(0, 0.2, size=size), not silent)} if kind == "Affine" else node


def _neuron(rng, oracle, convention, kind, size, real):
    uniform = bool(rng.random() < 0.3)
    if oracle is presets_torch and (convention, kind) in presets_torch.CELLS:
        node = three_layers.neuron(rng, convention, kind, size, DT, uniform, real)
    else:
        node = three_layers_other.neuron(rng, convention, kind, size, DT, uniform, real)
    for name in ("v_reset", "w_in"):
        if rng.random() < 0.2:
            node.pop(name, None)
    for name in [name for name in node if name != "type"]:
        choice = rng.random()
        if choice < 0.04:  # as wrong as a file may be
            node[name] = node[name] * node[name].dtype.type(rng.choice([0, -1, 2, 1e-3, 1e3]))
        elif choice < 0.06:
            node[name] = node[name] + np.linspace(0, 0.5, size, dtype=node[name].dtype)
        elif choice < 0.12:  # NIR files mix types inside a node
            node[name] = node[name].astype(rng.choice([np.float32, np.float64]))
        elif choice < 0.15 and (node[name] == np.round(node[name])).all():
            node[name] = node[name].astype(np.int64)
        elif choice < 0.2 and (node[name] == node[name][0]).all():
            node[name] = node[name][0].reshape(())
    return node


def _spelled(graph, size):
    """With an array of a value a neuron for each number."""
    whole = lambda key, value: np.full(size, value) if key in PARAMETERS and np.ndim(value) == 0 else value
    nodes = {name: {key: whole(key, value) for key, value in node.items()} for name, node in graph["nodes"].items()}
    return {**graph, "nodes": nodes}
