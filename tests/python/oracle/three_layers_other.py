"""Random networks of three layers of one kind of neuron, valid for a convention of `presets_other`.

    case = make(seed, "nengo", "CubaLIF")           in -> w1 -> n1 -> w2 -> n2 -> w3 -> n3 -> out

Weights and biases are multiples of 1/256 and inputs of 1/16, so that sums over synapses are exact in any order, as long as the
neurons emit spikes. `uniform` gives all neurons of a node the same parameters, `recurrent` adds n2 -> w_rec -> n2. Thresholds
are tuned with the oracle until each layer fires in 2 to 30 % of its chances, where the drive allows it.
"""

import numpy as np

from . import presets_other

LAYERS = ("n1", "n2", "n3")
UNIFORM = {  # what a convention wants equal for all neurons
    ("nengo", "LIF"): ("tau",),
    ("nengo", "LI"): ("tau",),
    ("nengo", "CubaLIF"): ("r", "tau_syn", "tau_mem", "v_threshold"),
    ("lava-dl", "IF"): ("r", "v_threshold"),
    ("lava-dl", "CubaLIF"): ("r", "tau_syn", "tau_mem", "v_threshold"),
}
FEED_FORWARD = (("spyx@2023", "IF"), ("nengo", "IF"), ("nengo", "LIF"))  # what a tool has no cycles of
WITHOUT_BIAS = ("lava", "lava-fixed")
WITHOUT_LEAK = (("nengo", "LIF"), ("nengo", "CubaLIF"), ("lava-dl", "CubaLIF"))


def make(seed, convention, kind, *, uniform=False, recurrent=False, spikes=False, steps=40, lanes=3, real=None):
    rng = np.random.default_rng([seed, *convention.encode(), *kind.encode()])
    dt = float(rng.choice([1e-4, 1e-3]))
    sizes = rng.integers(3, 9, size=4)
    nodes, edges = {"in": {"type": "Input", "shape": sizes[:1]}}, []
    last = "in"
    for number, (takes, gives) in enumerate(zip(sizes, sizes[1:], strict=False), start=1):
        nodes[f"w{number}"] = _weights(rng, convention, "Linear" if number == 3 else "Affine", takes, gives)
        floats = real or [np.float32, np.float64][rng.integers(2)]
        nodes[f"n{number}"] = neuron(rng, convention, kind, gives, dt, uniform, floats)
        edges += [(last, f"w{number}"), (f"w{number}", f"n{number}")]
        last = f"n{number}"
    if recurrent:
        nodes["w_rec"] = _weights(rng, convention, "Affine", sizes[2], sizes[2])
        if (convention, kind) == ("lava-dl", "CubaLIF"):  # it would scale the input alone, not the feedback
            nodes["n2"]["w_in"] = (nodes["n2"]["tau_syn"].astype(np.float64) / dt).astype(nodes["n2"]["w_in"].dtype)
        edges += [("n2", "w_rec"), ("w_rec", "n2")]
    nodes["out"] = {"type": "Output", "shape": sizes[3:]}
    edges.append((last, "out"))
    shape = (steps, lanes, sizes[0])
    graded = np.round(rng.normal(0.2, 1, size=shape) * 16) / 16
    x = rng.random(shape) < rng.uniform(0.2, 0.6) if spikes or rng.random() < 0.7 else graded
    case = dict(graph={"nodes": nodes, "edges": edges}, inputs={"in": x.astype(np.float32)}, dt=dt, convention=convention)
    case.update(reset=None, overrides={})
    _tune(case)
    return case


def run(case, **more):
    arguments = {name: case[name] for name in ("dt", "convention", "reset", "overrides")}
    return presets_other.run(case["graph"], case["inputs"], **{**arguments, **more})


def _weights(rng, convention, kind, takes, gives):
    on_grid = lambda values: (np.round(values * 256) / 256).astype(np.float32)
    node = {"type": kind, "weight": on_grid(rng.normal(0.4, 1, size=(gives, takes)) * 1.5 / np.sqrt(takes))}
    if kind == "Linear":
        return node
    return {**node, "bias": on_grid(rng.normal(0, 0.1, size=gives) * (convention not in WITHOUT_BIAS))}


def neuron(rng, convention, kind, n, dt, uniform, real):
    """A node of n neurons that the convention accepts; what it ignores is random too."""
    same = UNIFORM.get((convention, kind), ())
    few = lambda name: 1 if uniform or name in same else n
    array = lambda values: np.broadcast_to(values, n).astype(real)
    draw = lambda name, low, high: array(rng.uniform(low, high, size=few(name)))
    tau = lambda name: array(dt * np.exp(rng.uniform(np.log(1.5), np.log(20), size=few(name))))
    if kind == "Threshold":
        return {"type": kind, "threshold": draw("threshold", 0.3, 1)}
    node = {"type": kind, "r": draw("r", 0.5, 3)}
    if kind in ("LI", "LIF"):
        node["tau"] = tau("tau")
    if kind in ("CubaLI", "CubaLIF"):
        node.update(tau_syn=tau("tau_syn"), tau_mem=tau("tau_mem"), w_in=draw("w_in", 0.3, 2))
    if kind not in ("I", "IF"):
        node["v_leak"] = draw("v_leak", -0.3, 0.3) * ((convention, kind) not in WITHOUT_LEAK)
    if kind in ("IF", "LIF", "CubaLIF"):
        node.update(v_threshold=draw("v_threshold", 0.7, 1.3), v_reset=draw("v_reset", -0.5, 0.5))

    if convention == "nengo" and kind in ("IF", "LIF"):
        node["r"] = array(1)
    if convention in ("exact", "euler") and kind in ("I", "IF"):
        node["r"] = array(node["r"].astype(np.float64) / dt)
    if (convention, kind) == ("lava-dl", "CubaLIF"):
        node["r"] = array(node["tau_mem"].astype(np.float64) / dt)
    return node


def _tune(case, rounds=14):
    layers = [case["graph"]["nodes"][name] for name in LAYERS]
    key = "threshold" if layers[0]["type"] == "Threshold" else "v_threshold"
    if key not in layers[0]:
        return
    for _ in range(rounds):
        events, settled = run(case).events, True
        for name, node in zip(LAYERS, layers, strict=True):
            rate = np.count_nonzero(events[name]) / events[name].size
            factor = 0.6 if rate < 0.02 else 1.4 if rate > 0.3 else 1.0
            settled &= factor == 1.0
            node[key] = (node[key] * factor).astype(node[key].dtype)
        if settled:
            return
