"""Spyx, on JAX. Its rule differs: it subtracts the threshold, one step late. It has no recurrent bias, which goes to the layer
in front."""

import os

import worker

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={str(worker.THREADS > 1).lower()}"

import flax.nnx as nnx  # noqa: E402
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import networks  # noqa: E402
import numpy as np  # noqa: E402
import spyx  # noqa: E402


def neurons(layer, shape):
    rngs, threshold = nnx.Rngs(0), layer.get("threshold")
    if layer["rule"] == "none":
        return spyx.nn.LI(shape, beta=layer["decay"], rngs=rngs)
    if layer["rule"] == "count":
        return spyx.nn.IF(shape, threshold=threshold)
    given = {"beta": layer["decay"], "threshold": threshold, "rngs": rngs}
    kinds = (spyx.nn.LIF, spyx.nn.RLIF)
    if "current_decay" in layer:
        given["alpha"], kinds = layer["current_decay"], (spyx.nn.CuBaLIF, spyx.nn.RCuBaLIF)
    made = kinds["recurrent" in layer](shape, **given)
    if "recurrent" in layer:
        made.recurrent_w[...] = jnp.asarray(layer["recurrent"].T)
    return made


def stateless(layer):
    rngs = nnx.Rngs(0)
    if layer["kind"] == "dense":
        made = nnx.Linear(*layer["weight"].shape[::-1], use_bias="bias" in layer, rngs=rngs)
        made.kernel[...] = jnp.asarray(layer["weight"].T)
        if "bias" in layer:
            made.bias[...] = jnp.asarray(layer["bias"])
        return made
    if layer["kind"] == "conv":
        *size, inputs, outputs = layer["weight"].shape
        padding = [(layer["padding"],) * 2] * 2
        made = nnx.Conv(inputs, outputs, size, layer["stride"], padding=padding, use_bias=False, rngs=rngs)
        made.kernel[...] = jnp.asarray(layer["weight"])
        return made
    if layer["kind"] == "pool":
        window = (layer["size"],) * 2
        pool = spyx.nn.SumPool(window, window, "VALID", channel_axis=-1)
        return (lambda x: pool(x) / layer["size"] ** 2) if layer["mean"] else pool
    return spyx.nn.Flatten()


class Network:
    def __init__(self, network, lanes, mode):
        shape = network.x.shape[2:]
        layers = networks.channels_last(network.layers, shape) if len(shape) == 3 else network.layers
        parts = []
        for place, (layer, size) in enumerate(zip(layers, networks.shapes(network.layers, shape))):
            after = layers[place + 1] if place + 1 < len(layers) else {}
            if "recurrent_bias" in after:
                layer = {**layer, "bias": layer["bias"] + after["recurrent_bias"]}
            parts.append(neurons(layer, networks.last(size)) if layer["kind"] == "neuron" else stateless(layer))
        self.net = spyx.nn.Sequential(*parts)
        self.whole = nnx.jit(lambda net, xs: spyx.nn.run(net, xs)[0])
        self.one = nnx.jit(lambda net, x, state: net(x, state))

    def given(self, x):
        return jnp.asarray(np.ascontiguousarray(np.moveaxis(x, -3, -1)) if x.ndim > 3 else x)

    row = given

    def run(self, xs):
        return jax.block_until_ready(self.whole(self.net, xs))

    def start(self):
        self.state = self.net.initial_state(1)

    def step(self, x):
        y, self.state = self.one(self.net, x, self.state)
        return jax.block_until_ready(y)

    outputs = staticmethod(np.asarray)


if __name__ == "__main__":
    worker.main(Network, ["spyx", "jax"])
