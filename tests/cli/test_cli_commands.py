"""The commands: what they print, their exit codes, errors as sentences and as JSON."""

import json
import os
import pty
import re
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from braille import BRAILLE, DATA, HIDDEN, SNNTORCH

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = "show, convert, run, rerun, compare, diff, check, compile, lower, devices, conventions"


@pytest.fixture
def touch_file(tmp_path, touch):
    np.save(tmp_path / "touch.npy", touch)
    return tmp_path / "touch.npy"


def test_version_is_that_of_the_project(ranvier):
    version = re.search(r"project\(ranvier VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
    assert ranvier("--version").stdout == f"ranvier {version}\n"


@pytest.mark.parametrize(
    "command",
    [[], *([name] for name in COMMANDS.split(", "))],
)
def test_help_tells_the_exit_codes(ranvier, command):
    done = ranvier(*command, "--help")
    assert "Exit codes: 0 done" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("device", ["cpu", "reference"])
def test_run_gives_the_recorded_spikes(ranvier, tmp_path, touch_file, recorded, device):
    out = tmp_path / "o.npz"
    done = ranvier("run", BRAILLE, "--input", touch_file, *SNNTORCH, "--device", device, "--record", HIDDEN, "--out", out)
    np.testing.assert_array_equal(np.load(out)[HIDDEN], recorded)
    for word in (device, "256 steps of 0.1 ms in 1 lane", "spikes", "hash       0x", "time", HIDDEN, str(out)):
        assert word in done.stdout
    assert done.stderr == ""


def test_run_names_hash_and_counters_in_json(ranvier, touch_file, plan):
    summary = json.loads(ranvier("run", plan, "--input", f"input={touch_file}", "--json").stdout)
    assert summary["device"]["name"] == "cpu"
    assert summary["report"]["ok"] is True
    assert (summary["steps"], summary["lanes"], summary["dt_ms"]) == (256, 1, 0.1)
    assert re.fullmatch("0x[0-9a-f]{16}", summary["hash"])
    assert summary["lane_hashes"] == [summary["hash"]]
    assert summary["counters"]["spikes"] > 0
    assert summary["seconds"] > 0
    assert summary["out"] is None


def test_lanes_are_as_many_runs(ranvier, tmp_path, touch, plan):
    samples = np.stack([touch, touch[::-1], np.zeros_like(touch)], axis=1)
    np.save(tmp_path / "x.npy", samples)
    out = tmp_path / "o.npz"
    batch = json.loads(ranvier("run", plan, "--input", tmp_path / "x.npy", "--record", HIDDEN, "--out", out, "--json").stdout)
    assert batch["lanes"] == 3
    raster = np.load(out)[HIDDEN]
    assert raster.shape == (256, 3, 38)
    for lane in range(3):
        np.save(tmp_path / "x.npy", samples[:, lane])
        single = ranvier("run", plan, "--input", tmp_path / "x.npy", "--record", HIDDEN, "--out", out, "--json")
        assert batch["lane_hashes"][lane] == json.loads(single.stdout)["hash"]
        np.testing.assert_array_equal(np.load(out)[HIDDEN], raster[:, lane])


def test_one_lane_that_was_asked_for_keeps_its_axis(ranvier, tmp_path, touch, plan):
    np.save(tmp_path / "x.npy", touch[:, None, :])
    ranvier("run", plan, "--input", tmp_path / "x.npy", "--out", tmp_path / "o.npz")
    assert np.load(tmp_path / "o.npz")["output"].shape == (256, 1, 7)


def test_counts_and_every_shape_the_records(ranvier, tmp_path, touch_file, plan, recorded):
    arguments = ["--record", HIDDEN, "--record", "lif1.lif.v", "--counts", "--every", 10, "--out", tmp_path / "o.npz"]
    ranvier("run", plan, "--input", touch_file, *arguments)
    with np.load(tmp_path / "o.npz") as arrays:
        assert arrays[HIDDEN].dtype == np.int32
        np.testing.assert_array_equal(arrays[HIDDEN], recorded)
        assert arrays["lif1.lif.v"].shape == (26, 38)


def test_steps_run_in_silence(ranvier, tmp_path, plan):
    ranvier("run", plan, "--steps", 20, "--lanes", 2, "--out", tmp_path / "o.npz")
    assert np.load(tmp_path / "o.npz")["output"].shape == (20, 2, 7)


def test_a_plan_runs_as_its_network_does(ranvier, touch_file, plan):
    of_network = ranvier("run", BRAILLE, "--input", touch_file, *SNNTORCH, "--json")
    of_plan = ranvier("run", plan, "--input", touch_file, "--json")
    assert json.loads(of_plan.stdout)["hash"] == json.loads(of_network.stdout)["hash"]


def test_show_prints_every_assumption(ranvier):
    text = ranvier("show", BRAILLE, *SNNTORCH).stdout
    for word in ("lif1.lif", "cubalif@1", "snntorch", "feedback", "0.1 ms"):
        assert word in text


def test_show_prints_plans_and_programs(ranvier, plan):
    brief = ranvier("show", plan).stdout
    full = ranvier("show", plan, "--programs").stdout
    assert "lif1.lif" in brief
    assert len(full) > len(brief)
    assert full == ranvier("show", BRAILLE, *SNNTORCH, "--programs").stdout


def test_overrides_and_delays_reach_the_network(ranvier):
    arguments = ["--dt", "0.1ms", "--convention", "norse", "--feedback-bias", "0", "--delay", "lif1.lif,fc2=3"]
    text = ranvier("show", BRAILLE, *arguments, "--delay", "fc1,lif1.lif=2").stdout
    assert re.search(r"lif1\.lif -> fc2 +delay 3", text)
    assert re.search(r"fc1 -> lif1\.lif +delay 2", text)


def test_check_says_ok_or_why_not(ranvier, plan):
    report = json.loads(ranvier("check", BRAILLE, *SNNTORCH, "--device", "reference", "--json").stdout)
    assert report == {"device": "reference", "ok": True, "entries": []}
    assert "cpu" in ranvier("check", plan, "--device", "cpu", "--lanes", 64).stdout


def test_devices_are_listed(ranvier):
    listed = json.loads(ranvier("devices", "--json").stdout)
    assert list(listed) == ["devices"]
    for device in listed["devices"]:
        assert list(device) == ["name", "usable", "reason", "path", "version", "vendor", "facts"]
    usable = {device["name"] for device in listed["devices"] if device["usable"]}
    assert {"cpu", "null", "reference"} <= usable
    assert "reference" in ranvier("devices").stdout


def test_a_device_that_cannot_be_used_says_why(program, tmp_path):
    (tmp_path / "broken.so").write_bytes(b"\x7fELF" + bytes(100))
    environment = {**os.environ, "RANVIER_DRIVER_PATH": str(tmp_path)}
    done = subprocess.run([program, "devices", "--json"], capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0
    (broken,) = [d for d in json.loads(done.stdout)["devices"] if d["path"] == str(tmp_path / "broken.so")]
    assert broken["usable"] is False
    assert broken["reason"]


@pytest.mark.parametrize(
    "arguments, code, name",
    [
        (["run", BRAILLE, "--steps", "1"], 2, None),  # dt is missing
        (["show", BRAILLE, "--dt", "0.1"], 2, "bad_unit"),
        (["show", BRAILLE, "--dt", "fast"], 2, "bad_value"),
        (["show", BRAILLE, "--dt", "0.1mV"], 2, "bad_unit"),
        (["show", BRAILLE, "--dt", "0.1ms", "--convention", "nobody"], 2, None),
        (["show", BRAILLE, *SNNTORCH, "--delay", "fc1"], 2, "invalid_argument"),
        (["show", BRAILLE, *SNNTORCH, "--delay", "fc1,lif1.lif=-1"], 2, "invalid_argument"),
        (["show", BRAILLE, *SNNTORCH, "--delay", "fc1,lif1.lif=1x"], 2, "invalid_argument"),
        (["show", DATA / "none.nir", "--dt", "1ms"], 4, "not_found"),
        (["show", DATA / "01_lif" / "lif_norse.csv", "--dt", "1ms"], 4, "bad_file"),
        (["show", DATA / "other" / "demo_norse_scnn_truncated.nir", "--dt", "1ms"], 4, "bad_file"),
        (["check", BRAILLE, "--dt", "0.1ms", "--convention", "sinabs"], 3, "unsupported"),
        (["check", BRAILLE, *SNNTORCH, "--device", "nobody"], 4, "not_found"),
        (["lower", BRAILLE, *SNNTORCH, "-o", "/no/such/folder/x.plan"], 4, "bad_file"),
        (["lower", BRAILLE, *SNNTORCH], 2, "invalid_argument"),
        (["show"], 2, "invalid_argument"),
        ([], 2, "invalid_argument"),
        (["fly"], 2, "invalid_argument"),
        (["devices", "--fast"], 2, "invalid_argument"),
    ],
)
def test_mistakes_have_their_code_and_a_sentence(ranvier, arguments, code, name):
    done = ranvier(*arguments, code=code)
    assert done.stderr.startswith("ranvier: ")
    assert "terminate called" not in done.stderr
    if "check" in arguments:
        (error, *_) = json.loads(ranvier(*arguments, "--json", code=code).stdout)["errors"]
        assert set(error) == {"code", "message", "where", "remedy"}
        assert error["code"] == name


@pytest.mark.parametrize(
    "arguments, word",
    [
        ([], "--steps"),
        (["--steps", "5", "--input", "x.npy"], "excludes"),
        (["--steps", "many"], "--steps"),
        (["--steps", "-1"], "--steps"),
        (["--lanes", "-1", "--steps", "1"], "--lanes"),
        (["--steps", "1", "--record", "nobody.spikes"], "nobody.spikes"),
        (["--steps", "1", "--record", "lif1.lif"], "lif1.lif"),
        (["--steps", "1", "--dt", "1ms"], "--dt"),
        (["--steps", "1", "--seed", "3"], "--seed"),
        (["--input", "nobody=touch.npy"], "nobody"),
        (["--input", "touch.npy", "--input", "input=touch.npy"], "twice"),
        (["--input", "touch.npy", "--lanes", "2"], "[steps, 2, 12]"),
        (["--steps", "1", "--lanes", str(2**24 + 1)], str(2**24)),
    ],
)
def test_arguments_that_a_run_cannot_use_are_refused(ranvier, plan, touch_file, monkeypatch, arguments, word):
    monkeypatch.chdir(touch_file.parent)
    errors = json.loads(ranvier("run", plan, *arguments, "--json", code=2).stdout)["errors"]
    assert word in " ".join(e["where"] + e["message"] + e["remedy"] for e in errors)


@pytest.mark.parametrize(
    "option, value, most",
    [
        ("--seed", "99999999999999999999", 2**64 - 1),
        ("--seed", "010", 2**64 - 1),
        ("--seed", "0x10", 2**64 - 1),
        ("--steps", "18446744073709551616", 2**64 - 1),
        ("--steps", "", 2**64 - 1),
        ("--lanes", "18446744073709551617", 2**24),
        ("--lanes", "0", 2**24),
        ("--every", "0", 2**64 - 1),
        ("--hop-delay", "1e0", 1),
        ("--hop-delay", "-1", 1),
        ("--feedback-bias", "99999999999", 1),
    ],
)
def test_a_whole_number_out_of_range_is_refused_as_it_was_typed(ranvier, option, value, most):
    (error,) = json.loads(ranvier("run", BRAILLE, *SNNTORCH, option, value, "--json", code=2).stdout)["errors"]
    assert error["where"] == option
    assert f"'{value}'" in error["message"] and f"to {most}." in error["message"]
    assert ("leading zeros" in error["remedy"]) == (value == "010")


def test_the_ends_of_a_range_are_allowed(ranvier):
    ends = ["--seed", 2**64 - 1, "--hop-delay", 1, "--feedback-bias", 0]
    ranvier("check", BRAILLE, "--dt", "0.1ms", "--convention", "norse", *ends, "--lanes", 2**24)


def test_an_edge_has_one_delay(ranvier):
    twice = ["--delay", "fc1,lif1.lif=3", "--delay", "fc1,lif1.lif=4"]
    assert "fc1 -> lif1.lif" in ranvier("show", BRAILLE, *SNNTORCH, *twice, code=2).stderr
    too_long = ranvier("show", BRAILLE, *SNNTORCH, "--delay", "fc1,lif1.lif=4294967296", code=2).stderr
    assert "'4294967296'" in too_long and "4294967295" in too_long


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["shwo", BRAILLE], ["'shwo'", "mean 'show'?", COMMANDS]),
        (["foo"], ["'foo'", COMMANDS]),
        (["--foo"], ["option '--foo'", COMMANDS]),
        ([], [COMMANDS]),
    ],
)
def test_a_word_that_is_no_command_is_named_beside_those_that_are(ranvier, arguments, words):
    said = ranvier(*arguments, code=2).stderr
    assert all(word in said for word in words), said
    assert ("mean" in said) == ("shwo" in arguments)


@pytest.mark.parametrize("dt", ["0.1", "ms", "0.1msx", "0.1mV"])
def test_a_step_has_a_unit_of_time(ranvier, dt):
    said = ranvier("show", BRAILLE, "--dt", dt, "--delay", "fc1", code=2).stderr
    for word in (f"'{dt}'", "--dt", "s, ms, us,", "--delay"):  # all mistakes at once
        assert word in said
    assert "nA" not in said


def test_a_plan_that_was_cut_short_is_a_bad_file(ranvier, plan, tmp_path):
    (tmp_path / "x.plan").write_bytes(plan.read_bytes()[:-64])
    errors = json.loads(ranvier("run", tmp_path / "x.plan", "--steps", 1, "--json", code=4).stdout)["errors"]
    assert errors[0]["code"] == "bad_file"


def test_a_full_standard_output_is_an_error(program):
    with open("/dev/full", "w") as full:
        done = subprocess.run([program, "devices"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 4
    assert "standard output" in done.stderr


def test_a_long_run_shows_its_progress_and_ends_at_ctrl_c(program, plan):
    ours, theirs = pty.openpty()
    run = subprocess.Popen([program, "run", plan, "--steps", "3000000", "--device", "reference"], stderr=theirs)
    os.close(theirs)
    seen = b""
    while b" %  step " not in seen:
        seen += os.read(ours, 1024)
    run.send_signal(signal.SIGINT)
    assert run.wait(30) == 130
    rest = os.read(ours, 4096).decode()
    os.close(ours)
    assert "ranvier: " in rest
