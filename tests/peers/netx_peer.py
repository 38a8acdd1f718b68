"""Netx files in lava-dl itself, and the recordings that its wheel carries.

    python netx_peer.py OUT.npz                 all layers of PilotNet, N-TIDIGITS, a small CNN; and networks run live by netx
    python netx_peer.py OUT.npz --golden        two parts of PilotNet, small enough to be kept (lava-dl is BSD-3-Clause)

Written for each case: `<case>/file` the netx file's bytes, `<case>/input` [steps, ...], `<case>/<node>/<u, v or spikes>`
[steps, ...] under the names and shapes that Ranvier gives them; in `meta` the reset interval and offset (netx's arguments,
which no file holds) and from which step on what was recorded counts.
"""

import importlib.metadata
import io
import sys
import tempfile
from pathlib import Path

import h5py
import lava_shim  # noqa: F401  must come before lava
import numpy as np
import peer_file

DATA = Path(__file__).parents[1] / "data"


def shipped(name):
    """A file of the wheel's tests folder."""
    return next(Path(f.locate()) for f in importlib.metadata.files("lava-dl") if str(f).endswith(f"netx/{name}"))


def channels_first(array):
    """[width, height, channels, steps] of lava, or [neurons, steps], as [steps, channels, height, width]."""
    return np.ascontiguousarray(np.moveaxis(array, -1, 0).transpose((0, 3, 2, 1) if array.ndim == 4 else (0, 1)))


def edited(path, edit):
    """The file's bytes after `edit(file)`."""
    buffer = io.BytesIO(Path(path).read_bytes())
    with h5py.File(buffer, "r+") as file:
        edit(file)
    return np.frombuffer(buffer.getvalue(), dtype=np.uint8)


def bytes_of(path):
    return np.frombuffer(Path(path).read_bytes(), dtype=np.uint8)


class Cases:
    def __init__(self):
        self.meta, self.arrays = [], {}

    def add(self, name, file, stimulus, recorded, reset=None, first=0, late=0):
        """recorded[node][variable] begins at our step `late`; what counts begins at its row `first`."""
        self.meta.append({"name": name, "reset": reset, "first": first, "late": late})
        self.arrays[f"{name}/file"] = file
        self.arrays[f"{name}/input"] = stimulus
        for node, variables in recorded.items():
            for variable, values in variables.items():
                self.arrays[f"{name}/{node}/{variable}"] = values


# ------------------------------------------------------------------------------------------------------------------ recorded

PILOTNET = {1: "conv-0", 2: "conv-1", 3: "conv-2", 4: "conv-3", 5: "conv-4", 7: "fc-0", 8: "fc-1", 9: "fc-2", 10: "fc-3"}


def pilotnet(name):
    return np.load(shipped(f"gts/pilotnet_lif/{name}.npy"))


def pilotnet_layer(number):
    """u, v and spikes of a layer. Where there is a spike v is 128, the chip's count of a refractory period; emulators say 0."""
    name = PILOTNET[number]
    spikes = channels_first(pilotnet("fc-3-s" if number == 10 else name)).astype(bool)
    u, v = (channels_first(pilotnet(f"{name}-{variable}")).astype(np.int32) for variable in "uv")
    assert np.all(v[spikes] == 128)
    return {"u": u, "v": np.where(spikes, 0, v), "spikes": spikes}


def add_pilotnet(cases):
    file = bytes_of(shipped("gts/pilotnet_lif/network.net"))
    image = np.repeat(pilotnet("image").transpose(2, 1, 0)[None], 24, axis=0)
    recorded = {f"layer{number}.neuron": pilotnet_layer(number) for number in PILOTNET if number != 10}
    recorded["layer0.neuron"] = {"spikes": channels_first(pilotnet("input"))}
    cases.add("pilotnet", file, image, recorded, reset={"interval": 17, "offset": 1})
    # The last layer was recorded in another run, which reset the network after 16 steps, and its layers one step earlier.
    last = {variable: values[:24] for variable, values in pilotnet_layer(10).items()}
    cases.add("pilotnet_last", file, image, {"layer10.neuron": last}, reset={"interval": 16, "offset": 0})


def add_others(cases):
    def without_average(file):
        del file["layer/5"]

    digits = edited(shipped("gts/ntidigits/ntidigits.net"), without_average)
    spikes = np.load(shipped("gts/ntidigits/input.npy")).T.astype(np.int32)
    output = np.load(shipped("gts/ntidigits/output.npy")).T.astype(bool)
    # Slayer delays what leaves a layer by a step, netx what enters.
    cases.add("ntidigits", digits, spikes, {"layer4.neuron": {"spikes": output}}, first=1, late=-1)

    bias = np.load(shipped("gts/tinynet/input_bias.npy")).transpose(2, 1, 0).astype(np.int32)
    output = np.moveaxis(np.load(shipped("gts/tinynet/output.npy"))[0], -1, 0).astype(bool)
    reset = {"interval": 17, "offset": 1}
    cases.add(
        "tiny",
        bytes_of(shipped("tiny.net")),
        np.repeat(bias[None], 17, axis=0),
        {"layer2.neuron": {"spikes": output}},
        reset,
        1,
        1,
    )


def add_parts(cases):
    """A convolution (of its 64 channels the first 6) and two dense layers of PilotNet, behind what entered them."""

    def part(path, layers, shape, channels=None):
        buffer = io.BytesIO()
        with h5py.File(path) as source, h5py.File(buffer, "w", libver=("earliest", "v108")) as file:
            file.create_dataset("layer/0/type", (1,), "S10", [b"input"])
            file["layer/0/shape"] = np.array(shape)
            for at, number in enumerate(layers, 1):
                source.copy(f"layer/{number}", file["layer"], name=str(at))
                group = file[f"layer/{at}"]
                if channels is None:
                    continue
                for key in ("weight", "bias"):
                    few = group[key][:channels]
                    del group[key]
                    group.create_dataset(key, data=few, compression="gzip")
                group["shape"][0] = channels
        return np.frombuffer(buffer.getvalue(), dtype=np.uint8)

    network = shipped("gts/pilotnet_lif/network.net")
    entered = pilotnet_layer(4)["spikes"]
    cut = {variable: values[:, :6] for variable, values in pilotnet_layer(5).items()}
    cases.add(
        "pilotnet_conv",
        part(network, [5], entered.shape[1:], 6),
        entered,
        {"layer1.neuron": cut},
        {"interval": 17, "offset": 6},
    )
    entered = pilotnet_layer(7)["spikes"]
    recorded = {"layer1.neuron": pilotnet_layer(8), "layer2.neuron": pilotnet_layer(9)}
    cases.add("pilotnet_dense", part(network, [8, 9], [100]), entered, recorded, {"interval": 17, "offset": 8})


# ---------------------------------------------------------------------------------------------------------------- run by netx

CUBA = {"type": "CUBA", "refDelay": 1, "gradedSpike": False}


def random_file(rng, path):
    """Dense layers with weights of any sign, step and size, decays, biases, delays."""
    sizes = [int(n) for n in rng.integers(2, 9, 4)]
    with h5py.File(path, "w") as file:
        for number, (into, out) in enumerate(zip(sizes, sizes[1:])):
            group = file.create_group(f"layer/{number}")
            group.create_dataset("type", (1,), "S10", [b"dense"])
            group["shape"] = np.array([out])
            # An odd weight beyond 127 in a layer of both signs is refused: netx keeps 9 bits of it.
            step = int(rng.choice([1, 2, 4, 8]))
            top = max(2, int(rng.choice([4, 30, 120 if step == 1 else 250])) // step)
            low, high = rng.choice([(-top, top), (0, top), (-top, -1)])
            group["weight"] = (rng.integers(low, high + 1, (out, into)) * step).astype(np.float32)
            if rng.random() < 0.5:
                group["bias"] = rng.integers(-20, 40, out).astype(np.float32)
            if rng.random() < 0.5:
                group["delay"] = rng.integers(0, rng.choice([4, 63]), out if rng.random() < 0.5 else into).astype(np.float32)
            neuron = CUBA | {
                "iDecay": int(rng.choice([4096, rng.integers(1, 4096)])),
                "vDecay": int(rng.choice([4096, rng.integers(0, 4096)])),
                "vThMant": int(rng.integers(1, 100)),
            }
            for key, value in neuron.items():
                group[f"neuron/{key}"] = value
    return sizes[0]


def run_netx(path, stimulus, driven):
    """u, v and spikes (of the last layer) of each layer's neurons, step by step. driven: through the input layer's bias."""
    from lava.lib.dl import netx
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc import io as processes

    network = netx.hdf5.Network(net_config=str(path))
    if driven:
        network.in_layer.neuron.bias_mant.init = stimulus[0].transpose(2, 1, 0)
    else:
        source = processes.source.RingBuffer(data=stimulus.T)
        source.s_out.connect(network.inp)
    sink = processes.sink.RingBuffer(shape=network.out.shape, buffer=len(stimulus))
    network.out.connect(sink.a_in)
    rows = [{"u": [], "v": []} for _ in network.layers]
    for _ in stimulus:
        network.run(condition=RunSteps(1), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
        for row, layer in zip(rows, network.layers):
            for variable in "uv":
                row[variable].append(np.array(getattr(layer.neuron, variable).get()))
    spikes = sink.data.get()
    network.stop()
    result = [
        {variable: channels_first(np.stack(values, -1)).astype(np.int32) for variable, values in row.items()} for row in rows
    ]
    result[-1]["spikes"] = channels_first(spikes).astype(bool)
    return result


def add_live(cases, count):
    rng = np.random.default_rng(6)

    def add(name, path, width, steps, layers):
        stimulus = (rng.random((steps, width)) < 0.3).astype(np.int32)
        recorded = {f"layer{number}.neuron": rows for number, rows in zip(layers, run_netx(path, stimulus, False))}
        cases.add(name, bytes_of(path), stimulus, recorded)

    oxford = DATA / "nir-paper" / "other" / "lava_dl_oxford_network.net.h5"
    add("oxford", oxford, 200, 100, [0, 1])
    add("delays", DATA / "netx" / "delays.net", 5, 90, [2])
    add("recurrent", DATA / "netx" / "recurrent.net", 3, 60, [0])
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            path = Path(folder) / f"{number}.net"
            add(f"random-{number}", path, random_file(rng, path), 60, [0, 1, 2])
    # An input layer's u is 0 in lava, where the bias enters v; here it is what enters.
    mantissas = np.repeat(rng.integers(0, 90, (1, 2, 6, 5)), 40, axis=0).astype(np.int32)
    path = DATA / "netx" / "convolution.net"
    layers = run_netx(path, mantissas, True)
    del layers[0]["u"]
    cases.add(
        "convolution", bytes_of(path), mantissas, {f"layer{number}.neuron": rows for number, rows in zip([0, 1, 3], layers)}
    )


def main(out, *options):
    cases = Cases()
    if "--golden" in options:
        add_parts(cases)
    else:
        add_pilotnet(cases)
        add_others(cases)
        add_live(cases, 12)
    versions = {name: importlib.metadata.version(name) for name in ("lava-dl", "lava-nc")}
    peer_file.write(out, {"tool": "netx", "versions": versions, "cases": cases.meta}, cases.arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
