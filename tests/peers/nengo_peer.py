"""Random networks in Nengo. It has no importer of its own: built as `nir_to_nengo.py` of the NIR paper builds them."""

import nengo
import numpy as np
import peer

from oracle import three_layers_other

KINDS = [  # kind, recurrent, networks, golden networks
    ("IF", False, 50, 5),
    ("LIF", False, 60, 5),
    ("CubaLIF", False, 50, 4),
    ("CubaLIF", True, 40, 4),
    ("LI", False, 20, 2),
]


class IF(nengo.SpikingRectifiedLinear):
    """v' = J without a bound below, to 0 on a spike."""

    def step(self, dt, J, output, voltage):
        voltage += J * dt
        output[:] = (voltage > 1) * (self.amplitude / dt)
        voltage[output > 0] = 0


def neurons(node, dt):
    """The ensemble of a node of neurons, and the synapse of what arrives at it."""
    at_rest = {"voltage": nengo.dists.Choice([0])}
    threshold = np.asarray(node["v_threshold"])
    n, synapse = threshold.size, None
    if node["type"] == "IF":
        gain, kind = np.ones(n) / threshold / dt, IF(amplitude=dt, initial_state=at_rest)
    else:
        gain, tau = np.ones(n) / threshold, node["tau" if node["type"] == "LIF" else "tau_mem"][0]
        kind = nengo.LIF(tau_rc=float(tau), tau_ref=0, amplitude=dt, initial_state=at_rest)
    if node["type"] == "CubaLIF":
        gain = node["w_in"] * node["r"][0] * np.ones(n) / threshold
        synapse = nengo.synapses.Lowpass(-dt / np.log(1 - dt / float(node["tau_syn"][0])))
    return nengo.Ensemble(n_neurons=n, dimensions=1, neuron_type=kind, gain=gain, bias=np.zeros(n)).neurons, synapse


def linear(node):
    weight, bias = node["weight"].astype(float), node.get("bias", np.float32(0)).astype(float)
    return nengo.Node(lambda t, x: weight @ x + bias, size_in=weight.shape[1], size_out=weight.shape[0])


def run(case, kind):
    graph, dt = case["graph"], case["dt"]
    steps, lanes, _ = case["inputs"]["in"].shape
    rows = {}
    for lane in range(lanes):
        x = case["inputs"]["in"][:, lane].astype(float)
        for key, values in run_lane(graph, dt, kind, x).items():
            rows.setdefault(key, []).append(values)
    recorded = {key: np.stack(values, axis=1) for key, values in rows.items()}
    if kind != "LI":
        recorded.update({("threshold", n): np.ones(recorded["v", n].shape[2]) for n in three_layers_other.LAYERS})
    return recorded


def run_lane(graph, dt, kind, x):
    parts, synapses, probes = {}, {}, {}
    with nengo.Network() as model:
        for name, node in graph["nodes"].items():
            if node["type"] == "Input":
                parts[name] = nengo.Node(lambda t: x[round(t / dt) - 1], size_out=x.shape[1])
            elif "weight" in node:
                parts[name] = linear(node)
            elif node["type"] == "LI":
                parts[name] = nengo.Node(None, size_in=len(node["tau"]))
                synapses[name] = nengo.synapses.Lowpass(float(node["tau"][0]))
            elif node["type"] != "Output":
                parts[name], synapses[name] = neurons(node, dt)
        for source, target in graph["edges"]:
            if target in parts:
                nengo.Connection(parts[source], parts[target], synapse=synapses.get(target))
        for name in three_layers_other.LAYERS:
            if kind == "LI":
                probes["v", name] = nengo.Probe(parts[name], synapse=None)
            else:
                probes["spikes", name] = nengo.Probe(parts[name], "output", synapse=None)
                probes["v", name] = nengo.Probe(parts[name], "voltage")
    with nengo.Simulator(model, dt=dt, progress_bar=False, optimize=False) as simulator:
        simulator.run_steps(len(x))
        return {key: simulator.data[probe].copy() for key, probe in probes.items()}


def cases(golden):
    for kind, recurrent, many, few in KINDS:
        label = f"{kind}-recurrent" if recurrent else kind
        for seed in range(few if golden else many):
            case = three_layers_other.make(seed, "nengo", kind, recurrent=recurrent, **(peer.GOLDEN if golden else {}))
            yield f"{label}-{seed}", case, run(case, kind), "by hand"


if __name__ == "__main__":
    peer.main("nengo", ["nengo", "numpy"], cases)
