"""Reading .npy and writing .npz, held against NumPy, and against files that lie."""

import json
import os
import random
import subprocess
import threading
import zipfile

import numpy as np
import pytest


def write(path, array, version=(1, 0)):
    with open(path, "wb") as file:
        np.lib.format.write_array(file, array, version=version)
    return path


def header(text, data=b"", version=1):
    """A .npy with any text as its header."""
    width = 2 if version == 1 else 4
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(width, "little") + text.encode() + data


@pytest.fixture
def run(ranvier, plan):
    """The summary of a run with this input; `code` and what the errors say when it is refused."""

    def call(path, *arguments, code=0):
        done = ranvier("run", plan, "--input", path, "--json", *arguments, code=code)
        return json.loads(done.stdout)

    return call


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "i4", "i2", "i1", "u1", "?"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_type_and_version_reads_as_the_same_spikes(tmp_path, run, touch, dtype, version):
    expected = run(write(tmp_path / "u1.npy", touch))["hash"]
    assert run(write(tmp_path / "x.npy", touch.astype(dtype), version))["hash"] == expected


def test_the_header_of_another_writer_is_read(tmp_path, run, touch):
    expected = run(write(tmp_path / "numpy.npy", touch))["hash"]
    text = '{"shape":(256,12,),"fortran_order":False,"descr":"<u1"}\n'
    (tmp_path / "other.npy").write_bytes(header(text, touch.tobytes()))
    assert run(tmp_path / "other.npy")["hash"] == expected


def test_an_empty_array_is_an_empty_run(tmp_path, run):
    assert run(write(tmp_path / "x.npy", np.zeros((0, 12), "f4")))["steps"] == 0


@pytest.mark.parametrize(
    "change, remedy",
    [
        (np.asfortranarray, "ascontiguousarray"),
        (lambda x: x.astype(">f4"), "newbyteorder"),
        (lambda x: x.astype("f2"), "astype"),
        (lambda x: x.astype("u4"), "astype"),
        (lambda x: x.astype("c16"), "astype"),
        (lambda x: x.astype("U1"), "astype"),
        (lambda x: np.zeros((256, 12), [("a", "f4"), ("b", "i4")]), "astype"),
        (lambda x: x.astype("M8[ns]"), "astype"),
    ],
)
def test_what_has_no_counterpart_is_refused_with_a_remedy(tmp_path, run, touch, change, remedy):
    (error,) = run(write(tmp_path / "x.npy", change(touch)), code=2)["errors"]
    assert error["code"] == "bad_type"
    assert remedy in error["remedy"]
    assert error["where"].endswith("x.npy")


GOOD = "{'descr': '|u1', 'fortran_order': False, 'shape': (256, 12), }\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        "[]",
        GOOD.replace("'shape': (256, 12), ", ""),
        GOOD.replace("}", "'shape': (256, 12), }"),
        GOOD.replace("}", "'more': 1, }"),
        GOOD.replace("}", "} }"),
        GOOD.replace("False", "0"),
        GOOD.replace("(256, 12)", "[256, 12]"),
        GOOD.replace("(256, 12)", "(-256, -12)"),
        GOOD.replace("(256, 12)", "(256 12)"),
        GOOD.replace("(256, 12)", "(256, 12"),
        GOOD.replace("(256, 12)", "(256.0, 12)"),
        GOOD.replace("(256, 12)", "(256, 13)"),
        GOOD.replace("(256, 12)", "(256, 11)"),
        GOOD.replace("(256, 12)", f"({2**62}, 12)"),
        GOOD.replace("(256, 12)", f"({2**63}, {2**63})"),
        GOOD.replace("(256, 12)", f"({2**64}, 12)"),
        GOOD.replace("(256, 12)", f"({2**32}, {2**32})"),  # 2^64, which wraps to 0
        GOOD.replace("(256, 12)", f"(0, {2**63})"),
        GOOD.replace("(256, 12)", "(" + "1, " * 33 + "3072)"),
        GOOD.replace("'|u1'", "'|u1"),
        GOOD.replace("'|u1'", "[('a', '<f4')"),
    ],
)
def test_a_header_that_lies_is_a_bad_file(tmp_path, run, text):
    for version in (1, 2):
        (tmp_path / "x.npy").write_bytes(header(text, bytes(256 * 12), version))
        (error,) = run(tmp_path / "x.npy", code=4)["errors"]
        assert error["code"] == "bad_file", error


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMP",
        b"\x93NUMPY\x01",
        b"\x93NUMPY\x01\x00\xff",
        b"\x93NUMPY\x01\x00\xff\xff{",
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff{",
        b"\x93NUMPY\x04\x00" + header(GOOD)[8:],
        b"\x93NUMPY\x01\x01" + header(GOOD)[8:],
        b"PK\x03\x04" + bytes(100),
        header(GOOD, bytes(256 * 12 - 1)),
        header(GOOD, bytes(256 * 12 + 1)),
        header(GOOD.replace("|u1", "|b1"), b"\x02" + bytes(256 * 12 - 1)),  # no bool of C++
    ],
)
def test_damaged_files_are_bad_files(tmp_path, run, data):
    (tmp_path / "x.npy").write_bytes(data)
    (error,) = run(tmp_path / "x.npy", code=4)["errors"]
    assert error["code"] == "bad_file", error


def test_no_damage_to_a_header_crashes(tmp_path, program, plan, touch):
    good = write(tmp_path / "x.npy", touch).read_bytes()
    for seed in range(150):
        chance = random.Random(seed)
        data = bytearray(good[: chance.choice([len(good), chance.randrange(200)])])
        for _ in range(chance.randrange(1, 5)):
            if data:
                data[chance.randrange(min(len(data), 128))] = chance.randrange(256)
        (tmp_path / "x.npy").write_bytes(data)
        done = subprocess.run([program, "run", plan, "--input", tmp_path / "x.npy"], capture_output=True, timeout=60)
        assert done.returncode in (0, 2, 4), (seed, done.returncode, done.stderr)


def test_a_file_that_is_not_there_is_said_so(tmp_path, run):
    for path in (tmp_path / "none.npy", tmp_path):
        (error,) = run(path, code=4)["errors"]
        assert error["code"] == "not_found"


def test_numpy_reads_what_is_written(tmp_path, run, touch, recorded):
    out = tmp_path / "out.npz"
    source = write(tmp_path / "x.npy", touch)
    summary = run(source, "--record", "lif1.lif.spikes", "--record", "lif1.lif.v", "--out", out)
    with np.load(out) as arrays:
        assert set(arrays) == set(summary["arrays"]) == {"output", "lif1.lif.spikes", "lif1.lif.v"}
        assert arrays["output"].shape == (256, 7) and arrays["output"].dtype == np.float32
        assert arrays["lif1.lif.v"].shape == (256, 38) and arrays["lif1.lif.v"].dtype == np.float32
        assert arrays["lif1.lif.spikes"].dtype == bool
        np.testing.assert_array_equal(arrays["lif1.lif.spikes"], recorded)
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist())
    assert sorted(os.listdir(tmp_path)) == ["out.npz", "x.npy"]


def test_equal_results_are_equal_files(tmp_path, run, touch):
    source = write(tmp_path / "x.npy", touch)
    run(source, "--out", tmp_path / "a.npz")
    run(source, "--out", tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_an_empty_run_is_written_too(tmp_path, run):
    run(write(tmp_path / "x.npy", np.zeros((0, 12), "u1")), "--record", "lif1.lif.spikes", "--out", tmp_path / "o.npz")
    with np.load(tmp_path / "o.npz") as arrays:
        assert arrays["lif1.lif.spikes"].shape == (0, 38)


def test_an_output_that_cannot_be_written_is_a_bad_file(tmp_path, run, touch):
    source = write(tmp_path / "x.npy", touch)
    for out in (tmp_path / "no" / "folder.npz", tmp_path, "/dev/full"):
        (error,) = run(source, "--out", out, code=4)["errors"]
        assert error["code"] == "bad_file"
    assert os.listdir(tmp_path) == ["x.npy"]


def test_a_pipe_stays_a_pipe(tmp_path, run, touch):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    run(write(tmp_path / "x.npy", touch), "--out", pipe)
    reader.join(30)
    assert pipe.is_fifo()
    (tmp_path / "copy.npz").write_bytes(received[0])
    assert np.load(tmp_path / "copy.npz")["output"].shape == (256, 7)
