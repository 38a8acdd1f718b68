"""Random networks in Lava-dl (slayer) on the CPU, built as `nir_to_lava.py` of the NIR paper builds them."""

import lava_shim  # noqa: F401, isort: skip
import lava.lib.dl.slayer as slayer
import numpy as np
import peer
import torch
from lava.lib.dl.slayer.utils.recurrent import custom_recurrent

from oracle import three_layers_other

KINDS = [("IF", False, 60, 6), ("IF", True, 40, 4), ("CubaLIF", False, 60, 5), ("CubaLIF", True, 60, 5)]


def synapse(weight, bias=None):
    dense = slayer.synapse.Dense(weight.shape[1], weight.shape[0], weight_scale=1, weight_norm=False, pre_hook_fx=None)
    dense.weight = torch.nn.Parameter(torch.from_numpy(weight).reshape(dense.weight.shape))
    if bias is not None:
        dense.bias = torch.nn.Parameter(torch.from_numpy(bias))
    return dense


def neuron(node, dt, persistent):
    threshold = node["v_threshold"][0]
    if node["type"] == "IF":
        decays, scale, threshold = (1.0, 0.0), 4096, threshold * node["r"][0]
    else:
        decays, scale = tuple((dt / node[name][:1])[0] for name in ("tau_syn", "tau_mem")), 64
    return slayer.neuron.cuba.Neuron(threshold, *decays, scale=scale, persistent_state=persistent)


class Cell:
    """A node of neurons with its gain on the input, and its recurrent weights."""

    def __init__(self, node, dt, recurrent):
        self.neuron, self.recurrent = neuron(node, dt, recurrent is not None), recurrent
        self.gain = np.ones_like(node["r"]) if node["type"] == "IF" else node["w_in"] * (dt / node["tau_syn"])
        self.gain = None if np.allclose(self.gain, 1) else torch.from_numpy(self.gain.astype(np.float32))[:, None]
        self.voltage = []
        spike = self.neuron.spike
        self.neuron.spike = lambda voltage: self.voltage.append(voltage) or spike(voltage)

    def __call__(self, x):
        x = x if self.gain is None else x * self.gain
        return self.neuron(x) if self.recurrent is None else custom_recurrent(x, self.neuron, self.recurrent)


@torch.no_grad()
def run(case):
    graph, recorded = case["graph"], {}
    nodes = graph["nodes"]
    x = torch.from_numpy(case["inputs"]["in"]).permute(1, 2, 0).contiguous()  # lanes, neurons, steps
    for number, name in enumerate(three_layers_other.LAYERS, start=1):
        front = nodes[f"w{number}"]
        loop = synapse(nodes["w_rec"]["weight"]) if ("w_rec", name) in graph["edges"] else None  # its bias is not used
        cell = Cell(nodes[name], case["dt"], loop)
        x = cell(synapse(front["weight"], front.get("bias"))(x))
        z = x.permute(2, 0, 1).numpy()
        units = cell.neuron.s_scale
        v = np.rint(torch.cat(cell.voltage, dim=-1).permute(2, 0, 1).double().numpy() * units).astype(np.int64)
        recorded["spikes", name], recorded["v", name] = z, np.where(z > 0, 0, v)
        recorded["threshold", name] = np.full(v.shape[2], cell.neuron.threshold * units)
    return recorded


def cases(golden):
    for kind, recurrent, many, few in KINDS:
        label = f"{kind}-recurrent" if recurrent else kind
        for seed in range(few if golden else many):
            size = peer.GOLDEN if golden else {}
            case = three_layers_other.make(seed, "lava-dl", kind, recurrent=recurrent, real=np.float32, **size)
            yield f"{label}-{seed}", case, run(case), "by hand"


if __name__ == "__main__":
    peer.main("lava-dl", ["lava-dl", "lava-nc", "torch"], cases)
