"""Random networks in Sinabs. Time constants are steps there, hence dt = 1 s; Linear becomes Affine, which its importer knows.

A recurrent network runs step by step, any other one layer after the other over the whole sequence.
"""

import warnings

import numpy as np
import peer
import samna_stub  # noqa: F401 - before sinabs
import torch
from sinabs.nir import from_nir

from oracle import three_layers

KINDS = [  # kind, recurrent, networks, golden networks
    ("IF", False, 60, 5),
    ("LIF", False, 60, 5),
    ("LI", False, 30, 2),
    ("IF", True, 30, 4),
    ("LIF", True, 30, 4),
]


def run(case, recurrent):
    x = torch.from_numpy(case["inputs"]["in"])  # [steps, lanes, neurons]
    steps, lanes, _ = x.shape
    net = from_nir(peer.to_nir(case["graph"]), batch_size=lanes)
    recorder = peer.Recorder()

    def hook(name):
        def record(module, inputs, output):
            recorder.add("spikes", name, output)
            recorder.add("v", name, module.recordings["v_mem"])

        return record

    for name in three_layers.LAYERS:
        layer = getattr(net, name)
        layer.record_states = True
        layer.register_forward_hook(hook(name))
    pieces, state = (x.split(1) if recurrent else [x]), None
    with torch.no_grad():
        for piece in pieces:
            _, state = net(piece.transpose(0, 1).flatten(0, 1), state)
    recorded = {}
    for (what, name), values in recorder.stacked().items():  # of a piece, lanes come before steps
        by_lane = values.reshape(len(pieces), lanes, steps // len(pieces), -1)
        recorded[what, name] = np.moveaxis(by_lane, 1, 2).reshape(steps, lanes, -1)
    for name in three_layers.LAYERS:
        node = case["graph"]["nodes"][name]
        if node["type"] == "LI":
            del recorded["spikes", name]
        else:
            recorded["threshold", name] = node["v_threshold"]
    return recorded, "importer"


def cases(golden):
    for kind, recurrent, many, few in KINDS:
        label = "-".join(word for word in (kind, "recurrent" if recurrent else None) if word)
        for seed in range(few if golden else many):
            size = peer.GOLDEN if golden else {}
            case = three_layers.make(seed, "sinabs", kind, recurrent=recurrent, dt=1.0, real="f4", **size)
            peer.without_linear(case["graph"])
            yield f"{label}-{seed}", case, *run(case, recurrent)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    peer.main("sinabs", ["sinabs", "nirtorch", "nir", "torch"], cases)
