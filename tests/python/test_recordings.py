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


@pytest.mark.parametrize(
    "convention, model, reset, count",
    [
        ("snntorch", "bias_zero", "zero", 119),
        ("snntorch", "noBias_subtract", "subtract", 118),
        ("norse", "bias_zero", "zero", 118),
    ],
)
@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_braille_hidden_raster_has_no_mismatch(data, device, braille_input, convention, model, reset, count, precision):
    path = data / "03_rnn" / f"braille_noDelay_{model}.nir"
    recorded = np.load(data / "03_rnn" / f"{convention}_activity_noDelay_{model}.npy").reshape(256, -1)
    net = rv.load(path, dt=0.1 * rv.ms, convention=convention, reset=reset)
    raster = net.to(device, precision=precision).run(braille_input, record="lif1.lif.spikes").spikes["lif1.lif"].raster()
    assert raster.sum() == recorded.sum() == count
    assert (raster != recorded.astype(bool)).sum() == 0


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
