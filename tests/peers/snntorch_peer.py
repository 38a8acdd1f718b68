"""Random networks in snnTorch, whose importer has dt = 0.1 ms built in and wants the same parameters in a whole layer.

Built by hand from the importer's modules, with its parameters: IF (an imported one returns a tuple that no further layer
takes), recurrent networks (the importer feeds a layer's input into the recurrent weights) and resets other than its own.
"""

import contextlib
import io
import warnings

import numpy as np
import peer
import snntorch as snn
import torch
from snntorch.import_nir import import_from_nir

from oracle import three_layers

DT = 1e-4
KINDS = [  # kind, reset, recurrent, networks, golden networks
    ("LIF", None, False, 60, 4),
    ("CubaLIF", None, False, 50, 4),
    ("LIF", "subtract", False, 20, 2),
    ("CubaLIF", "subtract", False, 20, 2),
    ("IF", None, False, 20, 3),
    ("IF", "zero", False, 10, 1),
    ("LIF", None, True, 20, 2),
    ("CubaLIF", None, True, 20, 2),
]


def linear(node):
    module = torch.nn.Linear(*node["weight"].shape[::-1], bias="bias" in node)
    module.load_state_dict({key: torch.from_numpy(node[key]) for key in ("weight", "bias") if key in node})
    return module


def cell(node, reset):
    """A neuron with the importer's parameters."""
    options = dict(reset_mechanism=reset, init_hidden=True, reset_delay=False)
    threshold = node["v_threshold"]
    if node["type"] == "IF":
        return snn.Leaky(beta=0.9, threshold=np.unique(threshold)[0], **options)
    if node["type"] == "LIF":
        scale = node["r"] * DT / node["tau"]
        threshold = threshold if np.allclose(scale, 1) else threshold / np.unique(scale)[0]
        return snn.Leaky(beta=1 - (DT / node["tau"]), threshold=np.unique(threshold)[0], **options)
    scale = node["w_in"] * (DT / node["tau_syn"])
    threshold = threshold if np.allclose(scale, 1) else threshold / scale
    alpha, beta = (float(np.unique(1 - (DT / node[name]))[0]) for name in ("tau_syn", "tau_mem"))
    return snn.Synaptic(alpha=alpha, beta=beta, threshold=float(np.unique(threshold)[0]), **options)


class Recurrent(torch.nn.Module):
    """A neuron whose last spikes, zeros at first, come back through a Linear with its bias, as in RLeaky and RSynaptic."""

    def __init__(self, neuron, feedback):
        super().__init__()
        self.neuron, self.feedback, self.spikes = neuron, feedback, None

    @property
    def mem(self):
        return self.neuron.mem

    @property
    def threshold(self):
        return self.neuron.threshold

    def forward(self, x):
        spikes = torch.zeros_like(x) if self.spikes is None else self.spikes
        self.spikes = self.neuron(x + self.feedback(spikes))
        return self.spikes


class ByHand(torch.nn.Module):
    def __init__(self, graph, reset):
        super().__init__()
        nodes = graph["nodes"]
        for number in (1, 2, 3):
            neuron = cell(nodes[f"n{number}"], reset)
            if number == 2 and "w_rec" in nodes:
                neuron = Recurrent(neuron, linear(nodes["w_rec"]))
            self.add_module(f"w{number}", linear(nodes[f"w{number}"]))
            self.add_module(f"n{number}", neuron)

    def forward(self, x, state):
        for module in self.children():
            x = module(x)
        return x, state


def run(case, kind, reset, recurrent):
    by_hand = kind == "IF" or recurrent or reset is not None
    if by_hand:
        net = ByHand(case["graph"], reset or ("subtract" if kind == "IF" else "zero"))
    else:
        with contextlib.redirect_stdout(io.StringIO()):
            net = import_from_nir(peer.to_nir(case["graph"]))
    recorder, layers = peer.Recorder(), [(name, getattr(net, name)) for name in three_layers.LAYERS]

    def hook(name):
        def record(module, inputs, output):
            recorder.add("spikes", name, output)
            recorder.add("v", name, module.mem)

        return record

    for name, layer in layers:
        layer.register_forward_hook(hook(name))
    state = None
    with torch.no_grad():
        for x in torch.from_numpy(case["inputs"]["in"]):
            _, state = net(x, state)
    recorded = recorder.stacked()
    for name, layer in layers:
        size = case["graph"]["nodes"][name]["v_threshold"].size
        recorded["threshold", name] = np.broadcast_to(layer.threshold.numpy(), size).copy()
    return recorded, "by hand" if by_hand else "importer"


def cases(golden):
    for kind, reset, recurrent, many, few in KINDS:
        label = "-".join(word for word in (kind, reset, "recurrent" if recurrent else None) if word)
        for seed in range(few if golden else many):
            size = peer.GOLDEN if golden else {}
            case = three_layers.make(seed, "snntorch", kind, uniform=True, recurrent=recurrent, dt=DT, real="f4", **size)
            case["arguments"] = {"reset": reset} if reset else {}
            yield f"{label}-{seed}", case, *run(case, kind, reset, recurrent)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    peer.main("snntorch", ["snntorch", "nirtorch", "nir", "torch"], cases)
