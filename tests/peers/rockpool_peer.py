"""Random networks in Rockpool.

CubaLIF comes through its importer, recurrent ones as the nested graph it wants; dt is then set on the modules, since the
importer guesses it from r. Built by hand: LIF and LI, which the importer cannot read; LIFNeuronTorch gets a decay
that is a tensor here, since the tuple it makes itself does not work.
"""

import warnings

import nir
import peer
import samna_stub  # noqa: F401 - before rockpool
import torch
from rockpool.nn.modules import ExpSynTorch
from rockpool.nn.modules.torch import lif_neuron_torch
from rockpool.nn.modules.torch.nir import from_nir

from oracle import three_layers

KINDS = [  # kind, recurrent, networks, golden networks
    ("CubaLIF", False, 90, 7),
    ("CubaLIF", True, 40, 5),
    ("LIF", False, 50, 6),
    ("LI", False, 30, 2),
]


def nested(graph):
    """The NIR graph with n2 and w_rec as a graph of their own, "n2"."""
    flat = peer.to_nir(graph)
    if "w_rec" not in flat.nodes:
        return flat
    size = graph["nodes"]["n2"]["r"].shape
    inner = {
        "input": nir.Input({"input": size}),
        "lif": flat.nodes["n2"],
        "w_rec": flat.nodes["w_rec"],
        "output": nir.Output({"output": size}),
    }
    edges = [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")]
    nodes = {name: node for name, node in flat.nodes.items() if name != "w_rec"}
    nodes["n2"] = nir.NIRGraph(nodes=inner, edges=edges)
    return nir.NIRGraph(nodes=nodes, edges=[edge for edge in graph["edges"] if "w_rec" not in edge])


def decay_alone(dt, tau):
    """For LIFNeuronTorch, whose own call takes the tuple for a tensor."""
    return torch.exp(-dt / tau)


def by_hand(graph, dt):
    layers = torch.nn.ModuleDict()
    for name, node in graph["nodes"].items():
        given = {key: torch.from_numpy(value) for key, value in node.items() if key != "type"}
        if "weight" in given:
            layers[name] = torch.nn.Linear(*node["weight"].shape[::-1], bias="bias" in node)
            layers[name].load_state_dict(given)
        elif node["type"] == "LI":
            layers[name] = ExpSynTorch(node["tau"].size, tau=given["tau"], dt=dt)
        elif node["type"] == "LIF":
            layers[name] = lif_neuron_torch.LIFNeuronTorch(
                (node["tau"].size,), tau_mem=given["tau"], threshold=given["v_threshold"], bias=given["v_leak"], dt=dt
            )
    for layer in layers.values():
        if hasattr(layer, "to_torch"):
            layer.to_torch()
    return layers


def run(case, kind):
    graph, dt = case["graph"], case["dt"]
    imported = kind == "CubaLIF"
    net = from_nir(nested(graph)) if imported else by_hand(graph, dt)
    outputs = {}

    def hook(name):
        def record(module, inputs, output):
            outputs[name] = output[0] if isinstance(output, tuple) else output

        return record

    layers = {name: net.get_submodule(name) for name in three_layers.LAYERS}
    for name, layer in layers.items():
        layer.dt, layer._record = dt, True
        layer.register_forward_hook(hook(name))
    x = torch.from_numpy(case["inputs"]["in"]).transpose(0, 1)  # [lanes, steps, neurons]
    with torch.no_grad():
        if imported:
            net(x)
        else:
            for layer in net.values():
                x = layer(x)
    recorded = {}
    for name, layer in layers.items():
        show = lambda values: values.detach().transpose(0, 1).contiguous().numpy()
        if kind == "LI":
            recorded["v", name] = show(outputs[name])
        else:
            recorded["spikes", name], recorded["v", name] = show(outputs[name]), show(layer._record_dict["vmem"])
            recorded["threshold", name] = graph["nodes"][name]["v_threshold"]
    return recorded, "importer" if imported else "by hand"


def cases(golden):
    lif_neuron_torch.tau_to_decay = decay_alone
    for kind, recurrent, many, few in KINDS:
        label = "-".join(word for word in (kind, "recurrent" if recurrent else None) if word)
        for seed in range(few if golden else many):
            size = peer.GOLDEN if golden else {}
            case = three_layers.make(seed, "rockpool", kind, recurrent=recurrent, real="f4", **size)
            yield f"{label}-{seed}", case, *run(case, kind)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    peer.main("rockpool", ["rockpool", "nirtorch", "nir", "torch"], cases)
