"""The networks of the comparison: weights, input and the outputs that every peer must give.

    python networks.py FOLDER BRAILLE.nir BRAILLE_INPUT.npy CNN_SINABS.nir

writes for each network NAME a NAME.npz, which all peers read (`read` below), a NAME.nir, which Ranvier reads, and a NAME.npy,
the first sample's input for the C++ program. What a NIR file does not say, such as dt, is in the npz (`load`).

A network is a list of layers, each a dict: kind and its parameters. One step of each, x being what the layer before gave:

    dense    weight [out, in], bias [out] or None      conv  weight [out, in, k, k], stride, padding
    pool     size, mean (else the sum)                 flatten
    neuron   current = current_decay * current + x     if it has a current_decay; x is the current then
             v = decay * v + x                         x includes recurrent @ (spikes of the step before) + recurrent_bias
             rule "zero":  spike where v > threshold, v = 0 there
             rule "count": n = max(0, trunc(v / threshold)) spikes, v = max(v - n * threshold, -threshold), as Sinabs does
             rule "none":  no spikes, the output is v
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np

LANES, STEPS = 64, 100
RATE = 0.05  # spikes per neuron and step of the hidden layers; their weights are scaled until it holds


def facts_of(path):
    """What NAME.npz says beside arrays: layers, load (for rv.load), rates, density, bytes of the weights."""
    return json.loads(str(np.load(path)["facts"]))


def read(path):
    """(layers, facts, x, outputs) of NAME.npz. x and outputs are [steps, lanes, ...]."""
    file, facts = np.load(path), facts_of(path)
    layers = facts.pop("layers")
    for key in file.files:
        if "." in key:
            index, name = key.split(".")
            layers[int(index)][name] = file[key]
    return layers, facts, file["x"], file["outputs"]


# The reference: plain NumPy, one step after the other.


def windows(x, size, stride, padding):
    """[lanes, channels, rows, columns] -> [lanes, rows', columns', channels, size, size]"""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    seen = np.lib.stride_tricks.sliding_window_view(x, (size, size), (2, 3))
    return seen[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)


def stateless(layer, x):
    if layer["kind"] == "dense":
        y = x @ layer["weight"].T
        return y if layer.get("bias") is None else y + layer["bias"]
    if layer["kind"] == "conv":
        seen = windows(x, layer["weight"].shape[-1], layer["stride"], layer["padding"])
        y = seen.reshape(*seen.shape[:3], -1) @ layer["weight"].reshape(len(layer["weight"]), -1).T
        return y.transpose(0, 3, 1, 2)
    if layer["kind"] == "pool":
        seen = windows(x, layer["size"], layer["size"], 0)
        y = (seen.mean if layer["mean"] else seen.sum)((4, 5), dtype=np.float32)
        return y.transpose(0, 3, 1, 2)
    return x.reshape(len(x), -1)


class Neurons:
    def __init__(self, layer):
        self.layer, self.v, self.current, self.spikes = layer, np.float32(0), np.float32(0), None

    def step(self, x):
        p = self.layer
        if "recurrent" in p:
            before = np.zeros_like(x) if self.spikes is None else self.spikes
            x = x + before @ p["recurrent"].T + p.get("recurrent_bias", np.float32(0))
        if "current_decay" in p:
            x = self.current = np.float32(p["current_decay"]) * self.current + x
        v = np.float32(p["decay"]) * self.v + x
        self.v, self.spikes = RULES[p["rule"]](v, np.float32(p.get("threshold", 0)))
        return self.spikes


def zero(v, threshold):
    spikes = v > threshold
    return np.where(spikes, np.float32(0), v), spikes.astype(np.float32)


def count(v, threshold):
    spikes = np.maximum(np.trunc(v / threshold), 0)
    return np.maximum(v - spikes * threshold, -threshold), spikes


RULES = {"zero": zero, "count": count, "none": lambda v, threshold: (v, v)}


def run(layer, xs):
    """All steps of one layer."""
    step = Neurons(layer).step if layer["kind"] == "neuron" else lambda x: stateless(layer, x)
    return np.stack([step(x) for x in xs])


def calibrated(layers, xs):
    """The layers, with the weights in front of each spiking one scaled so that it fires at RATE."""
    for place, layer in enumerate(layers):
        if layer["kind"] == "neuron" and layer["rule"] != "none":
            low, high = 1e-3, 1e3
            while high / low > 1.00001:
                gain = np.float32(np.sqrt(low * high))
                low, high = (low, gain) if run(layer, xs * gain).mean() > RATE else (gain, high)
            weighted = next(before for before in reversed(layers[:place]) if "weight" in before)
            weighted["weight"] *= gain
            xs = xs * gain
        xs = run(layer, xs)
    return layers


def shapes(layers, shape):
    """The shape after each layer, without lanes; `shape` is the input's."""
    found = []
    for layer in layers:
        shape = shape if layer["kind"] == "neuron" else stateless(layer, np.zeros((1, *shape), np.float32)).shape[1:]
        found.append(shape)
    return found


def last(size):
    """The size of an activity with its channels last."""
    return (*size[1:], size[0]) if len(size) == 3 else size


def channels_last(layers, shape):
    """The layers for activities [rows, columns, channels]: weights of convolutions [k, k, in, out], and of a dense layer in the
    order in which it then sees its input. `shape` is that of the input, channels first."""
    changed, flattened = [], None
    for layer, before in zip(layers, [shape, *shapes(layers, shape)]):
        weight = layer.get("weight")
        if layer["kind"] == "conv":
            weight = weight.transpose(2, 3, 1, 0)
        elif layer["kind"] == "dense" and flattened:
            weight = weight.reshape(-1, *flattened).transpose(0, 2, 3, 1).reshape(len(weight), -1)
        flattened = before if layer["kind"] == "flatten" else None
        changed.append(layer if weight is None else {**layer, "weight": weight})
    return changed


# The four networks.


def weights(rng, *shape):
    return (rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)


def lif(tau, **more):
    """A leak of tau steps, as the convention `sinabs` computes its coefficient."""
    return {"kind": "neuron", "decay": float(np.float32(np.exp(-1 / np.float64(np.float32(tau))))), "tau": tau, **more}


def events(rng, percent, *shape):
    return (rng.random((STEPS, LANES, *shape), np.float32) < percent / 100).astype(np.uint8)


def recurrent(rng):
    return [
        {"kind": "dense", "weight": weights(rng, 256, 700)},
        lif(20.0, threshold=1.0, rule="zero", recurrent=weights(rng, 256, 256)),
        {"kind": "dense", "weight": weights(rng, 20, 256)},
        lif(20.0, rule="none"),
    ]


def convolutional(rng):
    def block(channels, inputs):
        convolution = {"kind": "conv", "weight": weights(rng, channels, inputs, 5, 5), "stride": 1, "padding": 0}
        return [convolution, lif(10.0, threshold=1.0, rule="zero"), {"kind": "pool", "size": 2, "mean": True}]

    head = [{"kind": "flatten"}, {"kind": "dense", "weight": weights(rng, 10, 800)}]
    return block(12, 2) + block(32, 12) + head + [lif(10.0, threshold=1.0, rule="zero")]


def braille(path):
    import nir

    nodes = nir.read(path).nodes

    def cuba(node, **more):
        left = lambda tau: float(np.float32(1 - 1e-4 / tau.flat[0]))
        threshold = float(node.v_threshold.flat[0])
        assert np.allclose(node.w_in * 1e-4 / node.tau_syn, 1) and np.allclose(node.r * 1e-4 / node.tau_mem, 1)
        decays = {"current_decay": left(node.tau_syn), "decay": left(node.tau_mem)}
        return {"kind": "neuron", "rule": "zero", "threshold": threshold, **decays, **more}

    back = nodes["lif1.w_rec"]
    return [
        {"kind": "dense", "weight": nodes["fc1"].weight, "bias": nodes["fc1"].bias},
        cuba(nodes["lif1.lif"], recurrent=back.weight, recurrent_bias=back.bias),
        {"kind": "dense", "weight": nodes["fc2"].weight, "bias": nodes["fc2"].bias},
        cuba(nodes["lif2"]),
    ]


def sinabs_cnn(path):
    import nir

    graph = nir.read(path)
    following, layers, name = dict(graph.edges), [], "input"
    while (name := following[name]) != "output":
        node = graph.nodes[name]
        assert not np.any(getattr(node, "bias", 0))
        if isinstance(node, nir.Conv2d):
            place = {"stride": int(node.stride[0]), "padding": int(node.padding[0])}
            layers.append({"kind": "conv", "weight": node.weight, **place})
        elif isinstance(node, nir.IF):
            layers.append({"kind": "neuron", "decay": 1.0, "threshold": float(node.v_threshold.flat[0]), "rule": "count"})
        elif isinstance(node, nir.SumPool2d):
            layers.append({"kind": "pool", "size": int(node.kernel_size[0]), "mean": False})
        elif isinstance(node, nir.Flatten):
            layers.append({"kind": "flatten"})
        else:
            layers.append({"kind": "dense", "weight": node.weight})
    return layers


# Files.


def to_nir(layers, shape, dt):
    """The layers as a NIR graph: dense without bias, conv, mean pool, flatten, LIF and LI; shape is the input's."""
    import nir

    nodes, edges, last = {"input": nir.Input({"input": np.array(shape)})}, [], "input"
    sizes = [shape, *shapes(layers, shape)]
    for place, (layer, before) in enumerate(zip(layers, sizes)):
        name = f"{place}_{layer['kind']}"
        nodes[name] = node_of(layer, before, dt)
        edges.append((last, name))
        if "recurrent" in layer:
            nodes["recurrent"] = nir.Linear(layer["recurrent"])
            edges += [(name, "recurrent"), ("recurrent", name)]
        last = name
    nodes["output"] = nir.Output({"output": np.array(sizes[-1])})
    return nir.NIRGraph(nodes=nodes, edges=[*edges, (last, "output")])


def node_of(layer, shape, dt):
    import nir

    if layer["kind"] == "dense":
        return nir.Linear(layer["weight"])
    if layer["kind"] == "conv":
        bias = np.zeros(len(layer["weight"]), np.float32)
        return nir.Conv2d(shape[1:], layer["weight"], layer["stride"], layer["padding"], 1, 1, bias)
    if layer["kind"] == "pool":
        return nir.AvgPool2d(np.array([layer["size"]] * 2), np.array([layer["size"]] * 2), np.array([0, 0]))
    if layer["kind"] == "flatten":
        return nir.Flatten(input_type={"input": np.array(shape)}, start_dim=0, end_dim=-1)
    same = lambda value: np.full(shape, value, np.float64)
    if layer["rule"] == "none":
        return nir.LI(tau=same(layer["tau"] * dt), r=same(1), v_leak=same(0))
    return nir.LIF(tau=same(layer["tau"] * dt), r=same(1), v_leak=same(0), v_threshold=same(layer["threshold"]))


def write(folder, name, layers, x, load, file=None):
    """All files of one network; `file` is its NIR file, where there is one, and `load` what rv.load needs with it."""
    ys, rates = x.astype(np.float32), []
    for layer in layers:
        ys = run(layer, ys)
        rates += [round(float(ys.mean()), 4)] if layer.get("rule", "none") != "none" else []
    if file is None:
        import nir

        nir.write(folder / f"{name}.nir", to_nir(layers, x.shape[2:], load["dt"]))
    else:
        shutil.copy(file, folder / f"{name}.nir")
    np.save(folder / f"{name}.npy", x[:, 0].reshape(len(x), -1))
    words = [{key: value for key, value in layer.items() if np.ndim(value) == 0} for layer in layers]
    arrays = {f"{place}.{key}": value for place, layer in enumerate(layers) for key, value in layer.items() if np.ndim(value)}
    size = sum(array.nbytes for array in arrays.values())
    facts = {"layers": words, "load": load, "rates": rates, "density": round(float(x.mean()), 4), "bytes": size}
    np.savez(folder / f"{name}.npz", facts=json.dumps(facts), x=x, outputs=ys, **arrays)
    print(f"{name}: input {x.mean():.3f}, spikes per neuron and step", *rates, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("braille")
    parser.add_argument("braille_input")
    parser.add_argument("cnn_sinabs")
    arguments = parser.parse_args()
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)

    sample = np.load(arguments.braille_input)
    shifted = np.stack([np.roll(sample, 4 * lane, axis=0) for lane in range(LANES)], axis=1)
    how = {"dt": 1e-4, "convention": "snntorch", "reset": "zero"}
    write(folder, "braille", braille(arguments.braille), shifted, how, arguments.braille)

    # v = a v + x and a reset to zero in the same step: Sinabs' leak with one spike at most.
    plain = {"dt": 1e-3, "convention": "sinabs", "reset": "zero", "comparator": ">"}
    for percent in (1, 5, 20):
        rng = np.random.default_rng(percent)
        if percent < 20:
            x = events(rng, percent, 700)
            layers = calibrated(recurrent(np.random.default_rng(0)), x[:, :16].astype(np.float32))
            write(folder, f"recurrent_{percent}", layers, x, plain)
        x = events(rng, percent, 2, 34, 34)
        layers = calibrated(convolutional(np.random.default_rng(0)), x[:, :2].astype(np.float32))
        write(folder, f"nmnist_{percent}", layers, x, plain)
        counting = {"dt": 1e-3, "convention": "sinabs"}
        write(folder, f"sinabs_{percent}", sinabs_cnn(arguments.cnn_sinabs), x, counting, arguments.cnn_sinabs)


if __name__ == "__main__":
    main()
