"""Small random networks that are valid for their convention: `make(seed)` gives everything a run needs.

Thresholds are tuned with the oracle itself until each population fires in 2 to 30 % of its chances, where the drive allows it.
"""

import numpy as np

from . import model

NAMES = "lif1.lif lif1.w_rec 0 1 10 2 fc1 a.b.c A z Z9 lif lif.0 h-1 x_y é if 9. b B2".split()


def make(seed):
    rng = np.random.default_rng(seed)
    convention = str(rng.choice(["exact", "norse", "snntorch", "lava-fixed"], p=[0.35, 0.25, 0.25, 0.15]))
    dt = float(rng.choice([1e-4, 1e-3, 2.5e-4, 0.1]))
    graph = _graph(rng, convention, dt)
    reset = None if convention == "lava-fixed" else [None, "zero", "subtract"][rng.integers(3)]
    overrides = _overrides(rng, convention, reset, graph)
    delays = _delays(rng, graph, model.options(convention, reset, overrides))
    steps, lanes = int(rng.integers(1, 41)), int(rng.choice([1, 3, 64], p=[0.45, 0.4, 0.15]))
    inputs = _inputs(rng, graph, steps, lanes, convention)
    case = dict(graph=graph, dt=dt, convention=convention, reset=reset, overrides=overrides, delays=delays)
    case.update(inputs=inputs, steps=steps)
    _tune(case)
    return case


def run(case, **more):
    """The oracle's result for a case."""
    arguments = {name: case[name] for name in ("dt", "convention", "reset", "overrides", "delays")}
    return model.run(case["graph"], case["inputs"], **{**arguments, **more})


# ------------------------------------------------------------------------------------------------------------ topology


def _graph(rng, convention, dt):
    names = [str(name) for name in rng.permutation(NAMES)]
    count = int(rng.integers(2, 8))
    kinds = ["LIF", "Linear"] if convention == "lava-fixed" else ["LIF", "CubaLIF", "Linear", "Affine"]
    palette = rng.integers(1, 13, size=2)  # two sizes in all, so that many nodes fit each other
    nodes, width, edges = {}, {}, []  # width: neurons that a node takes

    def add(kind, takes, gives):
        name = names.pop()
        nodes[name], width[name] = _node(rng, kind, int(takes), int(gives), convention, dt), int(takes)
        return name

    kinds_chosen = [str(kind) for kind in rng.choice(kinds, size=count)]
    kinds_chosen[rng.integers(count)] = str(rng.choice([kind for kind in kinds if kind in model.STATEFUL]))
    inputs = []
    for index in range(int(rng.integers(1, min(3, count) + 1))):
        linear = kinds_chosen[index] in model.LINEAR
        size = rng.integers(1, 13) if linear else rng.choice(palette)
        inputs.append(["in", "input", "i.0"][index])
        nodes[inputs[-1]] = {"type": "Input", "shape": np.array([size])}
    inner = []
    while len(inner) < count:
        kind = kinds_chosen[len(inner)]
        source = inputs[len(inner)] if len(inner) < len(inputs) else str(rng.choice(inner))
        size = model.size_of(nodes[source])
        name = add(kind, size, rng.choice(palette) if kind in model.LINEAR else size)
        edges.append((source, name))
        inner.append(name)
    if rng.random() < 0.5:  # the usual recurrent pair
        stateful = str(rng.choice([name for name in inner if nodes[name]["type"] in model.STATEFUL]))
        size = model.size_of(nodes[stateful])
        name = add(str(rng.choice([kind for kind in kinds if kind in model.LINEAR])), size, size)
        edges += [(stateful, name), (name, stateful)]
        inner.append(name)
    for _ in range(int(rng.integers(0, 2 * count))):  # residual paths, loops, direct feedback
        edge = str(rng.choice(inputs + inner)), str(rng.choice(inner))
        fits = model.size_of(nodes[edge[0]]) == width[edge[1]]
        if fits and edge not in edges and _has_meaning(nodes, edges + [edge]):
            edges.append(edge)

    leaves = [name for name in inner if not any(source == name for source, _ in edges)] or [str(rng.choice(inner))]
    for index, size in enumerate(sorted({model.size_of(nodes[name]) for name in leaves})):
        name = ["output", "out.1"][index]
        nodes[name] = {"type": "Output", "shape": np.array([size])}
        edges += [(leaf, name) for leaf in leaves if model.size_of(nodes[leaf]) == size]
    edges = [edges[index] for index in rng.permutation(len(edges))]
    return {"nodes": {name: nodes[name] for name in rng.permutation(list(nodes)).tolist()}, "edges": edges}


def _has_meaning(nodes, edges):
    """Every cycle has a stateful node: one of stateless nodes alone leaves the response to silence undefined."""
    linear = {name for name, node in nodes.items() if node["type"] in model.LINEAR}
    try:
        model._kahn(linear, {edge for edge in edges if linear.issuperset(edge)}, key=str)
        model.arrange({"nodes": nodes, "edges": edges}, model.options("exact"))
        return True
    except model.Refused:
        return False


# ---------------------------------------------------------------------------------------------------------- parameters


def _node(rng, kind, takes, gives, convention, dt):
    real = [np.float32, np.float64][rng.integers(2)]
    mixed = rng.random() < 0.2  # NIR files mix float types inside one node

    def array(values):
        return np.asarray(values).astype([np.float32, np.float64][rng.integers(2)] if mixed else real)

    if kind in model.LINEAR:
        weight = rng.normal(0.3, 1, size=(gives, takes)) * 1.5 / np.sqrt(takes)
        weight[rng.random(weight.shape) < 0.2] = 0
        if convention == "lava-fixed":
            weight = np.round(weight * 4) / 4
        node = {"type": kind, "weight": array(weight)}
        return {**node, "bias": array(rng.normal(0, 0.2, size=gives))} if kind == "Affine" else node

    spread = rng.random() < 0.7  # else the same parameters for all neurons
    draw = lambda low, high: np.full(gives, rng.uniform(low, high)) if not spread else rng.uniform(low, high, size=gives)
    tau = lambda: dt * np.exp(draw(np.log(1.2), np.log(20)))
    optional = lambda: rng.random() < 0.6
    node = {"type": kind, "r": array(draw(0.5, 3)), "v_threshold": array(draw(0.7, 1.3))}
    node["v_leak"] = array(draw(-0.4, 0.4) if convention in ("exact", "norse") and optional() else np.zeros(gives))
    if optional():
        node["v_reset"] = array(draw(-0.5, 0.5))
    if kind == "LIF":
        return {**node, "tau": array(tau())}
    node.update(tau_syn=array(tau()), tau_mem=array(tau()))
    if rng.random() < 0.1:
        node["tau_mem"] = node["tau_syn"].copy()  # the exact solution's removable singularity
    if optional():
        node["w_in"] = array(draw(0.3, 2))
    if convention == "snntorch":
        node["r"] = array(node["tau_mem"].astype(np.float64) / dt)
        if optional():
            node["w_in"] = array(node["tau_syn"].astype(np.float64) / dt)  # the gain 1 of trained files
    return node


def _overrides(rng, convention, reset, graph):
    if convention == "lava-fixed" or rng.random() < 0.4:
        return {}
    cuba = any(node["type"] == "CubaLIF" for node in graph["nodes"].values())
    several = reset == "subtract" and convention != "snntorch"
    values = dict(model.VALUES, comparator=(">", ">=", "several", "several") if several else (">", ">="))
    del values["reset"]
    if cuba:
        values["input_gain"] = (model.PRESETS[convention]["input_gain"],)
        values["decay"] = {"exact": values["decay"], "snntorch": values["decay"], "norse": ("euler",)}[convention]
    pick = lambda allowed: allowed[rng.integers(len(allowed))]
    return {name: pick(allowed) for name, allowed in values.items() if rng.random() < 0.35}


def _delays(rng, graph, options):
    delays = {}
    if rng.random() < 0.5:
        return delays
    for edge in graph["edges"]:
        if rng.random() < 0.4:
            trial = {**delays, edge: int(rng.integers(0, 5))}
            try:
                model.arrange(graph, options, trial)
                delays = trial
            except model.Refused:  # a cycle without delay
                pass
    return delays


def _inputs(rng, graph, steps, lanes, convention):
    inputs = {}
    for name, node in graph["nodes"].items():
        if node["type"] != "Input":
            continue
        shape = (steps, lanes, model.size_of(node))
        spikes = (rng.random(shape) < rng.uniform(0.1, 0.5)).astype(np.float32)
        graded = rng.normal(0.2, 1, size=shape).astype(np.float32)
        inputs[name] = spikes if convention == "lava-fixed" or rng.random() < 0.6 else graded
    return inputs


def _tune(case, rounds=14):
    """Moves the thresholds, and v_reset with them, until the populations fire at a useful rate."""
    some = {**case, "inputs": {name: x[:, :3] for name, x in case["inputs"].items()}}
    for _ in range(rounds):
        events = run(some).events
        settled = True
        for name, node in case["graph"]["nodes"].items():
            if node["type"] not in model.STATEFUL:
                continue
            rate = np.count_nonzero(events[name]) / events[name].size
            factor = 0.6 if rate < 0.02 else 1.4 if rate > 0.3 else 1.0
            settled &= factor == 1.0
            for key in ("v_threshold", "v_reset"):
                if key in node:
                    node[key] = (node[key] * factor).astype(node[key].dtype)
        if settled:
            return
