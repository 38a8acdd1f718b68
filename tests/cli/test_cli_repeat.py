"""run --save, rerun, compare, diff: in processes of their own, held against what NumPy says of the rasters."""

import json
import os
import pty
import shutil
import subprocess

import numpy as np
import pytest
from braille import BRAILLE, HIDDEN, SNNTORCH


@pytest.fixture(scope="module")
def touch_file(tmp_path_factory, touch):
    path = tmp_path_factory.mktemp("touch") / "touch.npy"
    np.save(path, touch)
    return path


@pytest.fixture(scope="module")
def saved(ranvier, touch_file, tmp_path_factory):
    """A run folder, and the summary of its run."""
    folder = tmp_path_factory.mktemp("saved") / "run"
    record = ["--record", HIDDEN, "--record", "lif2.spikes", "--record", "lif1.lif.v"]
    done = ranvier("run", BRAILLE, "--input", touch_file, *SNNTORCH, *record, "--save", folder, "--json")
    return folder, json.loads(done.stdout)


@pytest.fixture
def copied(saved, tmp_path):
    return shutil.copytree(saved[0], tmp_path / "run")


def test_the_summary_names_folder_and_id(saved):
    folder, summary = saved
    assert summary["saved"] == {"folder": str(folder), "id": json.loads((folder / "run.json").read_text())["id"]}


def test_numpy_reads_the_folder(saved, touch, recorded):
    folder, _ = saved
    np.testing.assert_array_equal(np.load(folder / "inputs" / "input.npy"), touch)
    events = np.load(folder / "spikes" / "lif1.lif.npy")
    np.testing.assert_array_equal(np.stack([events["step"], events["i"]], axis=1), np.argwhere(recorded))
    assert (events["value"] == 1).all() and (events["lane"] == 0).all()
    assert np.load(folder / "states" / "lif1.lif.v.npy").shape == (256, 1, 38)
    assert np.load(folder / "outputs" / "output.npy").shape == (256, 1, 7)


@pytest.mark.parametrize("device", [[], ["--device", "cpu"], ["--device", "reference"]])
def test_a_rerun_in_another_process_is_equal(ranvier, saved, device):
    verdict = json.loads(ranvier("rerun", saved[0], *device, "--json").stdout)
    assert verdict["equal"] is True and verdict["same_plan"] is True
    assert verdict["hash_a"] == verdict["hash_b"] == saved[1]["hash"]
    assert ranvier("rerun", saved[0], *device).stdout.startswith("equal: 256 steps")


def test_a_run_of_one_thread_without_vectors_is_equal_on_two_with_the_best(ranvier, touch_file, tmp_path):
    record = ["--record", HIDDEN, "--record", "lif1.lif.v"]
    plain = ["--device", "cpu?isa=scalar&threads=1&delivery=events&kernels=blocks"]
    ranvier("run", BRAILLE, "--input", touch_file, *SNNTORCH, *record, *plain, "--save", tmp_path / "run")
    for device in "cpu?threads=2&share=slices", "cpu?threads=2&share=pipeline&delivery=dense", "reference":
        verdict = json.loads(ranvier("rerun", tmp_path / "run", "--device", device, "--json").stdout)
        assert verdict["equal"] is True and verdict["hash_a"] == verdict["hash_b"]
        assert verdict["device_a"] != verdict["device_b"]


def test_a_rerun_that_differs_says_where_and_exits_so(ranvier, saved):
    verdict = json.loads(ranvier("rerun", saved[0], "--device", "reference?precision=f64", "--json", code=5).stdout)
    assert verdict["equal"] is False
    place = verdict["states"]
    before = np.load(saved[0] / "states" / "lif1.lif.v.npy")
    assert before[place["step"], place["lane"], place["neuron"]] == place["a"] != place["b"]
    assert f"neuron {place['neuron']}" in ranvier("rerun", saved[0], "--device", "reference?precision=f64", code=5).stdout


def test_damage_is_named(ranvier, copied):
    for file in sorted(path for path in copied.rglob("*") if path.is_file()):
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        (error,) = json.loads(ranvier("rerun", copied, "--json", code=4).stdout)["errors"]
        assert error["code"] == "bad_file" and error["where"] == str(file) and error["remedy"]
        file.write_bytes(whole)
    (copied / "note.txt").write_text("mine")
    assert "note.txt" in ranvier("rerun", copied, code=4).stderr
    (copied / "note.txt").unlink()
    ranvier("rerun", copied)
    assert "run.json" in ranvier("rerun", copied / "inputs", code=4).stderr


def test_a_place_that_is_taken_is_refused(ranvier, saved, plan):
    assert "not empty" in ranvier("run", plan, "--steps", 3, "--save", saved[0], code=4).stderr
    ranvier("rerun", saved[0])


def test_plans_and_silence_can_be_saved(ranvier, plan, tmp_path):
    ranvier("run", plan, "--steps", 30, "--lanes", 3, "--save", tmp_path / "run")
    assert ranvier("rerun", tmp_path / "run", "--device", "reference").stdout.startswith("equal: 30 steps")


def first_that_differs(ranvier, folder, sides):
    """(step, node, neuron) of the first spike that only one of two runs has, in the order of update, by NumPy."""
    rasters = []
    for k, arguments in enumerate(sides):
        out = folder / f"{k}.npz"
        ranvier("run", *arguments, "--record", HIDDEN, "--record", "lif2.spikes", "--out", out)
        rasters.append(np.load(out))
    found = []
    for order, node in enumerate(["lif1.lif", "lif2"]):
        a, b = (raster[f"{node}.spikes"] for raster in rasters)
        found += [(step, order, neuron, node) for step, neuron in np.argwhere(a != b)[:1]]
    step, _, neuron, node = min(found)
    return step, node, neuron


@pytest.mark.parametrize("device", ["cpu", "reference"])
def test_diff_finds_what_numpy_finds(ranvier, touch_file, tmp_path, device):
    arguments = [BRAILLE, "--input", touch_file, "--dt", "0.1ms", "--device", device]
    done = ranvier("diff", BRAILLE, "snntorch", "norse", *arguments[1:], "--json", code=5)
    (pair,) = json.loads(done.stdout)["pairs"]
    sides = [[*arguments, "--convention", convention] for convention in ("snntorch", "norse")]
    spikes = pair["spikes"]
    assert (spikes["step"], spikes["node"], spikes["neuron"]) == first_that_differs(ranvier, tmp_path, sides)
    assert {spikes["a"]["event"], spikes["b"]["event"]} == {0, 1}
    told = {(s["where"], s["what"]): (s["a"], s["b"]) for s in pair["settings"]}
    assert told["lif1.lif", "option threshold"] == ("divided", "plain")
    assert ("network", "assumption convention") in told
    assert "event before the first step" in {what for _, what in told}


def test_diff_prints_tables(ranvier, touch_file):
    done = ranvier("diff", BRAILLE, "snntorch", "norse", "--input", touch_file, "--dt", "0.1ms", code=5)
    for words in ("snntorch and norse, 256 steps: different", "option threshold", "spikes part in step", "spike hash"):
        assert words in done.stdout
    same = ranvier("diff", BRAILLE, "norse", "norse", "--input", touch_file, "--dt", "0.1ms")
    assert "spikes are equal" in same.stdout


def test_diff_says_how_far_apart(ranvier, touch_file):
    arguments = ["snntorch", "norse", "--input", touch_file, "--dt", "0.1ms", "--tau", "500us"]
    assert "with tau = 0.5 ms" in ranvier("diff", BRAILLE, *arguments, code=5).stdout
    (pair,) = json.loads(ranvier("diff", BRAILLE, *arguments, "--json", code=5).stdout)["pairs"]
    assert pair["tau_ms"] == 0.5
    assert {layer["node"] for layer in pair["layers"] if layer["van_rossum"] > 0} == {"lif1.lif", "lif2"}
    assert pair["argmax"][0]["node"] == "output"


def test_compare_holds_each_device_against_the_first(ranvier, touch_file):
    arguments = ["--input", touch_file, *SNNTORCH]
    found = json.loads(ranvier("compare", BRAILLE, "cpu", "reference", "cpu", *arguments, "--json").stdout)
    assert found["equal"] is True
    assert [(pair["a"], pair["b"]) for pair in found["pairs"]] == [("cpu", "reference"), ("cpu", "cpu")]
    assert "different" in ranvier("compare", BRAILLE, "cpu", "null", *arguments, code=5).stdout


def test_compare_takes_a_plan(ranvier, touch_file, plan):
    assert "equal" in ranvier("compare", plan, "cpu", "reference", "--input", touch_file).stdout


@pytest.mark.parametrize(
    "arguments, code, word",
    [
        (["compare", BRAILLE, *SNNTORCH, "cpu", "--steps", "3"], 2, "two or more"),
        (["compare", BRAILLE, *SNNTORCH, "cpu", "reference"], 2, "--steps"),
        (["compare", BRAILLE, *SNNTORCH, "cpu", "reference", "--steps", "3", "--tau", "5"], 2, "no unit"),
        (["compare", BRAILLE, *SNNTORCH, "cpu", "nobody", "--steps", "3"], 4, "nobody"),
        (["diff", BRAILLE, "snntorch", "--dt", "1ms", "--steps", "3"], 2, "B is required"),
        (["diff", BRAILLE, "snntorch", "nobody", "--dt", "0.1ms", "--steps", "3"], 2, "nobody"),
        (["diff", BRAILLE, "snntorch", "norse", "--dt", "1ms", "--steps", "3", "--convention", "norse"], 2, "--convention"),
        (["rerun", "none"], 4, "run.json"),
        (["rerun"], 2, "FOLDER"),
    ],
)
def test_mistakes_are_sentences(ranvier, arguments, code, word):
    errors = json.loads(ranvier(*arguments, "--json", code=code).stdout)["errors"]
    assert word in " ".join(e["message"] + e["remedy"] for e in errors)
    assert ranvier(*arguments, code=code).stderr.startswith("ranvier: ")


@pytest.mark.parametrize("flags, shows", [([], True), (["--progress"], True), (["--no-progress"], False)])
def test_a_bar_is_for_terminals_and_can_be_left_out(program, plan, flags, shows):
    ours, theirs = pty.openpty()
    command = [program, "compare", plan, "reference", "reference", "--steps", "250000", *flags]
    run = subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL)
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 4096):
            seen += piece
    except OSError:  # how Linux tells that the other end is closed
        pass
    os.close(ours)
    assert run.wait(60) == 0
    assert (b"] " in seen and b" of 500000" in seen) == shows
    assert b" step " not in subprocess.run(command, capture_output=True, timeout=120).stderr
