"""JAX: `lax.scan`, written by hand. Modes: layers (a scan for each neuron layer, the others over all steps at once) and steps
(one scan over the whole network). Convolutions have their channels last, which XLA prefers on a CPU."""

import os

import worker

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={str(worker.THREADS > 1).lower()}"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import networks  # noqa: E402
import numpy as np  # noqa: E402


def stateless(layer, x):
    if layer["kind"] == "dense":
        y = x @ layer["weight"].T
        return y + layer["bias"] if "bias" in layer else y
    if layer["kind"] == "conv":
        padding = [(layer["padding"],) * 2] * 2
        order = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(x, layer["weight"], (layer["stride"],) * 2, padding, dimension_numbers=order)
    if layer["kind"] == "pool":
        window = (1, layer["size"], layer["size"], 1)
        y = jax.lax.reduce_window(x, 0.0, jax.lax.add, window, window, "VALID")
        return y / layer["size"] ** 2 if layer["mean"] else y
    return x.reshape(len(x), -1)


def neurons(layer, state, x):
    v, current, spikes = state["v"], state.get("current"), state.get("spikes")
    if spikes is not None:
        x = x + spikes @ layer["recurrent"].T + layer.get("recurrent_bias", 0)
    if current is not None:
        x = current = layer["current_decay"] * current + x
    v, threshold = layer["decay"] * v + x, layer.get("threshold")
    if layer["rule"] == "zero":
        y = (v > threshold).astype(v.dtype)
        v = jnp.where(v > threshold, 0, v)
    elif layer["rule"] == "count":
        y = jnp.maximum(jnp.trunc(v / threshold), 0)
        v = jnp.maximum(v - y * threshold, -threshold)
    else:
        y = v
    after = {"v": v, "current": current, "spikes": y}
    return {name: after[name] for name in state}, y


def first(layer, shape):
    names = ["v"] + ["current"] * ("current_decay" in layer) + ["spikes"] * ("recurrent" in layer)
    return {name: jnp.zeros(shape, jnp.float32) for name in names}


class Network:
    def __init__(self, network, lanes, mode):
        shape = network.x.shape[2:]
        layers = networks.channels_last(network.layers, shape) if len(shape) == 3 else network.layers
        self.layers = [{key: jnp.asarray(p) if np.ndim(p) else p for key, p in layer.items()} for layer in layers]
        sizes = map(networks.last, networks.shapes(network.layers, shape))
        states = [first(layer, (lanes, *size)) for layer, size in zip(self.layers, sizes)]
        self.states = [state if layer["kind"] == "neuron" else {} for layer, state in zip(self.layers, states)]
        self.whole = jax.jit(self.by_steps if mode == "steps" else self.by_layers)
        self.one = jax.jit(self.one_step)

    def one_step(self, states, x):
        after = []
        for layer, state in zip(self.layers, states):
            state, x = neurons(layer, state, x) if layer["kind"] == "neuron" else ({}, stateless(layer, x))
            after.append(state)
        return after, x

    def by_steps(self, xs):
        return jax.lax.scan(self.one_step, self.states, xs)[1]

    def by_layers(self, xs):
        for layer, state in zip(self.layers, self.states):
            if layer["kind"] == "neuron":
                xs = jax.lax.scan(lambda state, x, layer=layer: neurons(layer, state, x), state, xs)[1]
            else:
                ys = stateless(layer, xs.reshape(-1, *xs.shape[2:]))
                xs = ys.reshape(*xs.shape[:2], *ys.shape[1:])
        return xs

    def given(self, x):
        return jnp.asarray(np.ascontiguousarray(np.moveaxis(x, -3, -1)) if x.ndim > 3 else x)

    row = given

    def run(self, xs):
        return jax.block_until_ready(self.whole(xs))

    def start(self):
        self.state = self.states

    def step(self, x):
        self.state, y = self.one(self.state, x)
        return jax.block_until_ready(y)

    outputs = staticmethod(np.asarray)


if __name__ == "__main__":
    worker.main(Network, ["jax", "jaxlib"])
