"""The main job: trained networks that read Braille by touch, on the recorded touch of the letter "A".

Reads two NIR files, prints one network with its assumptions, runs both under three conventions on two devices, holds every
raster against the one that the tool itself recorded, and draws one. `./dev demo` runs it.
"""

import time
from pathlib import Path

import numpy as np

import ranvier as rv

DATA = Path(__file__).resolve().parents[2] / "tests" / "data" / "nir-paper"
TOUCH = DATA / "derived" / "braille_test_sample0_input_256x12_u8.npy"
NETWORKS = {"bias_zero": "zero", "noBias_subtract": "subtract"}  # name -> the reset it was trained with
CONVENTIONS = ["norse", "snntorch", "exact"]
DEVICES = ["cpu", "reference"]
LETTERS = ["space", "A", "E", "I", "O", "U", "Y"]
HIDDEN = "lif1.lif"


def recorded(network, convention, reset):
    """The hidden raster that the tool recorded for this network with this reset, or None."""
    path = DATA / "03_rnn" / f"{convention}_activity_noDelay_{network}.npy"
    return np.load(path) != 0 if path.exists() and reset == NETWORKS[network] else None


def run(network, convention, device, touch):
    """One row of the table, and the hidden raster."""
    reset = NETWORKS[network]
    net = rv.load(DATA / "03_rnn" / f"braille_noDelay_{network}.nir", dt=0.1 * rv.ms, convention=convention, reset=reset)
    session = net.to(device)
    started = time.perf_counter()
    result = session.run(touch, record=[f"{HIDDEN}.spikes"])
    milliseconds = 1e3 * (time.perf_counter() - started)
    raster = result.spikes[HIDDEN].raster()
    truth = recorded(network, convention, reset)
    mismatches = "-" if truth is None else f"{np.count_nonzero(raster != truth)} of {truth.size}"
    (counts,) = result.outputs.values()
    letter = LETTERS[int(counts.sum(axis=0).argmax())]
    row = [network, convention, reset, device, mismatches, letter, f"{result.hash:016x}", f"{milliseconds:.1f}"]
    return row, raster


def print_table(rows):
    head = ["network", "convention", "reset", "device", "mismatches", "read", "spike hash", "ms"]
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
    touch = np.load(TOUCH)
    print(rv.load(DATA / "03_rnn" / "braille_noDelay_bias_zero.nir", dt=0.1 * rv.ms, convention="snntorch"))
    rows, rasters = [], {}
    for network in NETWORKS:
        for convention in CONVENTIONS:
            for device in DEVICES:
                row, rasters[network, convention, device] = run(network, convention, device, touch)
                rows.append(row)
    print_table(rows)
    picture = Path("out") / "braille.png"
    picture.parent.mkdir(exist_ok=True)
    draw(touch, rasters["bias_zero", "snntorch", "cpu"], picture)
    print(f"picture: {picture}")


if __name__ == "__main__":
    main()
