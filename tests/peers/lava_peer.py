"""Random networks in Lava, floating point and bit-accurate.

The importer of the NIR paper makes single neurons only, so the same processes are built by hand: one Dense a node of weights,
with dt/tau folded in, and one LIF a node of neurons.
"""

import lava_shim  # noqa: F401, isort: skip
import numpy as np
import peer
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import Dense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor

from oracle import three_layers_other

KINDS = [  # convention, recurrent, networks, golden networks
    ("lava", False, 90, 6),
    ("lava", True, 40, 5),
    ("lava-fixed", False, 50, 5),
    ("lava-fixed", True, 30, 4),
]
LANES = 2


def fit(case, seed):
    """Parameters that Lava's Dense and LIF can hold: in fixed point weights of 8 bits without the lowest, dt/tau folded in."""
    if case["convention"] == "lava":
        return
    rng, dt = np.random.default_rng(seed), case["dt"]
    for node in case["graph"]["nodes"].values():
        if "weight" in node:
            node["weight"] = rng.integers(-2, 5, size=node["weight"].shape).astype(np.float32)
        elif node["type"] == "LIF":
            share = (rng.integers(5, 30) * 2 + 0.25) / 256
            node["tau"] = np.full_like(node["tau"], dt / share)
            node["v_threshold"] = np.full_like(node["v_threshold"], rng.uniform(0.5, 2))


def membrane(node, dt, fixed):
    share = dt / node["tau"][:1]
    threshold = node["v_threshold"][0]
    if fixed:
        return dict(du=4095, dv=int((share * 4095)[0]), vth=int(threshold * 131071) >> 9), int((share.astype(float) * 256)[0])
    kept = float((1 - share)[0])
    return dict(du=1.0, dv=1.0 - kept, vth=float(threshold)), float(share[0])


def run(case):
    graph, dt, x = case["graph"], case["dt"], case["inputs"]["in"]
    fixed, nodes = case["convention"] == "lava-fixed", graph["nodes"]
    steps, lanes, _ = x.shape
    parameters = {n: membrane(node, dt, fixed) for n, node in nodes.items() if node["type"] == "LIF"}
    cells = {n: LIF(shape=(lanes * nodes[n]["tau"].size,), bias_mant=0, bias_exp=0, **p) for n, (p, _) in parameters.items()}
    raster = x.reshape(steps, -1).T
    source = Source(data=raster.astype(np.int32 if fixed else float))
    for name, node in nodes.items():
        if "weight" not in node:
            continue
        (before,), (behind,) = ([s for s, t in graph["edges"] if t == name], [t for s, t in graph["edges"] if s == name])
        weights = np.kron(np.eye(lanes), node["weight"].astype(float) * parameters[behind][1])  # each lane its own block
        dense = Dense(weights=weights.astype(np.int32) if fixed else weights)
        (cells[before] if before in cells else source).s_out.connect(dense.s_in)
        dense.a_out.connect(cells[behind].a_in)
    sinks = {n: Sink(shape=cell.s_out.shape, buffer=steps) for n, cell in cells.items()}
    monitors = {n: Monitor() for n in cells}
    for name, cell in cells.items():
        cell.s_out.connect(sinks[name].a_in)
        monitors[name].probe(cell.v, steps)
    source.run(condition=RunSteps(num_steps=steps), run_cfg=Loihi2SimCfg(select_tag="fixed_pt" if fixed else "floating_pt"))
    try:
        shaped = lambda values: np.asarray(values).reshape(steps, lanes, -1)
        recorded = {("spikes", n): shaped(sinks[n].data.get().T) for n in cells}
        potentials = {n: monitors[n].get_data()[cell.name]["v"] for n, cell in cells.items()}
    finally:
        source.stop()
    recorded.update({("v", n): shaped(v) for n, v in potentials.items()})
    limits = {n: p["vth"] * (64 if fixed else 1) for n, (p, _) in parameters.items()}
    recorded.update({("threshold", n): np.full(nodes[n]["tau"].size, float(limit)) for n, limit in limits.items()})
    return recorded


def cases(golden):
    for convention, recurrent, many, few in KINDS:
        label = f"{convention}-LIF-recurrent" if recurrent else f"{convention}-LIF"
        for seed in range(few if golden else many):
            size = dict(steps=25, lanes=LANES) if golden else dict(lanes=LANES)
            case = three_layers_other.make(seed, convention, "LIF", uniform=True, recurrent=recurrent, spikes=True, **size)
            fit(case, seed)
            yield f"{label}-{seed}", case, run(case), "by hand"


if __name__ == "__main__":
    peer.main("lava", ["lava-nc", "numpy"], cases)
