"""Random networks of three layers of one kind of neuron, valid for a convention of `presets_torch`.

    case = make(seed, "sinabs", "IF")           # in -> w1 -> n1 -> w2 -> n2 -> w3 -> n3 -> out

Weights and biases are multiples of 1/256 and inputs of 1/16, so that sums over synapses are exact in any order. `uniform` gives
all neurons of a node the same parameters, as some tools demand; `recurrent` adds n2 -> w_rec -> n2. Thresholds are tuned with
the oracle until each layer fires in 2 to 30 % of its chances, where the drive allows it.
"""

import numpy as np

from . import presets_torch

LAYERS = ("n1", "n2", "n3")


def make(seed, convention, kind, *, uniform=False, recurrent=False, steps=40, lanes=3, dt=None, real=None):
    rng = np.random.default_rng([seed, *convention.encode(), *kind.encode()])
    dt = dt or float(rng.choice([1e-4, 1e-3]))
    sizes = rng.integers(3, 9, size=4)
    nodes, edges = {"in": {"type": "Input", "shape": sizes[:1]}}, []
    last = "in"
    for number, (takes, gives) in enumerate(zip(sizes, sizes[1:], strict=False), start=1):
        nodes[f"w{number}"] = _weights(rng, "Linear" if number == 3 else "Affine", takes, gives)
        stored = real or [np.float32, np.float64][rng.integers(2)]
        nodes[f"n{number}"] = neuron(rng, convention, kind, gives, dt, uniform, stored)
        edges += [(last, f"w{number}"), (f"w{number}", f"n{number}")]
        last = f"n{number}"
    if recurrent:
        nodes["w_rec"] = _weights(rng, "Affine", sizes[2], sizes[2])
        edges += [("n2", "w_rec"), ("w_rec", "n2")]
    nodes["out"] = {"type": "Output", "shape": sizes[3:]}
    edges.append((last, "out"))
    shape = (steps, lanes, sizes[0])
    graded = np.round(rng.normal(0.2, 1, size=shape) * 16) / 16
    x = graded if rng.random() < 0.3 else rng.random(shape) < rng.uniform(0.2, 0.6)
    case = dict(graph={"nodes": nodes, "edges": edges}, inputs={"in": x.astype(np.float32)}, dt=dt, convention=convention)
    case.update(reset=None, overrides={})
    _tune(case)
    return case


def run(case, **more):
    arguments = {name: case[name] for name in ("dt", "convention", "reset", "overrides")}
    return presets_torch.run(case["graph"], case["inputs"], **{**arguments, **more})


def vary(case, rng):
    """Gives the case other arguments than the preset's own, as far as they mean something for its neurons."""
    for name, values in presets_torch.VALUES.items():
        if rng.random() < 0.35:
            trial = {**case["overrides"], name: values[rng.integers(len(values))]}
            reset = trial.pop("reset", case["reset"])
            some = {node: x[:1] for node, x in case["inputs"].items()}
            try:
                run({**case, "inputs": some}, reset=reset, overrides=trial)
                case.update(reset=reset, overrides=trial)
            except presets_torch.Refused:  # another combination then
                pass
    _tune(case)


def _weights(rng, kind, takes, gives):
    on_grid = lambda values: (np.round(values * 256) / 256).astype(np.float32)
    node = {"type": kind, "weight": on_grid(rng.normal(0.4, 1, size=(gives, takes)) * 1.5 / np.sqrt(takes))}
    return {**node, "bias": on_grid(rng.normal(0, 0.1, size=gives))} if kind == "Affine" else node


def neuron(rng, convention, kind, n, dt, uniform, real):
    """A node of n neurons that the convention accepts; what it ignores is random too."""
    array = lambda values: np.broadcast_to(values, n).astype(real)
    draw = lambda low, high: array(rng.uniform(low, high, size=1 if uniform else n))
    tau = lambda: array(dt * np.exp(rng.uniform(np.log(1.5), np.log(20), size=1 if uniform else n)))
    steps_of = lambda name: array(node[name].astype(np.float64) / dt)
    node = {"type": kind}
    if kind in ("LI", "LIF"):
        node["tau"] = tau()
    if kind == "CubaLIF":
        node.update(tau_syn=tau(), tau_mem=tau(), w_in=draw(0.3, 2))
    if kind != "LI":
        node.update(v_threshold=draw(0.7, 1.3), v_reset=draw(-0.5, 0.5))
    if kind != "IF":
        node["v_leak"] = draw(-0.3, 0.3) if convention in ("norse", "rockpool") else array(0)
    node["r"] = draw(0.5, 3)

    if convention == "snntorch" and kind == "CubaLIF":
        node["r"] = steps_of("tau_mem")
    if convention == "spikingjelly" and kind == "CubaLIF":
        node.update(r=steps_of("tau_mem"), w_in=steps_of("tau_syn"))
    if convention == "spikingjelly" and kind == "LIF":
        node.update(r=array(1) if rng.random() < 0.5 else steps_of("tau"), v_leak=node["v_reset"].copy())
    if convention == "spikingjelly" and kind == "IF":
        node["r"] = array(1 / dt)
    if (convention, kind) in (("snntorch", "IF"), ("sinabs", "LI")):
        node["r"] = array(1)
    return node


def _tune(case, rounds=14):
    layers = [case["graph"]["nodes"][name] for name in LAYERS]
    if "v_threshold" not in layers[0]:
        return
    for _ in range(rounds):
        events, settled = run(case).events, True
        for name, node in zip(LAYERS, layers, strict=True):
            rate = np.count_nonzero(events[name]) / events[name].size
            factor = 0.6 if rate < 0.02 else 1.4 if rate > 0.3 else 1.0
            settled &= factor == 1.0
            node["v_threshold"] = (node["v_threshold"] * factor).astype(node["v_threshold"].dtype)
        if settled:
            return
