"""Loading: what a network tells about itself, and that every slip is told by name, value, allowed range and remedy."""

import numpy as np
import pytest

import nir_file
import ranvier as rv
from places import HOSTILE


def refused(call, code, *words):
    """The error of a call that must fail, with these words in its text."""
    with pytest.raises(rv.Error) as caught:
        call()
    error = caught.value
    assert error.code == code, error
    assert all(word in str(error) for word in words), error
    return error


@pytest.fixture
def load(data):
    """rv.load of the LIF file, with its dt unless told otherwise."""
    return lambda **arguments: rv.load(data / "01_lif" / "lif_norse.nir", **{"dt": 0.1 * rv.ms, **arguments})


def test_a_network_tells_what_it_is(lif_net):
    assert list(lif_net.nodes) == ["input", "0", "1", "output"]
    assert [node.model for node in lif_net.nodes.values()] == ["input@1", "affine@1", "lif@1", "output@1"]
    assert [(edge.source, edge.target) for edge in lif_net.edges] == [("input", "0"), ("0", "1"), ("1", "output")]
    assert lif_net.dt == 0.1 * rv.ms == 1e-4 * rv.s and lif_net.seed == 0
    tau = lif_net.nodes["1"].parameters["tau"]
    assert tau.dtype == np.float32 and tau.shape == (1,)
    with pytest.raises(ValueError):
        tau[0] = 1  # a network is changed by loading it again
    assert "norse" in lif_net.assumptions["convention"] and lif_net.assumptions["reset"].startswith("zero")
    for text in (str(lif_net), repr(lif_net)):
        assert "norse" in text and "lif@1" in text


def test_a_recurrent_network_names_its_feedback(braille_net):
    feedback = [(edge.source, edge.target, edge.delay) for edge in braille_net.edges if edge.feedback]
    assert feedback == [("lif1.w_rec", "lif1.lif", 1)]
    assert "lif1.w_rec" in str(braille_net)


@pytest.mark.parametrize("make", [str, lambda path: path], ids=["str", "Path"])
def test_a_path_may_be_text_or_path(data, make):
    assert rv.load(make(data / "01_lif" / "lif_norse.nir"), dt=0.1 * rv.ms).seed == 0


def test_dt_needs_a_unit_and_a_sense(load):
    assert refused(lambda: load(dt=0.1), "bad_unit", "dt", "0.1").remedy == "Write dt=0.1 * rv.ms for a tenth of a millisecond."
    assert "0.5 * rv.ms" in refused(lambda: load(dt=0.5), "bad_unit", "dt", "0.5").remedy
    refused(lambda: load(dt="fast"), "bad_unit", "dt", "fast")
    refused(lambda: load(dt=0.1 * rv.mV), "bad_unit", "dt", "0.1 mV", "rv.ms")
    for value in (0, -1, float("nan"), float("inf")):
        refused(lambda value=value: load(dt=value * rv.ms), "out_of_range", "dt")
    error = refused(lambda: load(dt=None), "bad_value", "dt")
    assert error.where == "dt" and error.remedy


def test_numbers_of_numpy_take_units(load):
    assert load(dt=np.float32(0.25) * rv.ms).dt == 0.25 * rv.ms
    assert load(dt=np.float64(1e-4) * rv.s).dt == 0.1 * rv.ms
    with pytest.raises(TypeError):
        np.ones(3) * rv.ms


@pytest.mark.parametrize(
    "argument, value, code, words",
    [
        ("convention", "snn-torch", "unknown_name", ["snn-torch", "snntorch"]),
        ("convention", 3, "bad_type", ["3"]),
        ("reset", "none", "bad_value", ["none", "zero", "subtract"]),
        ("reset", 0, "bad_type", ["0"]),
        ("decay", "linear", "bad_value", ["linear", "euler", "exponential"]),
        ("input_gain", "tau", "bad_value", ["tau", "one", "dt/tau", "1-exp"]),
        ("comparator", "<", "bad_value", ["<", ">", ">=", "several"]),
        ("probe", "never", "bad_value", ["never", "before", "after"]),
        ("hop_delay", 2, "out_of_range", ["2", "0", "1"]),
        ("hop_delay", "1", "bad_type", ["'1'"]),
        ("feedback_bias", -1, "out_of_range", ["-1", "0", "1"]),
        ("feedback_bias", True, "bad_type", ["True"]),
        ("seed", -1, "out_of_range", ["-1"]),
        ("seed", 2**64, "out_of_range", [str(2**64)]),
        ("seed", 1.5, "bad_type", ["1.5"]),
        ("delays", {("0", "nine"): 1}, "unknown_name", ["nine"]),
        ("delays", {"0": 1}, "bad_type", ["'0'"]),
        ("delays", {("0", "1"): -1}, "out_of_range", ["-1"]),
        ("delays", {("0", "1"): 2**32}, "out_of_range", [str(2**32)]),
        ("delays", {("0", "1"): 1.5}, "bad_type", ["1.5"]),
        ("delays", {("0", "1"): 0.25 * rv.ms}, "bad_value", ["0.25 ms", "2.5 steps", "2 or 3"]),
        ("delays", {("0", "1"): -1 * rv.ms}, "out_of_range", ["-1 ms"]),
        ("delays", {("0", "1"): 1 * rv.mV}, "bad_unit", ["1 mV"]),
    ],
)
def test_a_bad_argument_is_named_with_what_is_allowed(load, argument, value, code, words):
    error = refused(lambda: load(**{argument: value}), code, *words)
    assert argument in str(error)


def test_what_a_convention_does_not_define_is_refused_by_name(load):
    refused(lambda: load(convention="lava-fixed", reset="subtract"), "unsupported", "lava-fixed", "subtract")
    refused(lambda: load(convention="snntorch", reset="subtract", comparator="several"), "unsupported", "several")


def test_all_problems_come_together(load):
    error = refused(lambda: load(dt=-1 * rv.ms, reset="none", decay="linear"), "bad_value")
    assert sorted(problem.where for problem in error.errors) == ["decay", "dt", "reset"]
    assert all(problem.message in str(error) and problem.remedy in str(error) for problem in error.errors)


def test_delays_in_steps_and_in_time(load):
    by_steps, by_time = (load(delays={("0", "1"): delay}) for delay in (3, 300 * rv.us))
    assert [edge.delay for edge in by_steps.edges] == [edge.delay for edge in by_time.edges] == [0, 3, 0]
    assert [edge.delay for edge in load(delays={("0", "1"): np.int64(2)}).edges] == [0, 2, 0]


def test_a_file_that_is_not_there_or_no_network(load, tmp_path):
    refused(lambda: rv.load(tmp_path / "none.nir", dt=1 * rv.ms), "not_found", "none.nir")
    refused(lambda: rv.load(3, dt=1 * rv.ms), "bad_type", "3")
    (tmp_path / "text.nir").write_text("hello")
    refused(lambda: rv.load(tmp_path / "text.nir", dt=1 * rv.ms), "bad_file", "text.nir")
    refused(lambda: rv.load(tmp_path, dt=1 * rv.ms), "bad_file", tmp_path.name)


def test_names_that_are_not_utf8_still_give_an_error(tmp_path):
    with pytest.raises(rv.Error):
        rv.load(bytes(tmp_path) + b"/\xff.nir", dt=1 * rv.ms)


@pytest.mark.parametrize(
    "change, code, words",
    [
        ({"tau": -1.0}, "out_of_range", ["n0", "tau", "-1"]),
        ({"tau": 0.0}, "out_of_range", ["n0", "tau", "0"]),
        ({"v_threshold": np.nan}, "bad_value", ["n0", "v_threshold"]),
    ],
)
def test_a_parameter_out_of_range_is_named_when_lowering(tmp_path, change, code, words):
    path = nir_file.write(tmp_path / "net.safetensors", nir_file.chain(nir_file.lif(3, **change)))

    def use():
        rv.load(path, dt=0.1 * rv.ms).lower()

    with pytest.raises(rv.Error) as caught:
        use()
    assert all(word in str(caught.value) for word in words), caught.value
    assert caught.value.code in (code, "out_of_range", "bad_value")


def test_a_dangling_edge_is_named(tmp_path):
    graph = nir_file.chain(nir_file.lif())
    graph["edges"].append(("n0", "ghost"))
    path = nir_file.write(tmp_path / "net.safetensors", graph)
    refused(lambda: rv.load(path, dt=1 * rv.ms), "bad_graph", "ghost")


def test_a_saved_network_is_the_same(braille_net, tmp_path):
    braille_net.save(tmp_path / "net.safetensors")
    again = rv.load(tmp_path / "net.safetensors")
    assert bytes(again.lower()) == bytes(braille_net.lower())
    assert again.assumptions == braille_net.assumptions and str(again) == str(braille_net)
    refused(lambda: rv.load(tmp_path / "net.safetensors", dt=1 * rv.ms), "bad_value", "dt")
    refused(lambda: braille_net.save(tmp_path / "no" / "folder"), "bad_file", "folder")


@pytest.mark.parametrize(
    "path",
    sorted(path for path in HOSTILE.glob("*.nir") if not path.name.startswith("good")),
    ids=lambda path: path.name,
)
def test_a_hostile_file_is_an_error_and_nothing_worse(path):
    with pytest.raises(rv.Error) as caught:
        rv.load(path, dt=0.1 * rv.ms)
    assert path.name in str(caught.value) or caught.value.where


def test_conventions_have_a_sentence_each():
    ours, floats = {"exact", "euler"}, {"norse", "snntorch", "spyx@2023", "nengo", "sinabs", "rockpool", "spikingjelly", "lava"}
    assert set(rv.conventions()) == ours | floats | {"lava-fixed", "lava-dl", "spinnaker2"}
    assert all(len(sentence) > 10 for sentence in rv.conventions().values())


def test_problems_of_the_arguments_come_together(load):
    error = refused(lambda: load(dt=0.1, seed=-1, hop_delay=2, feedback_bias="1", delays={("0", "1"): -1, "0": 1}), "bad_unit")
    wheres = ["dt", "hop_delay", "feedback_bias", "delays[('0', '1')]", "delays", "seed"]
    assert [problem.where for problem in error.errors] == wheres
    assert str(error).startswith("6 problems:\n  - dt: 0.1 has no unit")
    assert all(problem.message in str(error) and problem.remedy in str(error) for problem in error.errors)
    error = refused(lambda: load(dt=0.1, convention="x", reset="y", seed=-1), "bad_unit")
    assert [problem.where for problem in error.errors] == ["dt", "seed"]


@pytest.mark.parametrize("delays", [[("0", "1")], 5, [], "01"])
def test_delays_are_a_dict(load, delays):
    assert 'delays={("a", "b"): 3}' in refused(lambda: load(delays=delays), "bad_type", "delays").remedy


@pytest.mark.parametrize("path", ["a\0b", b"a\0b", "\ud800"])
def test_what_is_no_path(path):
    assert refused(lambda: rv.load(path, dt=1 * rv.ms), "bad_value").where == "path"


def test_a_remedy_is_python_and_works(load, lif_net, tmp_path):
    for delays in (None, {("0", "1"): 1 * rv.ms}):
        error = refused(lambda delays=delays: load(dt=None, delays=delays), "bad_value")
        assert "dt=0.1 * rv.ms" in error.remedy and len(error.errors) == 1
    lif_net.save(tmp_path / "net.safetensors")
    error = refused(lambda: rv.load(tmp_path / "net.safetensors", delays={("0", "1"): 1 * rv.ms}), "bad_unit")
    assert "network file" in error.remedy and "steps" not in error.remedy


def test_an_unknown_node_is_told_with_those_there_are(lif_net):
    refused(lambda: lif_net.nodes["x"], "unknown_name", "'x'", "input, 0, 1, output")
    assert "x" not in lif_net.nodes and lif_net.nodes.get("x") is None
