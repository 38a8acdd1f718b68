"""ONNX Runtime on its CPU provider, with graphs written by hand. Modes: layers (a Scan for each neuron layer, the others over
all steps at once) and steps (one Scan over the whole network). Streaming uses a graph of one step with its states."""

import networks
import numpy as np
import onnxruntime
import worker
from onnx import TensorProto, helper, numpy_helper


class Graph:
    def __init__(self):
        self.nodes, self.constants, self.count = [], [], 0

    def name(self, prefix):
        self.count += 1
        return f"{prefix}{id(self)}_{self.count}"

    def constant(self, value, kind=np.float32):
        name = self.name("c")
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, kind), name))
        return name

    def __call__(self, operator, *inputs, outputs=1, **attributes):
        given = [self.constant(x) if not isinstance(x, str) else x for x in inputs]
        names = [self.name("t") for _ in range(outputs)]
        self.nodes.append(helper.make_node(operator, given, names, **attributes))
        return names[0] if outputs == 1 else names

    def reshaped(self, x, shape):
        return self("Reshape", x, self.constant(shape, np.int64))

    def made(self, inputs, outputs):
        port = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        given = [port(name, shape) for name, shape in inputs]
        # A name of its own for each output: one may not stand twice.
        results = [port(self("Identity", name), shape) for name, shape in outputs]
        return helper.make_graph(self.nodes, self.name("g"), given, results, self.constants)


def stateless(g, layer, x):
    if layer["kind"] == "dense":
        y = g("MatMul", x, layer["weight"].T)
        return g("Add", y, layer["bias"]) if "bias" in layer else y
    if layer["kind"] == "conv":
        given = {"strides": [layer["stride"]] * 2, "pads": [layer["padding"]] * 4}
        return g("Conv", x, layer["weight"], kernel_shape=layer["weight"].shape[2:], **given)
    if layer["kind"] == "pool":
        y = g("AveragePool", x, kernel_shape=[layer["size"]] * 2, strides=[layer["size"]] * 2)
        return y if layer["mean"] else g("Mul", y, layer["size"] ** 2)
    return g("Flatten", x)


def states_of(layer):
    return ["v"] + ["current"] * ("current_decay" in layer) + ["spikes"] * ("recurrent" in layer)


def neurons(g, layer, x, before):
    """One step. before: the names of the states. -> (output, states after it)"""
    state = dict(zip(states_of(layer), before))
    if "spikes" in state:
        x = g("Add", x, g("MatMul", state["spikes"], layer["recurrent"].T))
        x = g("Add", x, layer["recurrent_bias"]) if "recurrent_bias" in layer else x
    if "current" in state:
        x = state["current"] = g("Add", g("Mul", state["current"], layer["current_decay"]), x)
    v = g("Add", g("Mul", state["v"], layer["decay"]) if layer["decay"] != 1 else state["v"], x)
    if layer["rule"] == "zero":
        fired = g("Greater", v, layer["threshold"])
        y, v = g("Cast", fired, to=TensorProto.FLOAT), g("Where", fired, 0.0, v)
    elif layer["rule"] == "count":
        # The floor of a negative quotient is negative, so that it gives 0 spikes as the truncated one does.
        y = g("Relu", g("Floor", g("Div", v, layer["threshold"])))
        v = g("Max", g("Sub", v, g("Mul", y, layer["threshold"])), -layer["threshold"])
    else:
        y = v
    return y, list({**state, "v": v, **({"spikes": y} if "spikes" in state else {})}.values())


def one_step(g, layers, sizes, x):
    """The whole network once: (output, states that go in, states that come out), the states as (name, shape)."""
    going, coming = [], []
    for layer, size in zip(layers, sizes):
        if layer["kind"] != "neuron":
            x = stateless(g, layer, x)
            continue
        before = [g.name("s") for _ in states_of(layer)]
        x, after = neurons(g, layer, x, before)
        going += [(name, size) for name in before]
        coming += [(name, size) for name in after]
    return x, going, coming


def scan(g, layers, sizes, xs, shape):
    """The layers step by step over xs, whose rows have `shape`."""
    body = Graph()
    x = body.name("x")
    y, going, coming = one_step(body, layers, sizes, x)
    inner = body.made([*going, (x, shape)], [*coming, (y, sizes[-1])])
    zeros = [np.zeros(size) for _, size in going]
    return g("Scan", *zeros, xs, outputs=len(going) + 1, body=inner, num_scan_inputs=1)[-1]


def session(graph):
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = worker.THREADS, 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


class Network:
    def __init__(self, network, lanes, mode):
        self.layers, self.mode, self.shape = network.layers, mode, (lanes, *network.x.shape[2:])
        self.sizes = [(lanes, *size) for size in networks.shapes(network.layers, network.x.shape[2:])]
        self.whole = self.one = None

    def given(self, x):
        g, y, shape = Graph(), "x", self.shape
        if self.mode == "steps":
            y = scan(g, self.layers, self.sizes, y, shape)
        else:
            for layer, size in zip(self.layers, self.sizes):
                if layer["kind"] == "neuron":
                    y = scan(g, [layer], [size], y, shape)
                else:
                    y = stateless(g, layer, g.reshaped(y, (-1, *shape[1:])))
                    y = g.reshaped(y, (len(x), *size))
                shape = size
        self.whole = session(g.made([("x", x.shape)], [(y, None)]))
        return x

    def run(self, x):
        return self.whole.run(None, {"x": x})[0]

    def row(self, x):
        if self.one is None:
            g = Graph()
            y, going, coming = one_step(g, self.layers, self.sizes, "x")
            self.one = session(g.made([("x", x.shape), *going], [(y, None), *coming]))
            self.first = {name: np.zeros(size, np.float32) for name, size in going}
        return x

    def start(self):
        self.state = self.first

    def step(self, x):
        y, *after = self.one.run(None, {"x": x, **self.state})
        self.state = dict(zip(self.first, after))
        return y

    def outputs(self, y):
        return y


if __name__ == "__main__":
    worker.main(Network, ["onnxruntime"])
