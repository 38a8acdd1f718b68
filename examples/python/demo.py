"""The main job: a file of the NIR paper, run as each tool would run it, and held against what that tool recorded.

Two tasks: a neuron under a pattern of current, and trained networks that read Braille by touch, on the recorded touch of the
letter "A". Prints one network with its assumptions, then a table of every convention that has a recording, on two devices;
draws a raster. `./dev demo` runs it.
"""

import time
from pathlib import Path

import numpy as np

import ranvier as rv

DATA = Path(__file__).resolve().parents[2] / "tests" / "data" / "nir-paper"
DEVICES = ["cpu", "reference"]
LETTERS = ["space", "A", "E", "I", "O", "U", "Y"]
HIDDEN = "lif1.lif"

# (convention, arguments of rv.load, recording): what the tool was told when it was recorded.
LIF = [
    ("exact", {}, "lif_exact"),
    ("norse", {}, "lif_norse"),
    ("snntorch", {}, "lif_snntorch"),
    ("spyx@2023", {}, "lif_spyx"),
    ("nengo", {}, "lif_nengo"),
    ("sinabs", {"input_gain": "dt/tau"}, "lif_sinabs"),
    ("rockpool", {"input_gain": "dt/tau"}, "lif_rockpool"),
    ("lava", {}, "lif_lava_cpu_float"),
    ("lava-fixed", {}, "lif_lava_cpu_fixed"),
    ("spinnaker2", {"reset": "zero"}, "lif_spinnaker2"),
]
# (convention, network, reset, recording)
BRAILLE = [
    ("snntorch", "bias_zero", "zero", "snntorch"),
    ("snntorch", "noBias_subtract", "subtract", "snntorch"),
    ("norse", "bias_zero", "zero", "norse"),
    ("spyx@2023", "noBias_subtract", "subtract", "spyx"),
    ("nengo", "bias_zero", "zero", "nengo"),
    ("lava-dl", "bias_zero", "zero", "lava"),
    ("spinnaker2", "noBias_subtract", "subtract", "s2"),
    ("exact", "bias_zero", "zero", None),
]


def load_braille(network, convention, reset):
    return rv.load(DATA / "03_rnn" / f"braille_noDelay_{network}.nir", dt=0.1 * rv.ms, convention=convention, reset=reset)


def compared(spikes, recorded):
    """How many entries of a raster differ from the recorded one."""
    return "not shipped" if recorded is None else f"{np.count_nonzero(spikes != recorded)} of {recorded.size}"


def lif_row(convention, arguments, recording, device):
    x = np.loadtxt(DATA / "01_lif" / "lif_exact.csv", delimiter=",")[:, :1]  # all recordings have one input
    net = rv.load(DATA / "01_lif" / "lif_norse.nir", dt=0.1 * rv.ms, convention=convention, **arguments)
    started = time.perf_counter()
    result = net.to(device).run(x, record=["1.spikes"])
    milliseconds = 1e3 * (time.perf_counter() - started)
    spikes = result.spikes["1"].raster()[:, 0]
    path = DATA / "01_lif" / f"{recording}.csv"
    recorded = np.loadtxt(path, delimiter=",")[:, 2] != 0 if path.exists() else None
    told = ", ".join(f"{name}={value}" for name, value in arguments.items())
    read = "spikes in steps " + " ".join(map(str, np.flatnonzero(spikes)))
    return [
        "one neuron",
        convention,
        told,
        device,
        compared(spikes, recorded),
        read,
        f"{result.hash:016x}",
        f"{milliseconds:.1f}",
    ]


def braille_row(convention, network, reset, recording, device, touch):
    session = load_braille(network, convention, reset).to(device)
    started = time.perf_counter()
    result = session.run(touch, record=[f"{HIDDEN}.spikes"])
    milliseconds = 1e3 * (time.perf_counter() - started)
    raster = result.spikes[HIDDEN].raster()
    path = DATA / "03_rnn" / f"{recording}_activity_noDelay_{network}.npy"
    recorded = np.load(path) != 0 if recording and path.exists() else None
    if recorded is not None and recorded.shape != raster.shape:  # one tool has [neurons, steps]
        recorded = recorded.T
    (counts,) = result.outputs.values()
    read = f'reads "{LETTERS[int(counts.sum(axis=0).argmax())]}"'
    mismatches = compared(raster, recorded) if recording else "-"
    return [network, convention, f"reset={reset}", device, mismatches, read, f"{result.hash:016x}", f"{milliseconds:.1f}"]


def print_table(rows):
    head = ["network", "convention", "arguments", "device", "mismatches", "result", "spike hash", "ms"]
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def draw(touch, raster, path):
    """Input and hidden raster, one above the other, as a picture."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 1, sharex=True, figsize=(9, 6), height_ratios=[1, 2])
    for axis, spikes, label in zip(axes, [touch, raster], ["tactile sensor", "hidden neuron"], strict=True):
        step, neuron = np.nonzero(spikes)
        axis.scatter((step + 1) * 0.1, neuron, marker="|", s=18, color="black", linewidths=0.8)
        axis.set_ylabel(label)
        axis.set_ylim(-1, spikes.shape[1])
    axes[0].set_title('The letter "A" under a finger: input, and what the network makes of it (snnTorch\'s rule)')
    axes[1].set_xlabel("time (ms)")
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main():
    touch = np.load(DATA / "derived" / "braille_test_sample0_input_256x12_u8.npy")
    net = load_braille("bias_zero", "snntorch", "zero")
    print(net)
    rows = [lif_row(*row, device) for row in LIF for device in DEVICES]
    rows += [braille_row(*row, device, touch) for row in BRAILLE for device in DEVICES]
    print_table(rows)
    picture = Path("out") / "braille.png"
    picture.parent.mkdir(exist_ok=True)
    draw(touch, net.to("cpu").run(touch, record=f"{HIDDEN}.spikes").spikes[HIDDEN].raster(), picture)
    print(f"picture: {picture}")


if __name__ == "__main__":
    main()
