"""Networks in Loihi's integers in brian2-loihi, by Brian2's NumPy code."""

import brian2
import loihi_peer
import numpy as np

brian2.prefs.codegen.target = "numpy"

from brian2_loihi import (  # noqa: E402 - after the choice of target
    LoihiNetwork,
    LoihiNeuronGroup,
    LoihiSpikeGeneratorGroup,
    LoihiSpikeMonitor,
    LoihiStateMonitor,
    LoihiSynapses,
    synapse_sign_mode,
)


def of_cell(cell):
    one = lambda key, default: int(np.unique(cell.get(key, default)).item())  # of the group
    group = LoihiNeuronGroup(
        cell["size"],
        refractory=one("refractory", 1),
        threshold_v_mant=one("vth", 0),
        decay_v=one("dv", 0),
        decay_I=one("du", 0),
    )
    group.v = cell.get("v0", 0)
    return group


def of_input(counts):
    steps, channels = np.nonzero(counts)
    return LoihiSpikeGeneratorGroup(counts.shape[1], channels, steps)


def of_edge(edge, source, target):
    """One object a delay."""
    delays = edge.get("delays", np.zeros_like(edge["weight"]))
    for delay in np.unique(delays[edge["weight"] != 0]):
        j, i = np.nonzero((edge["weight"] != 0) & (delays == delay))
        sign = getattr(synapse_sign_mode, edge["sign_mode"].upper())
        form = dict(w_exp=edge["weight_exp"], num_weight_bits=edge["num_weight_bits"], sign_mode=sign)
        synapses = LoihiSynapses(source, target, delay=int(delay), **form)
        synapses.connect(i=i, j=j)
        synapses.w = edge["weight"][j, i]
        yield synapses


def run(case):
    cells = {name: of_cell(cell) for name, cell in case["cells"].items()}
    sources = {name: of_input(counts) for name, counts in case["inputs"].items()}
    parts, monitors = [], {}
    for edge in case["edges"]:
        parts.extend(of_edge(edge, (sources | cells)[edge["source"]], cells[edge["target"]]))
    for name, cell in cells.items():
        monitors[name] = LoihiSpikeMonitor(cell), LoihiStateMonitor(cell, "I"), LoihiStateMonitor(cell, "v")
        parts.extend(monitors[name])
    LoihiNetwork(*cells.values(), *sources.values(), *parts).run(case["steps"])
    recorded = {}
    for name, (spikes, u, v) in monitors.items():
        fired = np.zeros((case["steps"], case["cells"][name]["size"]), dtype=np.int64)
        fired[np.rint(np.asarray(spikes.t)).astype(int), np.asarray(spikes.i)] = 1  # its t is in steps
        recorded[name] = {"spikes": fired, "u": whole(u.I), "v": whole(v.v)}
    return recorded


def whole(values):
    values = np.asarray(values).T
    assert (values == np.rint(values)).all()
    return values.astype(np.int64)


if __name__ == "__main__":
    loihi_peer.main("brian2-loihi", "brian2", ["brian2-loihi", "Brian2", "numpy"], run)
