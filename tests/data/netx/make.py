"""Writes the small netx files beside this script: networks as lava-dl writes them, and some that must be refused.

    python tests/data/netx/make.py        (h5py 3.x)

The files are kept, so that the tests need no Python; this script says what is in them.
"""

from pathlib import Path

import h5py
import numpy as np

HERE = Path(__file__).parent
CUBA = {"type": "CUBA", "iDecay": 1024, "vDecay": 128, "vThMant": 80, "refDelay": 1, "gradedSpike": False}


def layer(file, number, kind, shape=None, neuron=None, **datasets):
    """One layer's group, with the types that lava-dl's blocks give their datasets."""
    group = file.create_group(f"layer/{number}")
    group.create_dataset("type", (1,), "S10", [kind.encode()])
    if shape is not None:
        group["shape"] = np.array(shape)
    for key, value in datasets.items():
        group[key] = value
    for key, value in (neuron or {}).items():
        group[f"neuron/{key}"] = value
    return group


def weights(shape, low, high, step=2, seed=0):
    return (np.random.default_rng(seed).integers(low // step, high // step + 1, shape) * step).astype(np.float32)


def write(name, *layers, spoil=None):
    with h5py.File(HERE / f"{name}.net", "w", libver=("earliest", "v108")) as file:
        file["simulation/Ts"] = 1
        for number, (kind, arguments) in enumerate(layers):
            layer(file, number, kind, **arguments)
        if spoil is not None:
            spoil(file)


def dense(out, into, low=-40, high=40, step=2, neuron=CUBA, **more):
    return "dense", dict(shape=[out], neuron=neuron, weight=weights((out, into), low, high, step), **more)


def conv(shape, kernel, neuron=CUBA, stride=(1, 1), padding=(0, 0), **more):
    more.setdefault("weight", weights(kernel, -10, 10))
    window = dict(stride=np.array(stride), padding=np.array(padding), dilation=np.array([1, 1]), groups=1)
    return "conv", dict(shape=shape, neuron=neuron) | window | more


PIXELS = ("input", dict(shape=[2, 6, 5], neuron=CUBA, weight=np.float32(40), bias=np.float32(36)))
CONV = conv([3, 3, 5], (3, 2, 2, 3, 1), stride=(2, 1), padding=(0, 1), bias=np.array([4, -6, 0], dtype=np.float32))
WIDE = np.array([0, 3, 70, 3], dtype=np.float32)

# ------------------------------------------------------------------------------------------------------------------ networks

write("convolution", PIXELS, CONV, ("flatten", dict(shape=[45])), dense(4, 45, bias=np.arange(4, dtype=np.float32)))
write("delays", ("input", dict(shape=[1, 1, 5])), ("flatten", dict(shape=[5])), dense(4, 5, delay=WIDE))
write("odd", dense(3, 5, -7, 7, step=1), dense(2, 3, 0, 60, step=4, neuron=CUBA | {"refDelay": 4}))
write("no_neuron", dense(3, 2), dense(2, 3, neuron=None))


def as_recurrent(file):
    del file["layer/0/type"]
    file["layer/0"].create_dataset("type", (1,), "S10", [b"dense_rec"])


write("recurrent", ("dense", dense(4, 3)[1] | {"weight_rec": weights((4, 4), -30, 30, seed=1)}), spoil=as_recurrent)

# ------------------------------------------------------------------------------------------------------- what must be refused

SDNN = {"type": "SDNN", "vThMant": 13, "activation": "relu"}
write("refused_average", dense(3, 2), ("average", dict(shape=[1])))
write("refused_sdnn", dense(3, 2, neuron=SDNN))
write("refused_learning", dense(3, 2, learning_rule=np.int64(1)))
write("refused_graded", dense(3, 2, neuron=CUBA | {"gradedSpike": True}))
write("refused_no_decay", dense(3, 2, neuron=CUBA | {"iDecay": 0}))
write("refused_exponent", dense(3, 2, neuron=CUBA | {"wgtExp": 2}))
write("refused_nine_bits", ("dense", dict(shape=[1], neuron=CUBA, weight=np.array([[-3, 201]], dtype=np.float32))))
write("refused_wide", ("dense", dict(shape=[1], neuron=CUBA, weight=np.array([[-300, 2]], dtype=np.float32))))
write("refused_fraction", ("dense", dict(shape=[1], neuron=CUBA, weight=np.array([[0.5, 2]], dtype=np.float32))))
write("refused_threshold", dense(3, 2, neuron=CUBA | {"vThMant": 131072}))
write("refused_shape", ("dense", dict(shape=[3], neuron=CUBA, weight=weights((4, 4), -2, 2))), dense(2, 5))
write("refused_delay", dense(3, 2, delay=np.zeros(7, dtype=np.float32)))
write("refused_first_conv", CONV)
write("refused_kernel", PIXELS, conv([3, 3, 5], (3, 2, 2)))
write("refused_bias", PIXELS, CONV[:1] + (CONV[1] | {"bias": np.zeros(5, dtype=np.float32)},))
write("refused_second_input", PIXELS, PIXELS)
write("refused_nothing", spoil=lambda file: file.create_group("layer"))
write("refused_gap", dense(3, 2), spoil=lambda file: file.move("layer/0", "layer/1"))


def without(path):
    def spoil(file):
        del file[path]

    return spoil


write("refused_no_weight", dense(3, 2), spoil=without("layer/0/weight"))
write("refused_no_type", dense(3, 2), spoil=without("layer/0/type"))


def outside(file):
    del file["layer/0/weight"]
    file["layer/0/weight"] = h5py.ExternalLink("other.h5", "/secret")


def loop(file):
    file["layer/0/neuron/again"] = file["layer/0"]


def no_group(file):
    del file["layer/0/neuron"]
    file["layer/0/neuron"] = 3


write("refused_link", dense(3, 2), spoil=outside)
write("refused_loop", dense(3, 2), spoil=loop)
write("refused_neuron_number", dense(3, 2), spoil=no_group)
