"""The C door from outside: a program in C alone, which links nothing that an embedded system would miss."""

import re

import numpy as np
import pytest
from tree import BRAILLE, RECORDED, ROOT, TOUCH, needed, project, run


@pytest.fixture(scope="module")
def program(prefix, tmp_path_factory):
    return project(ROOT / "examples" / "embed", tmp_path_factory.mktemp("embed"), prefix) / "braille"


@pytest.fixture(scope="module")
def arguments(prefix, tmp_path_factory):
    """A plan and a raster, made by the host's program and by hand."""
    folder = tmp_path_factory.mktemp("plan")
    loading = ["--dt", "0.1ms", "--convention", "snntorch"]
    run(prefix / "bin" / "ranvier", "lower", BRAILLE, *loading, "-o", folder / "braille.plan")
    np.load(TOUCH).tofile(folder / "raster.u8")
    return [folder / "braille.plan", folder / "raster.u8", "cpu", "lif1.lif", 256, 12]


def test_its_spikes_are_the_recorded_ones(program, arguments):
    spoken = run(program, *arguments).stdout
    spikes = np.array(re.findall(r"^(\d+) (\d+)$", spoken, re.MULTILINE), dtype=int)
    np.testing.assert_array_equal(spikes, np.argwhere(np.load(RECORDED)))
    assert re.search(r"^hash [0-9a-f]{16}$", spoken, re.MULTILINE)


def test_its_hash_is_that_of_the_command_line(program, arguments, prefix):
    ranvier = [prefix / "bin" / "ranvier", "run", arguments[0], "--input", TOUCH]
    (of_host,) = re.findall(r"^hash +0x([0-9a-f]{16})$", run(*ranvier).stdout, re.MULTILINE)
    assert f"hash {of_host}\n" in run(program, *arguments).stdout


def test_mistakes_are_sentences(program, arguments, tmp_path):
    (tmp_path / "bad.plan").write_bytes(b"no plan at all")
    assert "open: " in run(program, tmp_path / "bad.plan", *arguments[1:], code=1).stderr
    assert "nobody" in run(program, *arguments[:2], "nobody", *arguments[3:], code=1).stderr


def test_it_links_no_python_no_json_no_hdf5(program, prefix):
    libraries = needed(program)
    assert any("libranvier_embed" in name for name in libraries)
    assert [name for name in libraries if re.search("python|json|hdf5|sz|libranvier[.]so", name)] == []
    symbols = run("nm", "--dynamic", prefix / "lib" / "libranvier_embed.so").stdout
    assert re.search(r"\bT rv_open_file\b", symbols)
    assert [line for line in symbols.splitlines() if re.search("nlohmann|H5|Py_", line)] == []
    every_symbol = run("nm", prefix / "lib" / "libranvier_embed.so").stdout
    assert "nlohmann" not in every_symbol
