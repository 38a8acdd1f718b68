"""Random networks in Norse. LI, which Norse 1.1.0 does not import, is built by hand from its LIBoxCell."""

import logging
import warnings

import norse.torch as norse
import peer
import torch
from norse.torch.functional import reset
from norse.torch.functional.leaky_integrator_box import LIBoxParameters
from norse.torch.module.leaky_integrator_box import LIBoxCell

from oracle import three_layers

KINDS = [  # kind, reset, recurrent, networks, golden networks
    ("IF", None, False, 40, 4),
    ("LIF", None, False, 50, 4),
    ("LIF", None, True, 30, 3),
    ("CubaLIF", None, False, 40, 3),
    ("CubaLIF", "subtract", False, 20, 3),
    ("CubaLIF", None, True, 20, 2),
    ("LI", None, False, 20, 2),
]


class ByHand(torch.nn.Module):
    def __init__(self, graph, dt):
        super().__init__()
        for name, node in graph["nodes"].items():
            if node["type"] == "LI":
                values = {key: torch.from_numpy(node[key]).float() for key in ("tau", "v_leak")}
                self.add_module(name, LIBoxCell(LIBoxParameters(tau_mem_inv=1 / values["tau"], v_leak=values["v_leak"]), dt=dt))
            elif "weight" in node:
                module = torch.nn.Linear(*node["weight"].shape[::-1], bias="bias" in node)
                module.load_state_dict({key: torch.from_numpy(node[key]) for key in ("weight", "bias") if key in node})
                self.add_module(name, module)

    def forward(self, x, state):
        state = state or {}
        for name, module in self.named_children():
            x = module(x, state.get(name)) if name.startswith("n") else module(x)
            if name.startswith("n"):
                x, state[name] = x
        return x, state


def run(case, kind, reset_name):
    by_hand = kind == "LI"
    method = reset.reset_subtract if reset_name == "subtract" else reset.reset_value
    graph, dt = case["graph"], case["dt"]
    net = ByHand(graph, dt) if by_hand else norse.from_nir(peer.to_nir(graph), ignore_warnings=True, reset_method=method, dt=dt)
    recorder = peer.Recorder()

    def hook(name):
        def record(module, inputs, output):
            z, state = output
            if not by_hand:
                recorder.add("spikes", name, z)
            recorder.add("v", name, (state[1] if kind == "CubaLIF" else state).v.expand_as(z))

        return record

    for name in three_layers.LAYERS:
        getattr(net, name).register_forward_hook(hook(name))
    state = None
    with torch.no_grad():
        for x in torch.from_numpy(case["inputs"]["in"]):
            _, state = net(x, state)
    recorded = recorder.stacked()
    if not by_hand:
        recorded.update({("threshold", n): graph["nodes"][n]["v_threshold"] for n in three_layers.LAYERS})
    return recorded, "by hand" if by_hand else "importer"


def cases(golden):
    for kind, reset_name, recurrent, many, few in KINDS:
        label = "-".join(word for word in (kind, reset_name, "recurrent" if recurrent else None) if word)
        for seed in range(few if golden else many):
            size = peer.GOLDEN if golden else {}
            case = three_layers.make(seed, "norse", kind, recurrent=recurrent, real="f4", **size)
            case["arguments"] = {"reset": reset_name} if reset_name else {}
            yield f"{label}-{seed}", case, *run(case, kind, reset_name)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    peer.main("norse", ["norse", "nirtorch", "nir", "torch"], cases)
