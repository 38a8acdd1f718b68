"""`ranvier compile`, what it writes run again, and --calibrate."""

import json
from pathlib import Path

import numpy as np
import pytest
from braille import BRAILLE, HIDDEN, SNNTORCH


@pytest.fixture(scope="session")
def fake(program):
    """The driver of tests/run/drivers that tells what it was calibrated with."""
    return Path(program).parents[1] / "tests" / "drivers" / "fake.so"


@pytest.fixture
def touch_file(tmp_path, touch):
    np.save(tmp_path / "touch.npy", touch)
    return tmp_path / "touch.npy"


def test_an_executable_runs_like_its_network(ranvier, tmp_path, touch, touch_file, recorded):
    ranvier("compile", BRAILLE, *SNNTORCH, "--device", "cpu?threads=1", "-o", tmp_path / "made.rvx")
    for lanes, x in ((1, touch), (2, np.stack([touch, touch], axis=1))):
        np.save(touch_file, x)
        ranvier("run", tmp_path / "made.rvx", "--input", touch_file, "--record", HIDDEN, "--out", tmp_path / "o.npz")
        spikes = np.load(tmp_path / "o.npz")[HIDDEN]
        np.testing.assert_array_equal(spikes if lanes == 1 else spikes[:, 1], recorded)


def test_its_runs_are_repeated(ranvier, tmp_path, touch_file, plan):
    ranvier("compile", plan, "-o", tmp_path / "made.rvx")
    ranvier("run", tmp_path / "made.rvx", "--input", touch_file, "--save", tmp_path / "run")
    ranvier("rerun", tmp_path / "run", "--device", "reference")


def test_calibration_input_reaches_the_device(ranvier, tmp_path, fake, plan):
    np.save(tmp_path / "samples.npy", np.ones((5, 3, 12), np.uint8))
    out = tmp_path / "made.rvx"
    for command in (["check"], ["compile", "-o", out], ["run", "--steps", 3, "--save", tmp_path / "run"]):
        told = json.loads(
            ranvier(command[0], plan, *command[1:], "--device", fake, "--calibrate", tmp_path / "samples.npy", "--json").stdout
        )
        entries = told.get("report", told)["entries"]
        assert {"steps": 5, "samples": 3, "sum": 180} in [entry["figures"] for entry in entries]
    np.testing.assert_array_equal(np.load(tmp_path / "run" / "calibrate" / "input.npy"), np.ones((5, 3, 12)))
    ranvier("rerun", tmp_path / "run")
    ranvier("run", out, "--steps", 3, "--device", fake)


def test_formats_are_written(ranvier, tmp_path, fake, plan):
    text = tmp_path / "braille.txt"
    told = json.loads(ranvier("compile", plan, "--device", fake, "-o", text, "--format", "text", "--json").stdout)
    assert text.read_text().splitlines()[0] == "input"
    assert (told["out"], told["format"]) == (str(text), "text")
    assert told["report"]["ok"] and [entry["quantity"] for entry in told["written"]["entries"]] == ["state"]


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (["compile", "PLAN", "-o", "OUT", "--format", "lava"], 2, ["no format 'lava'", "it has none"]),
        (["compile", "PLAN", "-o", "none/made.rvx"], 4, ["none/made.rvx"]),
        (["compile", "PLAN"], 2, ["--out"]),
        (["check", "PLAN", "--calibrate", "other=x.npy"], 2, ["no input 'other'", "--calibrate name=x.npy"]),
        (["run", "MADE", "--steps", 1, "--device", "reference"], 4, ["made by 'cpu'"]),
        (["run", "MADE", "--steps", 1, "--dt", "1ms"], 2, ["An executable is lowered already"]),
        (["run", "MADE", "--steps", 1, "--calibrate", "x.npy"], 2, ["compiled already"]),
        (["run", "DAMAGED", "--steps", 1], 4, ["damaged"]),
    ],
)
def test_mistakes_are_sentences(ranvier, tmp_path, plan, arguments, code, words):
    made = tmp_path / "made.rvx"
    ranvier("compile", plan, "-o", made)
    damaged = bytearray(made.read_bytes())
    damaged[-1] ^= 1
    (tmp_path / "damaged.rvx").write_bytes(damaged)
    names = {"PLAN": plan, "MADE": made, "DAMAGED": tmp_path / "damaged.rvx", "OUT": tmp_path / "out"}
    done = ranvier(*[names.get(argument, argument) for argument in arguments], code=code)
    for word in words:
        assert word in done.stderr
