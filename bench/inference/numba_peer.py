"""Numba over events, written by hand: each spike adds a row of weights, or a patch of a convolution with its channels last, to
what its targets receive. A stage is a dense or convolutional layer and the neurons behind it, and runs all steps of a lane;
lanes go in parallel. A mean pool's divisor goes into the weights of the next layer, which takes its events through the pool."""

import worker  # isort: skip - sets the number of threads before Numba starts

import networks
import numba
import numpy as np

ZERO, COUNT, NONE = 0, 1, 2


@numba.njit(fastmath=True)
def update(x, v, current, neurons, ids, end, y):
    """One step of a layer's neurons; appends the ids of their spikes and returns the new end of them."""
    rule, decay, current_decay, threshold = neurons
    for j in range(x.size):
        received = x[j]
        if current.size:
            received = current[j] = current_decay * current[j] + received
        u = decay * v[j] + received
        if rule == NONE:
            y[j] = u
        elif rule == ZERO:
            if u > threshold:
                u = np.float32(0)
                ids[end] = j
                end += 1
        else:
            spikes = int(max(u / threshold, np.float32(0)))
            for _ in range(spikes):
                ids[end] = j
                end += 1
            u = max(u - spikes * threshold, -threshold)
        v[j] = u
    return end


@numba.njit(fastmath=True)
def add_rows(ids, weight, x):
    for id in ids:
        row = weight[id]
        for j in range(x.size):
            x[j] += row[j]


@numba.njit(fastmath=True)
def add_patches(ids, weight, geometry, x):
    """weight [k, k, in, out]; ids over [rows, columns, in], before the pool."""
    columns, pool, stride, padding, rows_out, columns_out = geometry
    size, _, inputs, outputs = weight.shape
    for id in ids:
        channel, place = id % inputs, id // inputs
        row, column = place // columns // pool + padding, place % columns // pool + padding
        for to_row in range(max(0, (row - size + stride) // stride), min(row // stride + 1, rows_out)):
            for to_column in range(max(0, (column - size + stride) // stride), min(column // stride + 1, columns_out)):
                values = weight[row - to_row * stride, column - to_column * stride, channel]
                at = (to_row * columns_out + to_column) * outputs
                for o in range(outputs):
                    x[at + o] += values[o]


def stage(weight, patches, geometry, bias, feedback, neurons, ends, ids, state, ends_out, ids_out, y):
    """The spikes of lane b in step t are ids[b, ends[b, t]:ends[b, t + 1]]. What ids_out[b, :ends_out[b, 0]] holds at first are
    those of the step before, which the feedback carries."""
    x, v, current = state
    for b in numba.prange(len(ends)):
        begin, end = 0, ends_out[b, 0]
        for t in range(ends.shape[1] - 1):
            x[b] = bias
            if patches.size:
                add_patches(ids[b, ends[b, t] : ends[b, t + 1]], patches, geometry, x[b])
            else:
                add_rows(ids[b, ends[b, t] : ends[b, t + 1]], weight, x[b])
            if feedback.size:
                add_rows(ids_out[b, begin:end], feedback, x[b])
            begin = end if t else 0
            end = update(x[b], v[b], current[b], neurons, ids_out[b], begin, y[b, t])
            ends_out[b, t + 1] = end
        ends_out[b, 0] = 0


def events(x, ends, ids):
    """x [steps, lanes, n]"""
    for b in numba.prange(x.shape[1]):
        end = 0
        for t in range(x.shape[0]):
            for j in range(x.shape[2]):
                if x[t, b, j] != 0:
                    ids[b, end] = j
                    end += 1
            ends[b, t + 1] = end


def counted(ends, ids, y):
    for b in numba.prange(len(ends)):
        for t in range(ends.shape[1] - 1):
            y[b, t] = 0
            for e in range(ends[b, t], ends[b, t + 1]):
                y[b, t, ids[b, e]] += 1


ONE = [numba.njit(f, fastmath=True) for f in (stage, events, counted)]
MANY = [numba.njit(f, fastmath=True, parallel=True) for f in (stage, events, counted)]


class Stage:
    def __init__(self, layer, neurons, pooled, before, after, lanes):
        """pooled: the pool in front, or None; before: [rows, columns, channels] in front of that, or [n]; after: of neurons."""
        n, pool = int(np.prod(after)), pooled["size"] if pooled else 1
        weight = layer["weight"] / np.float32(pool**2 if pooled and pooled["mean"] else 1)
        none = np.zeros((0, 0), np.float32)
        self.weight, self.patches, self.geometry = none, none[..., None, None], (0,) * 6
        if layer["kind"] == "conv":
            assert before[0] % pool == before[1] % pool == 0
            self.patches = np.ascontiguousarray(weight)
            self.geometry = (before[1], pool, layer["stride"], layer["padding"], after[0], after[1])
        else:
            self.weight = np.ascontiguousarray(weight.T if pool == 1 else spread(weight, pool, before).T)
        self.bias = np.zeros(n, np.float32) + layer.get("bias", 0) + neurons.get("recurrent_bias", 0)
        self.bias = self.bias.astype(np.float32)
        self.feedback = np.ascontiguousarray(neurons["recurrent"].T) if "recurrent" in neurons else none
        numbers = (np.float32(neurons.get(name, 0)) for name in ("decay", "current_decay", "threshold"))
        self.neurons = (("zero", "count", "none").index(neurons["rule"]), *numbers)
        self.n, self.rule = n, neurons["rule"]
        current = n if "current_decay" in neurons else 0
        self.state = tuple(np.zeros((lanes, size), np.float32) for size in (n, n, current))

    def reserve(self, lanes, steps):
        most = {"zero": 1, "count": 4, "none": 0}[self.rule]  # spikes of a neuron in a step, on average
        self.ends, self.ids = np.zeros((lanes, steps + 1), np.int64), np.zeros((lanes, most * self.n * steps), np.int32)
        self.y = np.zeros((lanes, steps, self.n if self.rule == "none" else 0), np.float32)

    def start(self):
        self.ends[:] = 0
        for array in self.state:
            array[:] = 0

    def run(self, compiled, ends, ids):
        compiled(
            *(self.weight, self.patches, self.geometry, self.bias, self.feedback, self.neurons),
            *(ends, ids, self.state, self.ends, self.ids, self.y),
        )
        return self.ends, self.ids


def spread(weight, pool, before):
    """The weights of a dense layer behind a pool [out, ...] for what is in front of it."""
    rows, columns, channels = before
    fine = np.zeros((len(weight), *before), np.float32)
    coarse = weight.reshape(len(weight), rows // pool, columns // pool, channels)
    fine[:, : rows // pool * pool, : columns // pool * pool] = coarse.repeat(pool, 1).repeat(pool, 2)
    return fine.reshape(len(weight), -1)


class Network:
    def __init__(self, network, lanes, mode):
        shape, self.lanes, self.steps = network.x.shape[2:], lanes, 0
        layers = networks.channels_last(network.layers, shape) if len(shape) == 3 else network.layers
        sizes = [networks.last(size) for size in [shape, *networks.shapes(network.layers, shape)]]
        self.stages, pooled, before = [], None, sizes[0]
        for layer, neurons, size in zip(layers, [*layers[1:], None], sizes[1:]):
            if layer["kind"] == "pool":
                pooled = layer
            elif layer["kind"] in ("dense", "conv"):
                self.stages.append(Stage(layer, neurons, pooled, before, size, lanes))
                pooled, before = None, size
        self.inputs, self.outs = int(np.prod(shape)), sizes[-1][0]
        self.stage, self.events, self.counted = MANY if lanes > 1 and worker.THREADS > 1 else ONE

    def reserve(self, steps):
        self.ends, self.ids = np.zeros((self.lanes, steps + 1), np.int64), np.zeros((self.lanes, steps * self.inputs), np.int32)
        self.y = np.zeros((self.lanes, steps, self.outs), np.float32)
        for each in self.stages:
            each.reserve(self.lanes, steps)
        self.steps = steps

    def given(self, x):
        if self.steps != len(x):
            self.reserve(len(x))
        x = np.moveaxis(x, -3, -1) if x.ndim > 3 else x
        return np.ascontiguousarray(x.reshape(*x.shape[:2], -1))

    def row(self, x):
        return self.given(x[None])

    def start(self):
        for each in self.stages:
            each.start()

    def step(self, x):
        self.events(x, self.ends, self.ids)
        ends, ids = self.ends, self.ids
        for each in self.stages:
            if each.feedback.size:
                each.ends[:, 0] = each.ends[:, -1]
            ends, ids = each.run(self.stage, ends, ids)
        if self.stages[-1].rule == "none":
            return self.stages[-1].y
        self.counted(ends, ids, self.y)
        return self.y

    def run(self, x):
        self.start()
        return self.step(x)

    def outputs(self, y):
        return y.swapaxes(0, 1).copy()


if __name__ == "__main__":
    worker.main(Network, ["numba"])
