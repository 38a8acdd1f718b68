"""Sessions: shapes, lanes, layouts, cuts, steps, resets; what goes in and what comes out."""

import numpy as np
import pytest

import nir_file
import ranvier as rv


@pytest.fixture
def wide(tmp_path):
    """Inputs a and b onto one LIF, outputs y and z, all of shape [2, 3]."""
    graph = {
        "nodes": {
            "a": nir_file.port("Input", 2, 3),
            "b": nir_file.port("Input", 2, 3),
            "lif": nir_file.lif((2, 3), tau=1e-3, v_threshold=0.5),
            "y": nir_file.port("Output", 2, 3),
            "z": nir_file.port("Output", 2, 3),
        },
        "edges": [("a", "lif"), ("b", "lif"), ("lif", "y"), ("lif", "z")],
    }
    return rv.load(nir_file.write(tmp_path / "wide.safetensors", graph), dt=0.5 * rv.ms)


@pytest.fixture
def batch(braille_input):
    """[256, 5, 12]: the sample, and four made by shifting it."""
    return np.stack([np.roll(braille_input, k, axis=0) for k in range(5)], axis=1)


def test_a_session_tells_what_it_is(braille_net, device):
    ses = braille_net.to(device)
    assert (ses.lanes, ses.clock, ses.dt) == (1, 0, 0.1 * rv.ms)
    assert {name: (port.shape, port.dtype) for name, port in ses.inputs.items()} == {"input": ((12,), np.float32)}
    assert [port.shape for port in ses.outputs.values()] == [(7,)]
    assert {"lif1.lif.spikes", "lif1.lif.v", "lif1.lif.i", "fc1.spikes"} <= set(ses.recordable)
    assert ses.device.name == device and ses.device.version and ses.device.path.endswith(".so")
    assert ses.device.grade == ses.device.facts["grade"] == "bit-exact"
    assert ses.report.ok and device in repr(ses)
    with pytest.raises(AttributeError, match="grade"):
        _ = ses.device.temperature


def test_calling_it_gives_the_output_alone(braille_net, braille_input, device):
    y = braille_net.to(device)(braille_input)
    assert isinstance(y, np.ndarray) and y.shape == (256, 7) and y.dtype == np.float32


def test_a_call_starts_anew_and_a_run_goes_on(braille_net, braille_input):
    ses = braille_net.to("cpu")
    first = ses(braille_input)
    ses.run(braille_input)
    assert ses.clock == 512
    np.testing.assert_array_equal(ses(braille_input), first)
    assert ses.clock == 256


def test_what_goes_in_with_lanes_comes_out_with_lanes(braille_net, batch, device):
    ses = braille_net.to(device)
    y = ses(batch)
    assert y.shape == (256, 5, 7) and ses.lanes == 5
    alone = ses(batch[:, 3])
    assert alone.shape == (256, 7) and ses.lanes == 1
    np.testing.assert_array_equal(alone, y[:, 3])
    one = ses(batch[:, :1])
    assert one.shape == (256, 1, 7)
    np.testing.assert_array_equal(one, y[:, :1])


@pytest.mark.parametrize("layout", ["TLN", "TNL", "LTN", "LNT", "NTL", "NLT"])
def test_layouts_of_a_batch(braille_net, batch, layout):
    ses = braille_net.to("cpu")
    expected = ses(batch)
    order = ["TLN".index(letter) for letter in layout]
    np.testing.assert_array_equal(ses(batch.transpose(order), layout=layout), expected.transpose(order))
    ses.reset()
    out = ses.run(batch.transpose(order), layout=layout)
    np.testing.assert_array_equal(out.outputs["output"], expected)


def test_layouts_without_lanes_and_of_spread_nodes(braille_net, braille_input, wide):
    ses = braille_net.to("cpu")
    np.testing.assert_array_equal(ses(braille_input.T, layout="NT"), ses(braille_input).T)
    ses = wide.to("cpu")
    x = np.random.default_rng(0).normal(size=(4, 7, 2, 3))  # lanes, steps, shape
    y = ses({"a": x}, layout="LTN")["y"]
    assert y.shape == (4, 7, 2, 3)
    np.testing.assert_array_equal(y, ses({"a": x.swapaxes(0, 1)})["y"].swapaxes(0, 1))


def test_a_wrong_layout_is_told_with_the_shape_that_was_given(braille_net, braille_input, batch):
    ses = braille_net.to("cpu")
    for use, x, layout in ((ses, braille_input, "NT"), (ses, batch, "NTL"), (ses.run, batch, "TLN")):
        with pytest.raises(rv.Error) as caught:
            use(x, layout=layout)
        assert caught.value.code == "bad_shape" and caught.value.where == "input"
        assert f'layout "{layout}"' in str(caught.value) and str(list(x.shape)) in str(caught.value)
    assert ses.clock == 0


@pytest.mark.parametrize("layout", ["T", "TT", "TXN", "tn", "TLNN", "", 3])
def test_what_is_no_layout(braille_net, braille_input, layout):
    with pytest.raises(rv.Error) as caught:
        braille_net.to("cpu")(braille_input, layout=layout)
    assert caught.value.code in ("bad_value", "bad_type") and caught.value.where == "layout"


def test_several_inputs_and_outputs_go_by_name(wide, device):
    ses = wide.to(device)
    rng = np.random.default_rng(1)
    a, b = rng.normal(1, 1, size=(20, 2, 3)), rng.normal(0, 1, size=(20, 6))
    y = ses({"a": a, "b": b})
    assert set(y) == {"y", "z"} and y["y"].shape == (20, 2, 3)
    np.testing.assert_array_equal(y["y"], y["z"])
    flat = ses({"a": a.reshape(20, 6), "b": b.reshape(20, 2, 3)})
    np.testing.assert_array_equal(flat["y"], y["y"])
    laned = ses({"a": a[:, None], "b": b[:, None]})
    np.testing.assert_array_equal(laned["y"][:, 0], y["y"])
    assert y["y"].any() and ses({"b": b})["y"].shape == (20, 2, 3)  # an input left out is silent


def test_cuts_do_not_matter(braille_net, batch, device):
    ses = braille_net.to(device, lanes=5)
    whole = ses.run(batch, record=["lif1.lif.spikes", "lif1.lif.v"])
    ses.reset()
    cuts = [0, 1, 1, 17, 100, 255, 256]
    parts = [ses.run(batch[a:b], record=["lif1.lif.spikes", "lif1.lif.v"]) for a, b in zip(cuts, cuts[1:], strict=False)]
    assert [part.first_step for part in parts] == cuts[:-1]
    joined = np.concatenate([part.states["lif1.lif"]["v"] for part in parts])
    assert joined.tobytes() == whole.states["lif1.lif"]["v"].tobytes()
    for column in ("step", "lane", "i", "value", "t"):
        columns = [getattr(part.spikes["lif1.lif"], column) for part in parts]
        np.testing.assert_array_equal(np.concatenate(columns), getattr(whole.spikes["lif1.lif"], column))
    assert parts[-1].hash == whole.hash and parts[-1].counters["spikes"] == whole.counters["spikes"]
    np.testing.assert_array_equal(parts[-1].lane_hashes, whole.lane_hashes)
    assert whole.hash == int(whole.lane_hashes.sum(dtype=np.uint64))


def test_one_step_at_a_time(braille_net, braille_input, batch, device):
    ses = braille_net.to(device)
    whole = ses(braille_input[:20])
    ses.reset()
    np.testing.assert_array_equal(np.stack([ses.step(row) for row in braille_input[:20]]), whole)
    assert ses.step().shape == (7,) and ses.clock == 21
    ses.reset(5)
    assert ses.step(batch[0]).shape == (5, 7) and ses.step({"input": batch[1]}).shape == (5, 7)


def test_no_steps_give_an_empty_result(braille_net, device):
    ses = braille_net.to(device)
    out = ses.run(np.zeros((0, 12)), record=["lif1.lif.spikes", "lif1.lif.v"])
    assert out.steps == 0 and ses.clock == 0 and len(out.spikes["lif1.lif"]) == 0
    assert out.outputs["output"].shape == (0, 7) and out.states["lif1.lif"]["v"].shape == (0, 38)
    assert out.spikes["lif1.lif"].raster().shape == (0, 38)
    assert ses.run(steps=0).steps == 0 and ses(np.zeros((0, 3, 12))).shape == (0, 3, 7)


def test_steps_without_input(braille_net, device):
    ses = braille_net.to(device)
    out = ses.run(steps=10)
    assert out.steps == 10 and out.lanes is None
    np.testing.assert_array_equal(out.outputs["output"], ses(np.zeros((10, 12))))
    assert braille_net.to(device, lanes=3).run(steps=10).outputs["output"].shape == (10, 3, 7)


def test_a_result_tells_what_was_recorded(braille_net, batch, device):
    out = braille_net.to(device, lanes=5).run(batch, record=["lif1.lif.spikes", "lif1.lif.v"], every=10)
    assert (out.steps, out.lanes) == (256, 5)
    spikes = out.spikes["lif1.lif"]
    raster, counts = spikes.raster(), spikes.counts()
    assert raster.shape == counts.shape == (256, 5, 38) and raster.dtype == bool and counts.dtype == np.int32
    assert raster.sum() == counts.sum() == len(spikes) == spikes.dense().sum() > 0
    assert raster[spikes.step.astype(int), spikes.lane, spikes.i].all() and (spikes.value == 1).all()
    np.testing.assert_allclose(spikes.t, (spikes.step + 1.0) * 0.1)
    assert out.states["lif1.lif"]["v"].shape == (26, 5, 38)
    assert "spikes={'lif1.lif':" in repr(out)
    for asked in (lambda: out.spikes["lif2"], lambda: out.states["lif2"], lambda: out.states["lif1.lif"]["i"]):
        with pytest.raises(rv.Error) as caught:
            asked()
        assert caught.value.code == "unknown_name" and "record" in caught.value.remedy
    assert "lif2" not in out.spikes and out.spikes.get("lif2") is None


def test_a_node_that_emits_more_than_one_has_counts_but_no_raster(tmp_path, device):
    graph = nir_file.chain(nir_file.lif(2, tau=1e-3, v_threshold=0.25))
    path = nir_file.write(tmp_path / "several.safetensors", graph)
    net = rv.load(path, dt=1 * rv.ms, reset="subtract", comparator="several", input_gain="one", decay="euler")
    spikes = net.to(device).run(np.array([[1.0, 0.0], [0.3, 0.6]]), record="n0.spikes").spikes["n0"]
    np.testing.assert_array_equal(spikes.counts(), [[4, 0], [1, 2]])
    with pytest.raises(rv.Error, match="neuron 0 in step 0") as caught:
        spikes.raster()
    assert caught.value.code == "bad_value"


def test_results_outlive_their_session_and_share_memory(braille_net, braille_input):
    out = braille_net.to("cpu").run(braille_input, record=["lif1.lif.spikes", "lif1.lif.v"])
    y, v, i = out.outputs["output"], out.states["lif1.lif"]["v"], out.spikes["lif1.lif"].i
    total = y.sum(), v.sum(), i.sum()
    del out
    assert (y.sum(), v.sum(), i.sum()) == total
    assert not y.flags.owndata and not v.flags.owndata and not i.flags.owndata and not i.flags.writeable


@pytest.mark.parametrize("dtype", "bool uint8 int8 int16 int32 int64 float32 float64 >f4 >i8".split())
def test_every_common_type_is_taken(braille_net, braille_input, dtype):
    ses = braille_net.to("cpu")
    np.testing.assert_array_equal(ses(braille_input.astype(dtype)), ses(braille_input))


def test_arrays_that_are_not_contiguous_and_lists(braille_net, braille_input):
    ses = braille_net.to("cpu")
    expected = ses(braille_input)
    double = np.repeat(np.repeat(braille_input, 2, axis=0), 2, axis=1)
    for form in (double[::2, ::2], np.asfortranarray(braille_input), braille_input.tolist(), braille_input[::-1][::-1]):
        np.testing.assert_array_equal(ses(form), expected)


def test_tensors_of_other_libraries(braille_net, braille_input):
    class Tensor:
        def __init__(self, array):
            self.array = array

    class WithArray(Tensor):
        def __array__(self, dtype=None, copy=None):
            return self.array

    class WithDlpack(Tensor):
        def __dlpack__(self, **arguments):
            return self.array.__dlpack__(**arguments)

        def __dlpack_device__(self):
            return self.array.__dlpack_device__()

    class OnAnotherDevice(Tensor):
        def __array__(self, dtype=None, copy=None):
            raise TypeError("can't convert a tensor on the GPU")

    ses, array = braille_net.to("cpu"), braille_input.astype(np.float32)
    np.testing.assert_array_equal(ses(WithArray(array)), ses(array))
    np.testing.assert_array_equal(ses(WithDlpack(array)), ses(array))
    with pytest.raises(rv.Error, match="GPU") as caught:
        ses(OnAnotherDevice(array))
    assert caught.value.code == "bad_type" and "cpu()" in caught.value.remedy


def test_sessions_do_not_touch_each_other(braille_net, braille_input, batch):
    one, two = braille_net.to("cpu"), braille_net.to("cpu", lanes=5)
    expected, expected_batch = one(braille_input), two(batch)
    one.reset(), two.reset()
    pieces = [(one.run(braille_input[k : k + 64]), two.run(batch[k : k + 64])) for k in range(0, 256, 64)]
    np.testing.assert_array_equal(np.concatenate([a.outputs["output"] for a, _ in pieces]), expected)
    np.testing.assert_array_equal(np.concatenate([b.outputs["output"] for _, b in pieces]), expected_batch)
    del one
    np.testing.assert_array_equal(two(batch), expected_batch)


def test_a_session_stands_for_its_network(braille_net, braille_input, tmp_path):
    ses = braille_net.to("cpu")
    assert list(ses.nodes) == list(braille_net.nodes) and ses.edges == braille_net.edges
    assert ses.assumptions == braille_net.assumptions and ses.check("reference").ok
    ses.save(tmp_path / "net.safetensors")
    np.testing.assert_array_equal(rv.load(tmp_path / "net.safetensors").to("cpu")(braille_input), ses(braille_input))
    with pytest.raises(rv.Error, match="plan"):
        _ = rv.open(braille_net.lower(), "cpu").nodes


def test_reset_with_lanes_and_settings(braille_net, batch):
    ses = braille_net.to("cpu", lanes=2, precision="f64")
    ses.reset(5)
    assert ses.lanes == 5
    wide, same = ses.run(batch, record="lif1.lif.v"), braille_net.to("cpu?precision=f64", lanes=5).run(batch)
    assert wide.states["lif1.lif"]["v"].dtype == np.float64 and wide.hash == same.hash


def test_progress_is_told_and_may_end_a_run(braille_net, batch):
    ses, seen = braille_net.to("cpu", lanes=5), []
    ses.run(batch, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen) and all(total == 256 and 0 < done <= 256 for done, total in seen)

    def stop(done, total):
        raise RuntimeError("enough")

    ses.reset()
    with pytest.raises(RuntimeError, match="enough"):
        ses.run(np.tile(batch, (200, 1, 1)), progress=stop)
    assert 0 < ses.clock < 256 * 200
    ses.run(batch)
