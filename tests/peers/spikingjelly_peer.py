"""Random networks in SpikingJelly, whose importer wants the same parameters in a whole layer.

The subtractive reset, which it does not have as an argument, is set on the imported modules.
"""

import peer
import torch
from loguru import logger
from spikingjelly.activation_based.nir_exchange import import_from_nir

from oracle import three_layers

KINDS = [  # kind, reset, recurrent, networks, golden networks
    ("IF", None, False, 40, 3),
    ("LIF", None, False, 50, 4),
    ("CubaLIF", None, False, 50, 4),
    ("IF", "subtract", False, 10, 1),
    ("LIF", "subtract", False, 20, 2),
    ("LIF", None, True, 20, 3),
    ("CubaLIF", None, True, 20, 3),
]


def run(case, reset):
    graph = case["graph"]
    net = import_from_nir(peer.to_nir(graph), dt=case["dt"])
    recorder = peer.Recorder()

    def hook(name):
        def record(module, inputs, output):
            z, (v, *_) = output
            recorder.add("spikes", name, z)
            recorder.add("v", name, v)

        return record

    for name in three_layers.LAYERS:
        layer = getattr(net, name)
        layer.register_forward_hook(hook(name))
        if reset == "subtract":
            layer.module.v_reset = None
    state = None
    with torch.no_grad():
        for x in torch.from_numpy(case["inputs"]["in"]):
            _, state = net(x, state)
    recorded = recorder.stacked()
    recorded.update({("threshold", name): graph["nodes"][name]["v_threshold"] for name in three_layers.LAYERS})
    return recorded, "importer"


def cases(golden):
    for kind, reset, recurrent, many, few in KINDS:
        label = "-".join(word for word in (kind, reset, "recurrent" if recurrent else None) if word)
        for seed in range(few if golden else many):
            size = peer.GOLDEN if golden else {}
            case = three_layers.make(seed, "spikingjelly", kind, uniform=True, recurrent=recurrent, real="f4", **size)
            case["arguments"] = {"reset": reset} if reset else {}
            if reset == "subtract":
                for name in three_layers.LAYERS:
                    node = case["graph"]["nodes"][name]
                    node.update({key: 0 * node[key] for key in ("v_reset", "v_leak") if key in node})
            yield f"{label}-{seed}", case, *run(case, reset)


if __name__ == "__main__":
    logger.remove()
    peer.main("spikingjelly", ["spikingjelly", "nirtorch", "nir", "torch"], cases)
