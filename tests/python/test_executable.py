"""Executables: compiled, saved, loaded, opened, exported; calibration input; what a report holds in numbers."""

import json
from functools import partial

import numpy as np
import pytest

import ranvier as rv


def error_of(call):
    with pytest.raises(rv.Error) as caught:
        call()
    return caught.value


def seen(report):
    """Input node -> (steps, samples, sum), as the fake driver tells what it was calibrated with."""
    lines = [entry for entry in report.entries if entry.quantity == "calibration"]
    assert all(line.asked == "dense" for line in lines)
    return {line.node: tuple(line.figures[name] for name in ("steps", "samples", "sum")) for line in lines}


def test_a_loaded_one_runs_like_a_compiled_one(braille_net, braille_input, device, tmp_path):
    exe = braille_net.compile(device, precision="f64")
    exe.save(tmp_path / "braille.rvx")
    again = rv.load_executable(tmp_path / "braille.rvx", device)
    assert (again.device, again.settings) == (device, {"precision": "f64"})
    direct = braille_net.to(device, precision="f64").run(braille_input, record="lif2.v")
    for made in (exe, again):
        out = made.open().run(braille_input, record="lif2.v")
        assert out.hash == direct.hash
        np.testing.assert_array_equal(out.states["lif2"]["v"], direct.states["lif2"]["v"])
        assert made.open()(np.stack([braille_input] * 3, axis=1)).shape == (256, 3, 7)


def test_sessions_keep_what_their_network_tells(braille_net, tmp_path):
    exe = braille_net.compile("cpu")
    assert exe.open().nodes.keys() == braille_net.nodes.keys()
    exe.save(tmp_path / "braille.rvx")
    ses = rv.load_executable(tmp_path / "braille.rvx", "cpu").open(lanes=2)
    assert ses.lanes == 2 and error_of(lambda: ses.nodes).code == "failed_precondition"


def test_runs_of_executables_are_repeated(braille_net, braille_input, tmp_path):
    exe = braille_net.compile("cpu")
    exe.save(tmp_path / "braille.rvx")
    for k, made in enumerate((exe, rv.load_executable(tmp_path / "braille.rvx", "cpu"))):
        made.open().run(braille_input, record="lif2.v").save(tmp_path / str(k))
        assert rv.rerun(tmp_path / str(k)).equal and rv.rerun(tmp_path / str(k), "reference").equal


def test_plans_are_compiled_too(lif_net, lif_input, fake):
    plan = lif_net.lower()
    np.testing.assert_array_equal(rv.compile(plan, "cpu").open()(lif_input), lif_net.to("cpu")(lif_input))
    assert seen(rv.compile(plan, fake, calibrate=lif_input).report)["input"][:2] == (1000, 1)
    events = rv.Events(t=[5], i=[0], unit=rv.ms)
    assert seen(rv.open(plan, fake, calibrate=events).report)["input"] == (51, 1, 1)
    assert error_of(lambda: rv.compile(lif_net, "cpu")).code == "bad_type"


def test_calibration_input_is_what_run_takes(lif_net, fake):
    x = np.arange(12).reshape(4, 3, 1)
    events = rv.Events(t=[0, 0.3], i=[0, 0], unit=rv.ms)
    for given, told in (
        (x, (4, 3, 66)),
        (x[:, 0], (4, 1, 18)),
        ({"input": x.astype(np.float32)}, (4, 3, 66)),
        (x[:, ::-1] > 6, (4, 3, 5)),
        (events, (4, 1, 2)),
    ):
        for report in (
            lif_net.check(fake, calibrate=given),
            lif_net.compile(fake, calibrate=given).report,
            lif_net.to(fake, calibrate=given, lanes=2).report,
            lif_net.to("cpu").check(fake, calibrate=given),
        ):
            assert seen(report) == {"input": told}
    assert seen(lif_net.to(fake).report) == {}


def test_a_calibrated_run_is_repeated_with_its_calibration(lif_net, lif_input, fake, tmp_path):
    x = np.full((7, 2, 1), 0.5, np.float32)
    out = lif_net.to(fake, calibrate=x).run(lif_input)
    x[:] = 3
    out.save(tmp_path / "run")
    kept = np.load(tmp_path / "run" / "calibrate" / "input.npy")
    np.testing.assert_array_equal(kept, np.full((7, 2, 1), 0.5, np.float32))
    assert "calibrate/input.npy" in json.loads((tmp_path / "run" / "run.json").read_text())["files"]
    assert rv.rerun(tmp_path / "run").equal
    damaged = bytearray((tmp_path / "run" / "calibrate" / "input.npy").read_bytes())
    damaged[-1] ^= 1
    (tmp_path / "run" / "calibrate" / "input.npy").write_bytes(damaged)
    assert error_of(lambda: rv.rerun(tmp_path / "run")).code == "bad_file"


def test_mistakes_in_calibration_input_are_told_as_those_of_a_run(lif_net):
    for given, code in (
        (np.ones((4, 2)), "bad_shape"),
        (np.ones((0, 1)), "bad_shape"),
        ({"in": np.ones((4, 1))}, "unknown_name"),
        (np.full((4, 1), np.nan), "bad_value"),
        (["a"], "bad_type"),
        ({}, "invalid_argument"),
        ({3: np.ones((4, 1))}, "bad_type"),
    ):
        for call in (lif_net.to, lif_net.check, lif_net.compile):
            assert error_of(partial(call, "cpu", calibrate=given)).code == code


def test_formats_are_written(lif_net, fake, tmp_path):
    exe = lif_net.compile(fake)
    assert exe.formats == {"text": "the populations, one a line"}
    report = exe.save(tmp_path / "lif.txt", format="text")
    assert (tmp_path / "lif.txt").read_text().split() == ["input", "0", "1", "output"]
    assert [entry.verdict for entry in report.entries] == ["approximate"]
    error = error_of(lambda: exe.save(tmp_path / "lif.lava", format="lava"))
    assert error.code == "unknown_name" and "'text'" in str(error)
    error = error_of(lambda: lif_net.compile(fake, fault="no_place").save(tmp_path / "none", format="text"))
    assert (error.code, error.where, error.remedy) == ("unsupported", "cells", "Use shorter delays.")
    assert lif_net.compile("cpu").formats == {} and not (tmp_path / "none").exists()


def test_what_is_no_executable_of_this_device_is_refused(lif_net, fake, tmp_path):
    file = tmp_path / "lif.rvx"
    assert error_of(lambda: rv.load_executable(file, "cpu")).code == "not_found"
    lif_net.save(tmp_path / "lif.nir")
    assert error_of(lambda: rv.load_executable(tmp_path / "lif.nir", "cpu")).code == "bad_file"
    lif_net.compile("cpu", threads=1).save(file)
    error = error_of(lambda: rv.load_executable(file, "reference"))
    assert error.code == "incompatible" and "'cpu'" in error.remedy
    assert error_of(lambda: rv.load_executable(file, "cpu?threads=2")).code == "bad_value"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    file.write_bytes(data)
    error = error_of(lambda: rv.load_executable(file, "cpu"))
    assert (error.code, error.where) == ("bad_file", str(file))


def test_a_device_that_is_not_there_names_the_remedy(lif_net, fake):
    exe = lif_net.compile(fake, fault="not_there")  # needs no device
    for call in (exe.open, lambda: lif_net.to(fake, fault="not_there")):
        error = error_of(call)
        assert (error.code, error.remedy) == ("not_found", "Use fault=none.") and "no chip is connected" in str(error)


def test_it_is_shown(lif_net, fake):
    exe = lif_net.compile(fake)
    assert repr(exe) == f"<Executable for {fake}: 0 exact, 1 approximate, 0 unsupported>"
    shown = exe._repr_html_()
    assert "Executable" in shown and "the populations, one a line" in shown and "0.25" in shown
