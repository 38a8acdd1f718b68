"""Results as objects of neo, pandas, xarray and NumPy's peers, held against the result's own arrays."""

import sys

import neo
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import xarray as xr

import nir_file
import ranvier as rv

RECORD = ["lif1.lif.spikes", "lif1.lif.v", "lif2.spikes"]


@pytest.fixture
def batch(braille_input):
    """[256, 3, 12]"""
    return np.stack([np.roll(braille_input, 9 * k, axis=0) for k in range(3)], axis=1)


@pytest.fixture
def laned(braille_net, batch):
    """A run that begins at step 40, of three lanes."""
    ses = braille_net.to("cpu", lanes=3)
    ses.run(batch[:40])
    return ses.run(batch[40:], record=RECORD, every=5)


@pytest.fixture
def plain(braille_net, braille_input):
    return braille_net.to("cpu").run(braille_input, record=RECORD)


@pytest.fixture
def several(tmp_path):
    """A node of two neurons that emits up to four spikes a step."""
    path = nir_file.write(tmp_path / "several.safetensors", nir_file.chain(nir_file.lif(2, tau=1e-3, v_threshold=0.25)))
    return rv.load(path, dt=1 * rv.ms, reset="subtract", comparator="several", input_gain="one", decay="euler").to("cpu")


@pytest.fixture
def graded(tmp_path):
    """A linear node that emits its sums, over a shape of two axes."""
    nodes = {
        "a": nir_file.port("Input", 2, 3),
        "lif": nir_file.lif((2, 3), tau=1e-3, v_threshold=0.5),
        "y": nir_file.port("Output", 2, 3),
    }
    path = nir_file.write(tmp_path / "wide.safetensors", {"nodes": nodes, "edges": [("a", "lif"), ("lif", "y")]})
    x = np.random.default_rng(3).normal(size=(20, 2, 3))
    return rv.load(path, dt=0.5 * rv.ms).to("cpu").run(x, record=["a.spikes", "lif.spikes", "lif.v"])


def test_events_can_be_walked_through(laned):
    spikes = laned.spikes["lif1.lif"]
    assert (spikes.node, spikes.first_step, spikes.steps, spikes.lanes, spikes.dt) == ("lif1.lif", 40, 216, 3, 0.1 * rv.ms)
    events = list(spikes)
    assert len(events) == len(spikes) > 0
    for name in rv.Spike._fields:
        np.testing.assert_array_equal([getattr(event, name) for event in events], getattr(spikes, name))
    assert all(type(value) in (int, float) for value in events[0])


def test_rates_are_spikes_a_second(laned, plain, several):
    spikes = laned.spikes["lif1.lif"]
    np.testing.assert_allclose(spikes.rates(), spikes.counts().sum(axis=0) / (216 * 0.1e-3))
    assert spikes.rates().shape == (3, 38) and plain.spikes["lif1.lif"].rates().shape == (38,)
    out = several.run(np.array([[1.0, 0.0], [0.3, 0.6]]), record="n0.spikes")
    np.testing.assert_allclose(out.spikes["n0"].rates(), [2500, 1000])  # 5 and 2 spikes in 2 ms


def test_rates_of_nothing_and_of_graded_values(braille_net, graded):
    out = braille_net.to("cpu").run(steps=0, record="lif1.lif.spikes")
    assert np.isnan(out.spikes["lif1.lif"].rates()).all()
    assert graded.spikes["lif"].rates().shape == (2, 3)
    with pytest.raises(rv.Error, match="Neuron 0 in step 0") as caught:
        graded.spikes["a"].rates()
    assert (caught.value.code, caught.value.where) == ("bad_value", "a")


def test_neo_trains_hold_every_event(laned):
    spikes = laned.spikes["lif1.lif"]
    trains = spikes.to_neo()
    assert len(trains) == 3 * 38 and all(isinstance(train, neo.SpikeTrain) for train in trains)
    seen = []
    for train in trains:
        about = train.annotations
        assert about["node"] == "lif1.lif" and train.units.dimensionality.string == "ms"
        assert float(train.t_start) == 40 * 0.1 and float(train.t_stop) == 256 * 0.1
        assert (np.diff(train.magnitude) > 0).all()
        seen += [(t, about["lane"], about["neuron"], v) for t, v in zip(train.magnitude, train.array_annotations["value"])]
    assert sorted(seen) == sorted((event.t, event.lane, event.i, event.value) for event in spikes)


def test_a_neo_block_has_a_segment_a_lane(laned):
    block = laned.to_neo()
    assert [segment.annotations["lane"] for segment in block.segments] == [0, 1, 2]
    assert block.annotations["spike_hash"] == f"{laned.hash:016x}"
    for lane, segment in enumerate(block.segments):
        assert len(segment.spiketrains) == 38 + 7
        signals = {signal.name: signal for signal in segment.analogsignals}
        assert set(signals) == {"lif1.lif.v", "output.output"}
        v = signals["lif1.lif.v"]
        np.testing.assert_array_equal(v.magnitude, laned.states["lif1.lif"]["v"][:, lane])
        assert v.sampling_period.rescale("ms").magnitude == pytest.approx(0.5)
        np.testing.assert_allclose(v.times.rescale("ms").magnitude, (np.arange(40, 256, 5) + 1) * 0.1)
        assert signals["output.output"].sampling_period.rescale("ms").magnitude == pytest.approx(0.1)
        np.testing.assert_array_equal(v.array_annotations["neuron"], np.arange(38))


def test_neo_writes_what_it_is_given(laned, tmp_path):
    """Through a format of Neo's own and back."""
    neo.io.PickleIO(str(tmp_path / "block.pkl")).write_block(laned.to_neo())
    back = neo.io.PickleIO(str(tmp_path / "block.pkl")).read_block()
    assert sum(len(train) for segment in back.segments for train in segment.spiketrains) == sum(
        len(spikes) for spikes in laned.spikes.values()
    )


def test_a_pandas_frame_lies_on_the_columns(laned):
    spikes = laned.spikes["lif1.lif"]
    frame = spikes.to_pandas()
    assert list(frame) == ["step", "t", "lane", "i", "value"] and len(frame) == len(spikes)
    for name in frame:
        np.testing.assert_array_equal(frame[name], getattr(spikes, name))
        assert name == "t" or np.shares_memory(frame[name].to_numpy(), getattr(spikes, name))


def test_pandas_frames_of_a_result(laned, plain):
    frames = laned.to_pandas()
    events, states, outputs = frames["spikes"], frames["states"], frames["outputs"]
    assert len(events) == sum(len(spikes) for spikes in laned.spikes.values())
    lif1 = events[events.node == "lif1.lif"]
    np.testing.assert_array_equal(lif1.t, laned.spikes["lif1.lif"].t)
    assert states.columns.names == ["node", "variable", "lane", "i"] and states.index.name == "t"
    np.testing.assert_array_equal(states["lif1.lif", "v", 2], laned.states["lif1.lif"]["v"][:, 2])
    np.testing.assert_allclose(states.index, (np.arange(40, 256, 5) + 1) * 0.1)
    np.testing.assert_array_equal(outputs["output", 1], laned.outputs["output"][:, 1])
    frames = plain.to_pandas()
    assert frames["states"].columns.names == ["node", "variable", "i"]
    np.testing.assert_array_equal(frames["outputs"]["output"], plain.outputs["output"])
    assert np.shares_memory(frames["outputs"].to_numpy(), plain.outputs["output"])


def test_frames_of_a_result_without_records(braille_net):
    frames = braille_net.to("cpu").run(steps=3, outputs=False).to_pandas()
    assert {name: frame.shape for name, frame in frames.items()} == {
        "spikes": (0, 6),
        "outputs": (3, 0),
        "states": (3, 0),
    }


def test_an_xarray_dataset_has_axes_with_names(laned, graded):
    data = laned.to_xarray()
    assert data["lif1.lif.v"].dims == ("state_time", "lane", "lif1.lif.neuron")
    assert data["lif2.spikes"].dims == ("time", "lane", "lif2.neuron")
    np.testing.assert_array_equal(data["lif1.lif.v"], laned.states["lif1.lif"]["v"])
    np.testing.assert_array_equal(data["lif1.lif.spikes"], laned.spikes["lif1.lif"].dense())
    np.testing.assert_array_equal(data["output.output"], laned.outputs["output"])
    assert data.time.attrs == {"units": "ms"} and float(data.time[0]) == 41 * 0.1
    np.testing.assert_allclose(data.state_time, (np.arange(40, 256, 5) + 1) * 0.1)
    assert np.shares_memory(data["lif1.lif.v"].values, laned.states["lif1.lif"]["v"])
    wide = graded.to_xarray()
    assert wide["a.spikes"].dims == ("time", "a.axis0", "a.axis1") and wide["lif.v"].dims[0] == "time"
    np.testing.assert_array_equal(wide["a.spikes"], graded.spikes["a"].dense())
    assert isinstance(data, xr.Dataset) and isinstance(laned.to_pandas()["spikes"], pd.DataFrame)


@pytest.mark.parametrize(
    "use, package, extra",
    [
        (lambda out: out.to_neo(), "neo", "neo"),
        (lambda out: out.spikes["lif1.lif"].to_neo(), "neo", "neo"),
        (lambda out: out.to_pandas(), "pandas", "pandas"),
        (lambda out: out.spikes["lif1.lif"].to_pandas(), "pandas", "pandas"),
        (lambda out: out.to_xarray(), "xarray", "xarray"),
        (lambda out: out.plot(), "matplotlib", "plot"),
        (lambda out: out.spikes["lif1.lif"].plot(), "matplotlib", "plot"),
    ],
)
def test_a_missing_package_is_named_with_its_remedy(plain, monkeypatch, use, package, extra):
    for module in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(rv.Error) as caught:
        use(plain)
    assert (caught.value.code, caught.value.where) == ("not_found", package)
    assert f'pip install "ranvier[{extra}]"' in caught.value.remedy


def test_arrays_go_out_by_dlpack_without_a_copy(plain):
    spikes = plain.spikes["lif1.lif"]
    for array in (plain.outputs["output"], plain.states["lif1.lif"]["v"], spikes.raster(), spikes.counts(), spikes.dense()):
        assert array.flags.writeable
        seen = np.from_dlpack(array)
        assert np.shares_memory(seen, array) and seen.shape == array.shape
    assert not spikes.i.flags.writeable  # the dense forms rely on the columns


@pytest.mark.parametrize("form", [scipy.sparse.csr_array, scipy.sparse.coo_array, scipy.sparse.csc_matrix, pd.DataFrame])
def test_sparse_arrays_and_frames_go_in(braille_net, braille_input, form):
    ses = braille_net.to("cpu")
    np.testing.assert_array_equal(ses(form(braille_input)), ses(braille_input))
    np.testing.assert_array_equal(ses({"input": form(braille_input)}), ses(braille_input))


def test_what_goes_in_is_not_copied(braille_input):
    from ranvier.arrays import as_array

    class WithDlpack:
        def __init__(self, array):
            self.__dlpack__, self.__dlpack_device__ = array.__dlpack__, array.__dlpack_device__

    array = braille_input.astype(np.float32)
    frame = pd.DataFrame(array, copy=False)
    for form in (array, array[::2], WithDlpack(array), xr.DataArray(array), frame, memoryview(array)):
        assert np.shares_memory(as_array(form, "x"), array), type(form)
