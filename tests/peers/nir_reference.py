"""Holds our reading and writing of NIR files against the reference library, in an environment of its own.

    python -m venv E && E/bin/pip install -r tests/peers/requirements-nir.txt
    E/bin/python tests/peers/nir_reference.py build/dev/lib/ranvier/bin/ranvier-nir [FOLDER OF NIR FILES ...]

1. Every file under the folders (tests/data/nir-paper if none is named) goes through our reader and our writer: what h5py sees
   in both must be equal, name by name, type, shape and value; and what the reference library makes of both, or its refusal.
2. Graphs of every type, with optional members absent and present, nested, with metadata: written by the library in each of its
   compressions, and back through us.
3. The library's own tests (of its source package) with nir.read, write, read_data and write_data going through us.
4. A file of a million nodes: refused within seconds.
"""

import functools
import itertools
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import h5py
import nir
import numpy as np

DATA = Path(__file__).parents[1] / "data" / "nir-paper"
HDF5 = (".nir", ".h5")
PAPER_FILES = {
    "01_lif/lif_norse.nir": "01_lif",
    "01_lif/two_lif_neurons.nir": "01_lif/debug_spike_representation",
    "03_rnn/braille_noDelay_bias_zero.nir": "03_rnn",
    "03_rnn/braille_noDelay_noBias_subtract.nir": "03_rnn",
}
failures = []


class Refused(Exception):
    pass


def through_us(path, program, verb="read", compression="gzip"):
    """The bytes of the file after our reader and our writer."""
    read = subprocess.run([program, verb, "--", path], capture_output=True, timeout=120)
    if read.returncode != 0:
        raise Refused(read.stderr.decode().splitlines()[0])
    written = subprocess.run([program, "write", "--compression", compression], input=read.stdout, capture_output=True)
    if written.returncode != 0:
        raise RuntimeError(f"what was read could not be written: {written.stderr.decode()}")
    return written.stdout


def contents(file):
    """Name -> what h5py sees there, of groups, datasets and attributes."""
    found = {}

    def visit(name, item):
        found[name] = (item.dtype, item.shape, item[()]) if isinstance(item, h5py.Dataset) else None
        for key, value in item.attrs.items():
            found[f"{name}@{key}"] = (np.asarray(value).dtype, np.shape(value), value)

    visit("", file)
    file.visititems(visit)
    return found


def difference(a, b):
    """The first place where two files differ; None where none does."""
    with h5py.File(a) as first, h5py.File(b) as second:
        one, other = contents(first), contents(second)
    for name in sorted(one.keys() | other.keys()):
        if (name in one) != (name in other) or (one[name] is None) != (other[name] is None):
            return f"{name!r} is in one only"
        if one[name] is None:
            continue
        (dtype, shape, value), (dtype2, shape2, value2) = one[name], other[name]
        exact = value.dtype.kind == "f" if isinstance(value, np.ndarray) else isinstance(value, float)
        if dtype != dtype2 or shape != shape2 or not np.array_equal(value, value2, equal_nan=exact):
            return f"{name!r}: {dtype} {shape} {value!r} became {dtype2} {shape2} {value2!r}"
    return None


def differing(a, b, place="graph"):
    """Where two graphs of the reference library differ; None where none does."""
    if type(a) is not type(b):
        return f"{place}: {type(a).__name__} became {type(b).__name__}"
    if isinstance(a, nir.NIRGraph) and a.edges != b.edges:
        return f"{place}: edges {a.edges} became {b.edges}"
    if isinstance(a, nir.NIRNode):
        a, b = a.__dict__, b.__dict__
    if isinstance(a, dict):
        if a.keys() != b.keys():
            return f"{place}: {a.keys() ^ b.keys()}"
        found = (differing(a[key], b[key], f"{place}.{key}") for key in a if key != "edges")
        return next((text for text in found if text), None)
    same = np.array_equal(a, b) and np.asarray(a).dtype == np.asarray(b).dtype
    return None if same else f"{place}: {a!r} became {b!r}"


def check(name, problem):
    print(f"{'ok' if problem is None else 'FAILED':7}{name}{'' if problem is None else ': ' + problem}")
    if problem is not None:
        failures.append(name)


def as_the_library_sees(path):
    try:
        return nir.read(path, type_check=False)
    except Exception as error:  # whatever it says, it must say the same of ours
        return type(error).__name__


def check_file(path, program, compression="gzip"):
    """Whether the file survives us; the answer is a sentence, or None."""
    is_data = path.suffix == ".h5" and "nodes" in h5py.File(path)
    verb = "read-data" if is_data else "read"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.nir"
        copy.write_bytes(through_us(path, program, verb, compression))
        if is_data:
            return difference(path, copy)
        return difference(path, copy) or _library_differs(path, copy)


def _library_differs(path, copy):
    one, other = as_the_library_sees(path), as_the_library_sees(copy)
    if isinstance(one, str) or isinstance(other, str):
        return None if one == other else f"the library says {one!r} of the file, {other!r} of ours"
    return differing(one, other)


def check_files(folders, program):
    for path in sorted(file for folder in folders for file in Path(folder).rglob("*") if file.suffix in HDF5):
        try:
            check(path.name, check_file(path, program))
        except Refused as refusal:
            print(f"refused {path.name}: {refusal}")


def neurons(n, dtype):
    """Every neuron type, of n neurons; each call draws other numbers."""

    def draw():
        return np.random.default_rng(n).random(n).astype(dtype) + np.asarray(0.5, dtype)

    names = dict(
        LI=("tau", "r", "v_leak"),
        LIF=("tau", "r", "v_leak", "v_threshold"),
        CubaLI=("tau_syn", "tau_mem", "r", "v_leak"),
        CubaLIF=("tau_syn", "tau_mem", "r", "v_leak", "v_threshold"),
        I=("r",),
        IF=("r", "v_threshold"),
        Threshold=("threshold",),
        Scale=("scale",),
        Delay=("delay",),
    )
    optional = dict(LIF=("v_reset",), IF=("v_reset",), CubaLIF=("v_reset", "w_in"), CubaLI=("w_in",))
    for kind, required in names.items():
        extras = optional.get(kind, ())
        for given in itertools.chain.from_iterable(itertools.combinations(extras, k) for k in range(len(extras) + 1)):
            yield kind, getattr(nir, kind)(**{name: draw() for name in required + given})


def convolutions():
    weight1, weight2 = np.random.rand(4, 2, 3).astype(np.float32), np.random.rand(4, 2, 3, 3).astype(np.float32)
    for name, padding in itertools.product(("Conv1d", "Conv1d without input_shape"), (0, 1, "same", "valid")):
        yield name, nir.Conv1d(20, weight1, 1, padding, 1, 1, np.zeros(4, np.float32))
    for name, padding in itertools.product(("Conv2d", "Conv2d without input_shape"), (0, (1, 2), "same", "valid")):
        yield name, nir.Conv2d((8, 9), weight2, (1, 1), padding, (1, 1), 1, np.zeros(4, np.float32))


def others():
    yield "Linear", nir.Linear(np.random.rand(3, 2))
    yield "Affine", nir.Affine(np.random.rand(3, 2).astype(np.float32), np.random.rand(3))
    yield "large Linear", nir.Linear(np.random.rand(700, 600))
    yield "SumPool2d", nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0]))
    yield "AvgPool2d", nir.AvgPool2d((2, 2), (2, 2), (0, 0))
    for name in ("Flatten", "Flatten without input_type"):
        yield name, nir.Flatten({"input": np.array([2, 3, 4])}, 0, -1)


def metadata():
    return {"text": "ä", "one": 2, "half": 0.5, "yes": True, "array": np.arange(3.0), "group": {"x": "y", "z": {"n": 1}}}


def graphs():
    """Name -> graph. Types are checked by none of them: a graph need not make sense to be stored."""
    nodes = itertools.chain(neurons(3, np.float32), neurons(4, np.float64), convolutions(), others())
    for name, node in nodes:
        node.metadata = {}
        yield name, nir.NIRGraph({"in": nir.Input({"input": np.array([3])}), "n": node}, [("in", "n")], type_check=False)
    noted = nir.Linear(np.ones((2, 2)))
    noted.metadata = metadata()
    graph = nir.NIRGraph({"n.1": noted, "if": nir.Scale(np.ones(2))}, [("n.1", "if"), ("if", "n.1")], type_check=False)
    graph.metadata = metadata()
    yield "metadata", graph
    for depth in range(3):
        graph = nir.NIRGraph({"inner": graph, "s": nir.Scale(np.ones(2))}, [("inner", "s")], type_check=False)
        yield f"nested, {depth + 1} deep", graph
    yield "no edges", nir.NIRGraph({"s": nir.Scale(np.ones(2))}, [], type_check=False)
    yield "no nodes", nir.NIRGraph({}, [], type_check=False)


def check_graphs(program):
    for (name, graph), compression in itertools.product(graphs(), ("gzip", "lzf", None)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "graph.nir"
            nir.write(path, graph, compression=compression)
            if "without" in name:  # the library reads it, but cannot write it
                with h5py.File(path, "a") as file:
                    del file[f"node/nodes/n/{name.split()[-1]}"]
            check(f"{name}, {compression}", check_file(path, program, "none" if compression is None else "gzip"))


def patch(program):
    """Sends what the library reads and writes through us."""

    def writer(original, verb):
        @functools.wraps(original)
        def write(target, *arguments, **named):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "file.nir"
                original(path, *arguments, **named)
                data = through_us(path, program, verb)
            if hasattr(target, "write"):
                target.write(data)
                target.flush()
            else:
                Path(target).write_bytes(data)

        return write

    def reader(original, verb):
        @functools.wraps(original)
        def read(source, *arguments, **named):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "file.nir"
                if hasattr(source, "read"):
                    source.seek(0)
                path.write_bytes(source.read() if hasattr(source, "read") else Path(source).read_bytes())
                copy = Path(folder) / "copy.nir"
                copy.write_bytes(through_us(path, program, verb))
                return original(copy, *arguments, **named)

        return read

    for name, wrap, verb in (
        ("write", writer, "read"),
        ("read", reader, "read"),
        ("write_data", writer, "read-data"),
        ("read_data", reader, "read-data"),
    ):
        setattr(nir, name, wrap(getattr(nir, name), verb))


def check_own_tests(program):
    import pytest

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary=:all:", f"nir=={nir.version}"]
        subprocess.run([*command, "-d", folder], check=True)
        archive = next(Path(folder).glob("nir-*.tar.gz"))
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        root = Path(folder) / archive.name.removesuffix(".tar.gz")
        (root / "nir").rename(root / "nir_source")  # the installed one is tested
        for name, place in PAPER_FILES.items():  # which the package leaves out
            (root / "paper" / place).mkdir(parents=True, exist_ok=True)
            shutil.copy(DATA / name, root / "paper" / place)
        sys.path.insert(0, str(root))
        patch(program)
        code = pytest.main(["-q", "-p", "no:cacheprovider", f"--rootdir={root}", str(root / "tests")])
    check("the library's own tests", None if code == 0 else f"pytest ended with {code}")


def check_million_nodes(program):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.nir"
        with h5py.File(path, "w", libver="latest") as file:
            file["version"], file["node/type"] = "1.0.8", "NIRGraph"
            file.create_dataset("node/edges", shape=(0,), dtype="f8")
            nodes = file.create_group("node/nodes")
            nodes["n/type"] = "Input"
            for number in range(1_000_000):
                nodes[str(number)] = nodes["n"]
        begin = time.monotonic()
        done = subprocess.run([program, "read", path], capture_output=True)
        seconds = time.monotonic() - begin
    problem = None if done.returncode == 4 and seconds < 10 else f"code {done.returncode} after {seconds:.1f} s: {done.stderr}"
    check(f"a million nodes, refused after {seconds:.1f} s", problem)


def check_the_check(program):
    """That a change would be noticed."""
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder) / "one.nir", Path(folder) / "other.nir"
        for path, weight in ((one, 1.0), (other, 1.0 + 2**-52)):
            nir.write(path, nir.NIRGraph({"l": nir.Linear(np.full((1, 1), weight))}, [], type_check=False))
        seen = difference(one, other) is not None and _library_differs(one, other) is not None
        check("one bit is noticed", None if seen and difference(one, one) is None else "it is not")


def main(program, *folders):
    np.random.seed(1)
    check_the_check(program)
    check_files(folders or [DATA], program)
    check_graphs(program)
    check_million_nodes(program)
    check_own_tests(program)
    print(f"{len(failures)} failures" + "".join(f"\n  {name}" for name in failures))
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
