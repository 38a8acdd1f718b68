"""Result.save and rerun, compare and diff: from Python, held against NumPy."""

import json
import subprocess
import sys

import numpy as np
import pytest

import ranvier as rv

SPIKING = ["lif1.lif", "lif2"]  # in the order of update
RECORD = [f"{node}.spikes" for node in SPIKING]


def code_of(call):
    with pytest.raises(rv.Error) as caught:
        call()
    return caught.value.code


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


def load(data, convention):
    return rv.load(data / "03_rnn" / "braille_noDelay_bias_zero.nir", dt=0.1 * rv.ms, convention=convention)


def test_a_saved_run_is_equal_on_both_devices_and_elsewhere(braille_net, braille_input, device, folder):
    out = braille_net.to(device).run(braille_input, record=[*RECORD, "lif2.v"])
    id = out.save(folder)
    assert rv.verify(folder) == id
    for again in (rv.rerun(folder), rv.rerun(folder, "cpu"), rv.rerun(folder, "reference")):
        assert again.equal and again.same_plan and again.id == id
        assert again.hash_a == again.hash_b == out.hash
        assert again.spikes is again.outputs is again.states is None
    script = f"import ranvier as rv; print(rv.rerun({str(folder)!r}).equal)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_batches_and_first_lanes_are_repeated(braille_net, braille_input, folder):
    batch = np.stack([braille_input, braille_input[::-1]], axis=1)
    braille_net.to("cpu", lanes=2, first_lane=5).run(batch, record=RECORD).save(folder)
    run = json.loads((folder / "run.json").read_text())["run"]
    assert (run["lanes"], run["first_lane"]) == (2, 5)
    assert rv.rerun(folder, "reference").equal


def test_views_and_other_types_are_saved_as_the_run_read_them(braille_net, braille_input, folder):
    for k, x in enumerate([braille_input[::-1], np.asfortranarray(braille_input), braille_input.astype(">f4")]):
        braille_net.to("cpu").run(x).save(folder / str(k))
        assert rv.rerun(folder / str(k)).equal
        np.testing.assert_array_equal(np.load(folder / str(k) / "inputs" / "input.npy"), x)


def test_another_precision_is_told_where(braille_net, braille_input, folder):
    out = braille_net.to("cpu").run(braille_input, record=["lif1.lif.v"])
    out.save(folder)
    again = rv.rerun(folder, "reference", precision="f64")
    assert not again.equal
    wide = braille_net.to("reference", precision="f64").run(braille_input, record=["lif1.lif.v"])
    (step, neuron), *_ = np.argwhere(out.states["lif1.lif"]["v"] != wide.states["lif1.lif"]["v"])
    assert (again.states.step, again.states.neuron) == (step, neuron)
    assert again.states.a == out.states["lif1.lif"]["v"][step, neuron]
    assert again.states.b == wide.states["lif1.lif"]["v"][step, neuron]
    assert "different" in repr(again) and json.loads(again.to_json())["equal"] is False


def test_a_session_of_a_plan_and_a_run_of_steps_can_be_saved(lif_net, folder):
    rv.open(lif_net.lower(), "cpu").run(steps=7).save(folder)
    assert (folder / "plan.rvplan").exists()
    assert rv.rerun(folder).steps == 7


def test_a_run_in_the_middle_is_refused(lif_net, lif_input, folder):
    ses = lif_net.to("cpu")
    ses.run(lif_input)
    later = ses.run(lif_input)
    with pytest.raises(rv.Error, match="step 1000") as caught:
        later.save(folder)
    assert caught.value.code == "failed_precondition" and "reset" in caught.value.remedy
    ses.reset()
    ses.run(lif_input).save(folder)
    assert rv.rerun(folder).equal


def test_an_input_that_was_written_to_is_noticed(lif_net, lif_input, folder):
    out = lif_net.to("cpu").run(lif_input)
    lif_input[500] += 1
    assert code_of(lambda: out.save(folder)) == "failed_precondition"
    assert not folder.exists()
    lif_input[500] -= 1
    out.save(folder)


def test_damage_is_named(lif_net, lif_input, folder):
    lif_net.to("cpu").run(lif_input, record=["1.v"]).save(folder)
    file = folder / "states" / "1.v.npy"
    data = bytearray(file.read_bytes())
    data[1234] ^= 16
    file.write_bytes(data)
    for call in (rv.verify, rv.rerun):
        with pytest.raises(rv.Error) as caught:
            call(folder)
        assert (caught.value.code, caught.value.where) == ("bad_file", str(file))


def first_that_differs(a, b):
    """(step, node, neuron) by rasters: the earliest step, then the order of update, then the neuron."""
    found = []
    for order, node in enumerate(SPIKING):
        differing = np.argwhere(a.spikes[node].raster() != b.spikes[node].raster())
        found += [(int(step), order, int(neuron)) for step, neuron in differing[:1]]
    step, order, neuron = min(found)
    return step, SPIKING[order], neuron


@pytest.mark.parametrize("sides", [("snntorch", "norse"), ("norse", "exact"), ("exact", "snntorch")])
def test_diff_finds_what_numpy_finds(data, braille_input, sides):
    outs = [load(data, side).to("cpu").run(braille_input, record=[*RECORD, "lif1.lif.v", "lif2.v"]) for side in sides]
    found = rv.diff(
        data / "03_rnn" / "braille_noDelay_bias_zero.nir", *sides, braille_input, dt=0.1 * rv.ms, device="reference"
    )
    first = found.first
    assert (first.step, first.node, first.neuron, first.lane) == (*first_that_differs(*outs), 0)
    for moment, out in zip((first.a, first.b), outs):
        assert moment.event == out.spikes[first.node].raster()[first.step, first.neuron]
        assert moment.v == out.states[first.node]["v"][first.step, first.neuron]
        if moment.threshold is not None:  # the model's option `trace`
            assert (moment.v_before > moment.threshold) == (moment.event == 1)
    (pair,) = found.pairs
    assert (pair.a, pair.b) == sides and not pair.equal and not found.equal
    assert pair.events == {node: tuple(len(out.spikes[node]) for out in outs) for node in SPIKING}
    assert (pair.hash_a, pair.hash_b) == tuple(out.hash for out in outs)
    assert any(s.where == "network" and s.what == "assumption convention" for s in pair.settings)


def van_rossum(a, b, tau):
    """Half of K(a, a) + K(b, b) - 2 K(a, b), with K the sum of exp(-|t - s| / tau) over pairs of spikes, of two rasters [T]."""
    t, signs = np.concatenate([np.flatnonzero(a), np.flatnonzero(b)]), np.repeat([1, -1], [a.sum(), b.sum()])
    return signs @ np.exp(-np.abs(t[:, None] - t) / tau) @ signs / 2


@pytest.mark.parametrize("tau", [None, 0.25 * rv.ms])
def test_how_far_apart_layers_and_samples_are(data, braille_input, tau):
    batch = np.stack([np.roll(braille_input, 3 * lane, axis=0) for lane in range(6)], axis=1)
    sides = "snntorch", "norse"
    outs = [load(data, side).to("cpu", lanes=6).run(batch, record=RECORD) for side in sides]
    found = rv.diff(data / "03_rnn" / "braille_noDelay_bias_zero.nir", *sides, batch, dt=0.1 * rv.ms, tau=tau)
    (pair,) = found.pairs
    assert (pair.lanes, pair.steps) == (6, 256)
    assert pair.tau == (tau or 1 * rv.ms)
    for node in SPIKING:
        a, b = (out.spikes[node].raster() for out in outs)
        layer, (_, lanes, neurons) = pair.layers[node], a.shape
        assert (layer.neurons, layer.a, layer.b, layer.differing) == (neurons, a.sum(), b.sum(), (a != b).sum())
        step, neuron, lane = min((step, neuron, lane) for step, lane, neuron in np.argwhere(a != b))
        assert (layer.first.step, layer.first.neuron, layer.first.lane) == (step, neuron, lane)
        assert (layer.first.a, layer.first.b) == (a[step, lane, neuron], b[step, lane, neuron])
        seconds = 256 * 0.1e-3 * lanes
        np.testing.assert_allclose([layer.rate_a, layer.rate_b], [x.sum() / seconds / neurons for x in (a, b)])
        apart = np.abs(a.sum((0, 1)) - b.sum((0, 1)).astype(int)) / seconds
        np.testing.assert_allclose(layer.rate_difference, apart.max())
        assert apart[layer.rate_neuron] == apart.max()
        steps = pair.tau.value_in(rv.ms) / 0.1
        distances = [van_rossum(a[:, lane, i], b[:, lane, i], steps) for lane in range(lanes) for i in range(neurons)]
        np.testing.assert_allclose(layer.van_rossum, np.mean(distances), rtol=1e-9)
    winners = [out.outputs["output"].sum(axis=0, dtype=float).argmax(axis=1) for out in outs]
    agreement = pair.argmax["output"]
    np.testing.assert_array_equal([agreement.a, agreement.b], winners)
    assert agreement.differing == list(np.flatnonzero(winners[0] != winners[1]))
    assert agreement.fraction == pytest.approx((winners[0] == winners[1]).mean())
    for told in (repr(found), found._repr_html_()):
        assert "van Rossum" in told and "lif1.lif" in told and "argmax of output" in told
    for entry in json.loads(found.to_json())["pairs"][0]["layers"]:
        assert entry["van_rossum"] == pair.layers[entry["node"]].van_rossum


def test_calibration_reaches_the_devices_that_take_it(braille_net, braille_input):
    devices = ["cpu", "loihi?kind=emulator"]
    pairs = [rv.compare(braille_net, devices, braille_input, calibrate=x).pairs[0] for x in (None, braille_input)]
    chips = [braille_net.to(devices[1], calibrate=x).run(braille_input, record=RECORD) for x in (None, braille_input)]
    assert [pair.hash_b for pair in pairs] == [chip.hash for chip in chips]
    assert len({pair.hash_a for pair in pairs}) == 1
    with pytest.raises(rv.Error, match="wrong"):
        rv.compare(braille_net, devices, braille_input, calibrate={"wrong": braille_input})


def test_compare_tells_devices_apart_by_pairs(braille_net, braille_input):
    batch = np.stack([braille_input] * 3, axis=1)
    found = rv.compare(braille_net, ["cpu", "reference", "null"], batch)
    assert [(pair.a, pair.b, pair.equal) for pair in found.pairs] == [("cpu", "reference", True), ("cpu", "null", False)]
    out = braille_net.to("cpu").run(braille_input, record=RECORD)
    assert found.first.step == min(out.spikes[node].step[0] for node in SPIKING)
    assert (found.first.a.event, found.first.b.event) == (1, 0)
    assert rv.compare(braille_net.lower(), ["cpu", "reference"], braille_input).equal


def test_a_comparison_is_shown_as_text_html_and_json(data, braille_input):
    path = data / "03_rnn" / "braille_noDelay_bias_zero.nir"
    found = rv.diff(path, "snntorch", "norse", braille_input, dt=0.1 * rv.ms)
    assert "spikes part in step" in repr(found)
    assert f"node {found.first.node}" in found._repr_html_() and "<table>" in found._repr_html_()
    assert json.loads(found.to_json())["pairs"][0]["spikes"]["neuron"] == found.first.neuron


def test_ctrl_c_and_progress_reach_a_comparison(braille_net):
    seen = []
    assert rv.compare(braille_net, ["cpu", "cpu"], steps=3000, progress=lambda *at: seen.append(at)).equal
    assert seen[-1] == (6000, 6000)

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rv.compare(braille_net, ["cpu", "cpu"], steps=3000, progress=stop)


def test_mistakes_are_errors(braille_net, braille_input, data, folder):
    path = data / "03_rnn" / "braille_noDelay_bias_zero.nir"
    assert code_of(lambda: rv.compare("net", ["cpu", "cpu"], braille_input)) == "bad_type"
    assert code_of(lambda: rv.compare(braille_net, ["cpu"], braille_input)) == "invalid_argument"
    assert code_of(lambda: rv.compare(braille_net, ["cpu", "cpu"])) == "invalid_argument"
    assert code_of(lambda: rv.compare(braille_net, ["cpu", 3], braille_input)) == "bad_type"
    assert code_of(lambda: rv.compare(braille_net, ["cpu", "cpu"], braille_input[:, :5])) == "bad_shape"
    assert code_of(lambda: rv.compare(braille_net, ["cpu", "cpu"], braille_input, tau=5)) == "bad_unit"
    assert code_of(lambda: rv.compare(braille_net, ["cpu", "cpu"], braille_input, tau=0 * rv.ms)) == "out_of_range"
    assert code_of(lambda: rv.diff(path, "snntorch", "norse", braille_input)) == "bad_value"  # no dt
    assert code_of(lambda: rv.diff(path, "snntorch", "nobody", braille_input, dt=0.1 * rv.ms)) == "unknown_name"
    assert code_of(lambda: rv.diff(path, "snntorch", 3, braille_input, dt=0.1 * rv.ms)) == "bad_type"
    assert code_of(lambda: rv.rerun(folder)) == "not_found"
    assert code_of(lambda: rv.rerun(folder, precision="f64")) == "invalid_argument"
    assert code_of(lambda: rv.verify(3)) == "bad_type"
