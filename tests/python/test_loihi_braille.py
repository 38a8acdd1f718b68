"""The Braille networks on the emulated Loihi, beside cpu: 200 copies of the sample, each spike moved by up to 3 steps.

`python tests/python/test_loihi_braille.py` prints the table of all; the tests take fewer copies.
"""

import sys

import numpy as np
import pytest

import ranvier as rv
from places import NIR_PAPER

FILES = {"zero": "braille_noDelay_bias_zero.nir", "subtract": "braille_noDelay_noBias_subtract.nir"}
CASES = [(reset, convention) for reset in FILES for convention in ("snntorch", "norse")]
HIDDEN, LAST = "lif1.lif", "lif2"
CALIBRATION = range(1000, 1020)  # other seeds than those of the copies


def network(reset, convention):
    return rv.load(NIR_PAPER / "03_rnn" / FILES[reset], dt=0.1 * rv.ms, convention=convention, reset=reset)


def copies(seeds):
    """[256, len(seeds), 12]: the sample with each spike moved by a uniform -3 to 3 steps."""
    sample = np.load(NIR_PAPER / "derived" / "braille_test_sample0_input_256x12_u8.npy")
    step, channel = np.nonzero(sample)
    moved = np.zeros((len(sample), len(seeds), 12), np.float32)
    for lane, seed in enumerate(seeds):
        by = np.random.default_rng(seed).integers(-3, 4, step.size)
        moved[np.clip(step + by, 0, len(sample) - 1), lane, channel] = 1
    return moved


def run(net, device, raster, **options):
    return net.to(device, lanes=raster.shape[1], **options).run(raster, record=[f"{HIDDEN}.spikes", f"{LAST}.spikes"])


def agreement(a, b):
    """The share of lanes in which the neuron with most spikes is the same."""
    first, second = (result.spikes[LAST].counts().sum(0).argmax(-1) for result in (a, b))
    return (first == second).mean()


def compared(reset, convention, seeds, **options):
    """cpu's result and loihi's on these copies."""
    net, raster = network(reset, convention), copies(seeds)
    return run(net, "cpu", raster), run(net, "loihi?kind=emulator", raster, **options)


@pytest.mark.parametrize("scale", ["population", "neuron"])
@pytest.mark.parametrize(("reset", "convention"), CASES)
def test_the_class_is_cpus(reset, convention, scale):
    seeds = range(40)
    assert agreement(*compared(reset, convention, seeds, scale=scale)) >= 0.95
    assert agreement(*compared(reset, convention, seeds, scale=scale, calibrate=copies(CALIBRATION))) >= 0.95


def test_a_scale_for_each_neuron_comes_nearer():
    def differing(scale):
        a, b = compared("zero", "snntorch", range(20), scale=scale)
        return (a.spikes[HIDDEN].raster() != b.spikes[HIDDEN].raster()).sum()

    assert differing("neuron") < 0.8 * differing("population")


@pytest.mark.parametrize(("reset", "convention"), CASES)
def test_what_calibration_says_is_what_runs(reset, convention):
    net, samples = network(reset, convention), copies(CALIBRATION)
    report = net.check("loihi", kind="emulator", calibrate=samples)
    cpu, chip = run(net, "cpu", samples), run(net, "loihi?kind=emulator", samples, calibrate=samples)
    lines = {entry.node: entry.figures for entry in report.entries if entry.quantity == "calibration"}
    for node in (HIDDEN, LAST):
        asked, made = cpu.spikes[node].raster(), chip.spikes[node].raster()
        assert lines[node]["samples"] == len(CALIBRATION)
        assert lines[node]["spikes_asked"] == asked.sum()
        assert lines[node]["spikes_made"] == made.sum()
        assert lines[node]["differing"] == (asked != made).sum()


def main():
    print("reset     convention  scale       calibrated  class as cpu  hidden spikes: cpu  loihi  in one of both")
    for reset, convention in CASES:
        for scale in ("population", "neuron"):
            for calibrate in (None, copies(CALIBRATION)):
                options = {} if calibrate is None else {"calibrate": calibrate}
                a, b = compared(reset, convention, range(200), scale=scale, **options)
                asked, made = (result.spikes[HIDDEN].raster() for result in (a, b))
                print(
                    f"{reset:9} {convention:11} {scale:11} {'no' if calibrate is None else 'yes':11} "
                    f"{agreement(a, b):12.1%}  {asked.sum():18}  {made.sum():5}  {(asked != made).sum():14}"
                )


if __name__ == "__main__":
    sys.exit(main())
