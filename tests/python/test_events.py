"""Input as events with times, and samples of different lengths."""

import numpy as np
import pytest

import ranvier as rv


def raster(steps, width, events):
    x = np.zeros((steps, width), np.float32)
    for step, neuron in events:
        x[step, neuron] += 1
    return x


def test_events_are_the_raster_of_their_steps(braille_net):
    rng = np.random.default_rng(0)
    step, neuron = rng.integers(0, 60, 200), rng.integers(0, 12, 200)
    t = step * 100 + rng.integers(0, 100, 200)  # dt is 0.1 ms
    ses = braille_net.to("cpu")
    expected = ses(raster(60, 12, zip(step, neuron, strict=True)))
    order = rng.permutation(200)
    for unit, scale in ((rv.us, 1.0), (rv.ms, 1e-3), (rv.s, 1e-6)):
        assert (ses(rv.Events(t[order] * scale, neuron[order], unit=unit, steps=60)) == expected).all(), unit


def test_a_time_on_the_border_belongs_to_the_later_step(braille_net):
    ses = braille_net.to("cpu")
    times = np.arange(1, 60) * 0.1  # ms, of which 0.1 * 3 is a little more than 0.3 and others a little less
    got = ses(rv.Events(times, np.zeros(59, int), unit=rv.ms, steps=60))
    assert (got == ses(raster(60, 12, [(k, 0) for k in range(1, 60)]))).all()


def test_values_and_lanes(braille_net):
    ses = braille_net.to("cpu")
    x = np.zeros((40, 3, 12), np.float32)
    x[5, 2, 7], x[30, 0, 1] = 2.5, 3.0
    events = rv.Events([3050, 500, 3010], [1, 7, 1], unit=rv.us, steps=40, value=[1, 2.5, 2], lane=[0, 2, 0])
    ses.reset(3)
    result = ses.run(events)
    ses.reset()
    assert (result.outputs["output"] == ses.run(x).outputs["output"]).all() and result.lanes == 3


def test_a_camera(braille_net):
    camera = np.array([(10, 1, 2, 1), (990, 0, 0, 0)], dtype=[("t", "u4"), ("x", "u2"), ("y", "u2"), ("p", "u1")])
    events = rv.Events.of_sensor(camera, (2, 3, 2))
    array = events.array(1e-4, (2, 3, 2), None, "input")
    assert array.shape == (10, 12) and array[0, (1 * 3 + 2) * 2 + 1] == 1 and array[9, 0] == 1 and array.sum() == 2
    assert braille_net.to("cpu")(events).shape == (10, 7)
    signed = np.array([(10, 1, 2, 1), (990, 0, 0, -1)], dtype=[("t", "i8"), ("x", "i2"), ("y", "i2"), ("p", "i1")])
    assert (rv.Events.of_sensor(signed, (2, 3, 2)).array(1e-4, (2, 3, 2), None, "input") == array).all()
    for name, value in (("x", 2), ("y", -1), ("p", 2)):
        bad = signed.copy()
        bad[name][0] = value
        with pytest.raises(rv.Error, match=f"{name} = {value}"):
            rv.Events.of_sensor(bad, (2, 3, 2))
    with pytest.raises(rv.Error, match="lack the fields"):
        rv.Events.of_sensor(np.zeros(3, dtype=[("t", "i8"), ("x", "i2")]), (2, 3, 2))


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ({"t": [1], "i": [12], "unit": rv.us}, "out_of_range", "neuron 12; there are 12"),
        ({"t": [1], "i": [-1], "unit": rv.us}, "out_of_range", "neuron -1"),
        ({"t": [-1], "i": [0], "unit": rv.us}, "out_of_range", "-1"),
        ({"t": [np.nan], "i": [0], "unit": rv.us}, "out_of_range", "nan"),
        ({"t": [1000], "i": [0], "unit": rv.us, "steps": 10}, "out_of_range", "step .* 10; there are 10"),
        ({"t": [1], "i": [0], "unit": rv.us, "lane": [1]}, "out_of_range", "lane 1"),
        ({"t": [1, 2], "i": [0], "unit": rv.us}, "bad_shape", "i has the shape"),
        ({"t": [1], "i": [0.5], "unit": rv.us}, "bad_type", "i has elements"),
        ({"t": [1], "i": [0], "unit": "us"}, "bad_unit", "no unit"),
        ({"t": [1], "i": [0], "unit": rv.us, "value": [np.inf]}, "bad_value", "inf"),
    ],
)
def test_bad_events_are_refused(braille_net, arguments, code, text):
    ses = braille_net.to("cpu")
    with pytest.raises(rv.Error, match=text) as caught:
        ses.run(rv.Events(**arguments))
    assert caught.value.code == code


def test_no_events(braille_net):
    assert braille_net.to("cpu").run(rv.Events([], [], unit=rv.ms, steps=5)).steps == 5


@pytest.mark.parametrize("device", ["cpu", "reference"])
def test_samples_of_different_lengths(braille_net, braille_input, device):
    ses = braille_net.to(device)
    samples = [braille_input[:k] for k in (100, 1, 0, 37)] + [rv.Events([50], [3], unit=rv.us, steps=20)]
    batch = ses.batch(samples)
    assert [len(y) for y in batch] == [100, 1, 0, 37, 20]
    for sample, y in zip(samples, batch, strict=True):
        assert (y == ses(sample)).all()
    assert ses.batch([]) == []


def test_bad_samples_are_refused(braille_net, braille_input):
    ses = braille_net.to("cpu")
    with pytest.raises(rv.Error, match="inputs") as caught:
        ses.batch([{"input": braille_input}, {"other": braille_input}])
    assert caught.value.code == "unknown_name"
    with pytest.raises(rv.Error, match="neurons"):
        ses.batch([braille_input, braille_input[:, :5]])


@pytest.mark.parametrize("kind", [np.float32, np.uint8, bool, np.float64])
@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("device", ["cpu", "reference?precision=f64"])
def test_a_streamed_step_is_that_of_a_run(braille_net, braille_input, kind, lanes, device):
    x = np.stack([np.roll(braille_input, 7 * lane, 0) for lane in range(lanes)], 1).astype(kind)
    ses = braille_net.to(device, lanes=lanes)
    expected = ses.run(x)
    ses.reset()
    steps = [ses.step(row if lanes > 1 else row[0]) for row in x]
    shown = expected.outputs["output"]
    assert all(y.shape == ((lanes, 7) if lanes > 1 else (7,)) for y in steps)
    assert (np.stack(steps).reshape(shown.shape) == shown).all()
    assert ses.hash == expected.hash and ses.counters == expected.counters and ses.clock == len(x)


def test_a_streamed_step_is_refused_as_a_run_is(braille_net):
    ses = braille_net.to("cpu")
    for bad, code in ((np.zeros(5, np.float32), "bad_shape"), (np.full(12, np.nan, np.float32), "bad_value")):
        with pytest.raises(rv.Error) as caught:
            ses.step(bad)
        assert caught.value.code == code
    with pytest.raises(rv.Error, match="masked"):
        ses.step(np.ma.masked_array(np.zeros(12, np.float32)))
    assert braille_net.to("null").hash is None
    assert ses.step(np.zeros((12,), np.float32)).shape == (7,) and ses.step(np.zeros((1, 12), np.float32)).shape == (1, 7)
    assert ses.step(np.zeros(24, np.float32)[::2]).shape == (7,) and ses.clock == 3
