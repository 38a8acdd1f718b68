"""NIR files out and in again, NIR data files, and hostile ones, through the installed package."""

from types import SimpleNamespace

import numpy as np
import pytest

import ranvier as rv
from places import NIR_PAPER

HOSTILE = NIR_PAPER.parent / "hostile"
FILES = ["01_lif/lif_norse.nir", "01_lif/two_lif_neurons.nir", "03_rnn/braille_noDelay_bias_zero.nir"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("by_way_of", ["nir", "network file"])
def test_a_loaded_network_is_saved_as_the_same_nir(name, by_way_of, tmp_path):
    net = rv.load(NIR_PAPER / name, dt=0.1 * rv.ms, convention="norse")
    if by_way_of == "network file":
        net.save(tmp_path / "x.safetensors")
        net = rv.load(tmp_path / "x.safetensors")
    copy = tmp_path / (NIR_PAPER / name).name  # a network is called as its file
    net.save(copy)
    back = rv.load(copy, dt=0.1 * rv.ms, convention="norse")
    assert bytes(back.lower()) == bytes(net.lower())


def test_a_nir_file_that_cannot_be_written_leaves_nothing(lif_net, tmp_path):
    with pytest.raises(rv.Error) as caught:
        lif_net.save(tmp_path / "none" / "x.nir")
    assert caught.value.code == "bad_file"
    (tmp_path / "x.nir").mkdir()
    with pytest.raises(rv.Error):
        lif_net.save(tmp_path / "x.nir")
    assert [path.name for path in tmp_path.iterdir()] == ["x.nir"]


def recordings():
    spikes = np.zeros((2, 5, 3), bool)
    spikes[0, 1, 2] = spikes[1, 4, 0] = True
    idx, time = np.array([[0, 2], [1, -1]]), np.array([[0.0, 0.3e-3], [0.1e-3, np.inf]])
    return {
        "lif": {"spikes": rv.TimeGriddedData(spikes, 1e-4), "v": rv.TimeGriddedData(np.ones((1, 2, 3), np.float32), 1e-4)},
        "in": {
            "spikes": rv.EventData(idx, time, 3, 5e-4),
            "graded": rv.ValuedEventData(idx, time, 3, 5e-4, np.ones((2, 2), np.float32)),
        },
        "silent": {},
        "inner": {"lif": {"spikes": rv.TimeGriddedData(spikes, 1e-4)}},
    }


def assert_equal(a, b):
    assert type(a) is type(b)
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_equal(a[key], b[key])
        return
    for name, value in vars(a).items():
        other = getattr(b, name)
        assert np.array_equal(value, other) and np.asarray(value).dtype == np.asarray(other).dtype, name


def test_nir_data_come_back_equal(tmp_path):
    rv.write_nir_data(tmp_path / "x.h5", recordings())
    assert_equal(rv.read_nir_data(tmp_path / "x.h5"), recordings())


def test_objects_of_the_reference_library_are_taken(tmp_path):
    """By their attributes: its NIRGraphData has nodes, its NIRNodeData observables."""
    grid = recordings()["lif"]["spikes"]
    node = SimpleNamespace(observables={"spikes": grid})
    graph = SimpleNamespace(nodes={"lif": node, "inner": SimpleNamespace(nodes={"lif": node})})
    rv.write_nir_data(tmp_path / "x.h5", graph)
    assert_equal(rv.read_nir_data(tmp_path / "x.h5"), {"lif": {"spikes": grid}, "inner": {"lif": {"spikes": grid}}})


def test_what_the_reference_library_wrote_is_read():
    data = rv.read_nir_data(NIR_PAPER / "derived" / "refwriter_nirdata.h5")
    kinds = {type(observable) for node in data.values() for observable in node.values()}
    assert kinds == {rv.TimeGriddedData, rv.EventData}


def test_events_fall_into_their_step():
    events = recordings()["in"]["spikes"]
    grid = events.to_time_gridded(0.1 * rv.ms)
    assert grid.data.shape == (2, 5, 3) and grid.data.dtype == bool and grid.dt == 1e-4
    assert np.argwhere(grid.data).tolist() == [[0, 0, 0], [0, 3, 2], [1, 1, 1]]
    back = grid.to_events()
    assert back.idx.tolist() == [[0, 2], [1, -1]] and back.t_max == pytest.approx(5e-4)
    assert recordings()["in"]["graded"].to_time_gridded(0.1 * rv.ms).data.dtype == np.float64


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (7, "bad_type", "7 is not a dict with names"),
        ({"lif": {"spikes": 7}}, "bad_type", "data['lif']['spikes']"),
        ({"lif": {"v": rv.TimeGriddedData(np.ones((2, 3)), 1e-4)}}, "bad_shape", "[samples, steps, neurons]"),
        ({"lif": {"v": rv.TimeGriddedData(np.ones((1, 2, 3)), 0)}}, "out_of_range", "greater than 0"),
        ({"lif": {"v": rv.TimeGriddedData(np.ones((1, 2, 3)), "x")}}, "bad_type", "not a number of seconds"),
        ({"lif": {"v": rv.TimeGriddedData(np.ones((1, 2, 3), complex), 1e-4)}}, "bad_type", "complex128"),
        ({"a/b": {}}, "bad_value", "'a/b'"),
    ],
)
def test_mistakes_in_nir_data_are_named(data, code, said, tmp_path):
    with pytest.raises(rv.Error) as caught:
        rv.write_nir_data(tmp_path / "x.h5", data)
    assert caught.value.code == code
    assert said in str(caught.value)
    assert not any(tmp_path.iterdir())


def test_a_step_needs_its_unit():
    with pytest.raises(rv.Error) as caught:
        recordings()["in"]["spikes"].to_time_gridded(1e-4)
    assert caught.value.code == "bad_unit"


REFUSED = [path for path in sorted(HOSTILE.glob("*.nir")) if not path.stem.startswith(("good_", "bomb_in_chunk"))]


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_hostile_files_raise(path):
    with pytest.raises(rv.Error) as caught:
        rv.load(path, dt=0.1 * rv.ms)
    assert caught.value.code == "bad_file" and caught.value.where == str(path)
