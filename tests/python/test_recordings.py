"""The recordings of the NIR paper, from the simulators themselves: equal in every value and spike."""

import numpy as np
import pytest

import ranvier as rv


def run_lif(data, device, recording, convention, reset=None):
    """Ours and theirs: v and spikes of the LIF task, [1000] each."""
    x, v, spikes = np.loadtxt(data / "01_lif" / f"{recording}.csv", delimiter=",").T
    net = rv.load(data / "01_lif" / "lif_norse.nir", dt=0.1 * rv.ms, convention=convention, reset=reset)
    out = net.to(device).run(x[:, None], record=["1.v", "1.spikes"])
    return out.states["1"]["v"][:, 0], out.spikes["1"].raster()[:, 0], v, spikes.astype(bool)


@pytest.mark.parametrize("convention", ["norse", "snntorch"])
def test_float_potentials_and_spikes_are_equal(data, device, convention):
    v, spikes, v_recorded, recorded = run_lif(data, device, f"lif_{convention}", convention)
    assert v.dtype == np.float32
    np.testing.assert_array_equal(v, v_recorded.astype(np.float32))
    np.testing.assert_array_equal(spikes, recorded)
    assert spikes.sum() > 0


def test_double_potentials_and_spikes_are_equal(data, device):
    v, spikes, v_recorded, recorded = run_lif(data, device, "lif_lava_cpu_float", "lava")
    assert v.dtype == np.float64
    np.testing.assert_array_equal(v, v_recorded)
    np.testing.assert_array_equal(spikes, recorded)


def test_integer_potentials_and_spikes_are_equal(data, device):
    v, spikes, v_recorded, recorded = run_lif(data, device, "lif_lava_cpu_fixed", "lava-fixed")
    assert v.dtype.kind == "i"
    np.testing.assert_array_equal(v, v_recorded)
    np.testing.assert_array_equal(spikes, recorded)


@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_the_exact_solution_spikes_in_the_recorded_rows(data, device, reset):
    _, spikes, _, recorded = run_lif(data, device, "lif_exact", "exact", reset)
    np.testing.assert_array_equal(np.flatnonzero(spikes), [460, 510, 710, 760])
    np.testing.assert_array_equal(spikes, recorded)


# (convention, model, reset, file's first word, spikes): the reset that was recorded is not always the one trained with.
BRAILLE = [
    ("snntorch", "bias_zero", "zero", "snntorch", 119),
    ("snntorch", "noBias_subtract", "subtract", "snntorch", 118),
    ("norse", "bias_zero", "zero", "norse", 118),
    ("spyx@2023", "noBias_subtract", "subtract", "spyx", 120),
    ("nengo", "bias_zero", "zero", "nengo", 174),
    ("spinnaker2", "noBias_subtract", "subtract", "s2", 119),
    ("lava-dl", "bias_zero", "zero", "lava", 109),
]
# Recordings that do not lie here, whose number of spikes is known.
BRAILLE_COUNTS = [
    ("norse", "noBias_subtract", "zero", 103),
    ("spyx@2023", "bias_zero", "subtract", 151),
    ("nengo", "noBias_subtract", "zero", 150),
    ("spinnaker2", "bias_zero", "zero", 119),
]


def braille_raster(data, device, touch, convention, model, reset, **settings):
    path = data / "03_rnn" / f"braille_noDelay_{model}.nir"
    net = rv.load(path, dt=0.1 * rv.ms, convention=convention, reset=reset)
    return net.to(device, **settings).run(touch, record="lif1.lif.spikes").spikes["lif1.lif"].raster()


@pytest.mark.parametrize("convention, model, reset, tool, count", BRAILLE)
@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_braille_hidden_raster_has_no_mismatch(data, device, braille_input, convention, model, reset, tool, count, precision):
    recorded = np.load(data / "03_rnn" / f"{tool}_activity_noDelay_{model}.npy")
    recorded = recorded.T if tool == "lava" else recorded  # [neurons, steps] there
    raster = braille_raster(data, device, braille_input, convention, model, reset, precision=precision)
    assert raster.sum() == recorded.sum() == count
    assert (raster != recorded.astype(bool)).sum() == 0


@pytest.mark.parametrize("convention, model, reset, count", BRAILLE_COUNTS)
def test_braille_hidden_raster_has_as_many_spikes_as_recorded(data, device, braille_input, convention, model, reset, count):
    assert braille_raster(data, device, braille_input, convention, model, reset).sum() == count


@pytest.mark.parametrize(
    "convention, rows",
    [
        ("nengo", [460, 510, 710, 760]),
        ("spinnaker2", [460, 510, 710, 760]),
        ("sinabs", [450, 500, 710, 760]),
        ("rockpool", [450, 500, 710, 760]),
        ("spyx@2023", [461, 511, 711, 761]),
    ],
)
def test_lif_spikes_in_the_rows_that_were_recorded(data, device, convention, rows):
    x = np.loadtxt(data / "01_lif" / "lif_exact.csv", delimiter=",")[:, :1]
    gain = {"input_gain": "dt/tau"} if convention in ("sinabs", "rockpool") else {}
    reset = "zero" if convention == "spinnaker2" else None
    net = rv.load(data / "01_lif" / "lif_norse.nir", dt=0.1 * rv.ms, convention=convention, reset=reset, **gain)
    spikes = net.to(device).run(x, record="1.spikes").spikes["1"].counts()[:, 0]
    np.testing.assert_array_equal(np.flatnonzero(spikes), rows)
    assert spikes.max() == 1


@pytest.mark.parametrize(
    "model, reset, counts",
    [
        ("bias_zero", "zero", [10, 160, 112, 113, 103, 68, 121]),
        ("noBias_subtract", "subtract", [0, 51, 21, 18, 3, 17, 22]),
    ],
)
def test_braille_output_counts_name_the_letter(data, device, braille_input, model, reset, counts):
    path = data / "03_rnn" / f"braille_noDelay_{model}.nir"
    y = rv.load(path, dt=0.1 * rv.ms, convention="snntorch", reset=reset).to(device)(braille_input)
    np.testing.assert_array_equal(y.sum(axis=0), counts)
    assert y.sum(axis=0).argmax() == 1  # "A"


def test_one_hash_for_every_device_and_precision_of_equal_spikes(lif_net, lif_input):
    hashes = {lif_net.to(name).run(lif_input).hash for name in ["cpu", "reference", "cpu?precision=f64"]}
    assert len(hashes) == 1 and hashes != {0}
