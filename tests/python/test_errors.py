"""rv.Error: code, where, remedy, errors; the same shape for every slip at a session."""

import pickle

import numpy as np
import pytest

import ranvier as rv


def refused(call):
    with pytest.raises(rv.Error) as caught:
        call()
    return caught.value


def test_an_error_has_its_parts(lif_net):
    error = refused(lambda: lif_net.to("cqu"))
    assert isinstance(error, Exception) and type(error).__module__ == "ranvier"
    assert error.code == "not_found" and "cqu" in str(error) and error.remedy in str(error)
    (problem,) = error.errors
    assert (problem.code, problem.where, problem.remedy) == (error.code, error.where, error.remedy)
    assert problem.message in str(error) and "not_found" in repr(problem)


def test_an_error_survives_another_process(lif_net):
    error = refused(lambda: lif_net.to("cqu"))
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) and (again.code, again.remedy) == (error.code, error.remedy)
    assert again.errors[0].message == error.errors[0].message


def test_a_bare_error_has_neutral_parts():
    error = rv.Error("mine")
    assert (error.code, error.where, error.remedy, len(error.errors)) == ("internal", "", "", 0)


@pytest.mark.parametrize(
    "device, settings, words",
    [
        ("loihi2", {}, ["loihi2", "cpu"]),
        ("loihi", {}, ["no Loihi", "loihi?kind=emulator"]),
        ("", {}, []),
        ("cpu?precision=f16", {}, ["precision", "f16"]),
        ("cpu", {"precision": "f16"}, ["precision", "f16"]),
        ("cpu", {"prescission": "f64"}, ["prescission"]),
        ("cpu?precision", {}, ["precision"]),
        ("/no/such/driver.so", {}, ["/no/such/driver.so"]),
        ("cpu", {"calibrate": np.zeros(3)}, ["calibrate"]),
        ("cpu", {"wish": np.zeros(3)}, ["wish"]),
        (3, {}, ["3"]),
    ],
)
def test_a_wrong_device_or_setting_is_named(lif_net, device, settings, words):
    error = refused(lambda: lif_net.to(device, **settings))
    assert all(word in str(error) for word in words), error


@pytest.mark.parametrize("lanes", [0, -1, 2**24 + 1, 2**70, 1.5, "2", True, None])
def test_lanes_have_a_range(lif_net, lanes):
    error = refused(lambda: lif_net.to("cpu", lanes=lanes))
    assert error.code in ("out_of_range", "bad_type") and "lanes" in str(error)
    ses = lif_net.to("cpu")
    if lanes is not None:
        refused(lambda: ses.reset(lanes))
        assert ses.lanes == 1 and ses.run(steps=1).steps == 1  # nothing happened


@pytest.mark.parametrize(
    "x, code, words",
    [
        (np.zeros((4, 2)), "bad_shape", ["[4, 2]", "1"]),
        (np.zeros((4, 2, 1)), "bad_shape", ["[4, 2, 1]"]),
        (np.zeros(()), "bad_shape", ["[]"]),
        (100, "bad_shape", ["[]"]),
        (np.full((4, 1), np.nan), "bad_value", ["nan"]),
        (np.full((4, 1), 1e39), "bad_value", ["1e+39"]),
        (np.array([[0], [np.inf]]), "bad_value", ["inf"]),
        (np.zeros((4, 1), complex), "bad_type", ["complex128", "float32"]),
        (np.zeros((4, 1), np.uint16), "bad_type", ["uint16", "astype"]),
        (np.zeros((4, 1), np.uint64), "bad_type", ["uint64"]),
        (np.zeros((4, 1), np.float16), "bad_type", ["float16", "astype"]),
        (np.zeros((4, 1), np.longdouble), "bad_type", ["float32"]),
        (np.full((4, 1), "a"), "bad_type", ["<U1"]),
        (np.full((4, 1), None), "bad_type", ["object"]),
        (np.zeros((4, 1), "M8[s]"), "bad_type", ["datetime64"]),
        ("lif.npy", "bad_type", ["<U7"]),
        ([[1], [2, 3]], "bad_type", ["input"]),
        ({"inbut": np.zeros((4, 1))}, "unknown_name", ["inbut", "input"]),
        ({3: np.zeros((4, 1))}, "bad_type", ["3"]),
        ({}, "invalid_argument", ["input", "run(steps=...)"]),
        (np.ma.masked_greater(np.zeros((4, 1)), 3), "bad_type", ["masked", ".filled(0)"]),
    ],
)
def test_a_wrong_input_is_named_and_the_session_goes_on(lif_net, device, x, code, words):
    ses = lif_net.to(device)
    ses.run(steps=3)
    error = refused(lambda: ses.run(x))
    assert error.code == code and all(word in str(error) for word in words), error
    assert ses.clock == 3 and ses.run(np.zeros((4, 1))).first_step == 3


def test_a_wrong_record_is_named_together_with_a_wrong_input(lif_net):
    ses = lif_net.to("cpu")
    error = refused(lambda: ses.run(np.zeros((4, 2)), record=["1.w", "7.spikes"]))
    assert sorted(problem.code for problem in error.errors) == ["bad_shape", "unknown_name", "unknown_name"]
    assert "1.w" in str(error) and "7.spikes" in str(error)
    for record in (3, [3], {"1": "v"}, b"1.v"):
        assert refused(lambda record=record: ses.run(steps=1, record=record)).code == "bad_type"


@pytest.mark.parametrize(
    "arguments, where",
    [({}, "run"), ({"x": np.zeros((1, 1)), "steps": 1}, "steps"), ({"steps": -1}, "steps"), ({"steps": 1.0}, "steps"),
     ({"steps": 1, "every": 0}, "every"), ({"steps": 2**64}, "steps")],
)  # fmt: skip
def test_a_run_needs_to_know_how_far(lif_net, arguments, where):
    assert refused(lambda: lif_net.to("cpu").run(**arguments)).where == where


def test_lanes_of_the_input_must_be_those_of_the_session(lif_net):
    ses = lif_net.to("cpu", lanes=3)
    for x in (np.zeros((4, 1)), np.zeros((4, 2, 1))):
        assert "[steps, 3, 1]" in str(refused(lambda x=x: ses.run(x)))


def test_a_report_says_what_a_device_makes_of_a_network(lif_net, device):
    import json

    report = lif_net.check(device)
    assert report.ok and report.device == device and device in str(report)
    told = json.loads(report.to_json())
    assert told["ok"] is True and told["device"] == device and len(told["entries"]) == len(report.entries)
    assert all(entry.verdict in ("exact", "approximate", "unsupported") for entry in report.entries)
    assert refused(lambda: lif_net.check("cqu")).code == "not_found"


def test_the_hook_hears_and_may_be_removed():
    rv.set_log_hook(lambda level, message: None)
    rv.set_log_hook(None)


def test_an_unknown_output_is_told_with_those_there_are(lif_net):
    error = refused(lambda: lif_net.to("cpu").run(steps=1).outputs["x"])
    assert error.code == "unknown_name" and "'x'" in str(error) and "output" in str(error)


def test_progress_can_be_called(lif_net):
    ses = lif_net.to("cpu")
    error = refused(lambda: ses.run(steps=9, progress=5))
    assert (error.code, error.where, ses.clock) == ("bad_type", "progress", 0)


def test_lanes_are_told_with_their_range(lif_net):
    assert "from 1 to 16777216" in refused(lambda: lif_net.to("cpu", lanes=0)).remedy
    assert "from 0 to 16777215" in refused(lambda: lif_net.to("cpu", first_lane=-1)).remedy
    assert refused(lambda: lif_net.to("cpu", first_lane=2**24)).code == "out_of_range"
