"""Whatever is shown is run: docstrings, README snippets, examples."""

import doctest
import importlib
import pkgutil
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

import ranvier as rv
from places import NIR_PAPER, ROOT

MODULES = ["ranvier", *(f"ranvier.{module.name}" for module in pkgutil.iter_modules(rv.__path__))]
README = ROOT / "README.md"
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README.read_text() if README.exists() else "", re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to be in, with the files that docstrings and README speak of."""
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    for name, path in {
        "lif_norse.nir": "01_lif/lif_norse.nir",
        "lif_norse.csv": "01_lif/lif_norse.csv",
        "braille.nir": "03_rnn/braille_noDelay_bias_zero.nir",
        "braille.npy": "derived/braille_test_sample0_input_256x12_u8.npy",
    }.items():
        shutil.copy(NIR_PAPER / path, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name, folder):
    module = importlib.import_module(name)
    finder = doctest.DocTestFinder(exclude_empty=True)
    tests = finder.find(module, globs={"rv": rv, "np": np})
    if name == "ranvier._ranvier":  # made for another module, so that the finder passes it by
        tests += finder.find(module.Error, module=False, globs={"rv": rv, "np": np})
    for test in tests:
        out = []
        failed = doctest.DocTestRunner(verbose=False).run(test, out=out.append).failed
        assert not failed, "".join(out)


@pytest.mark.parametrize("index", range(len(SNIPPETS)))
def test_readme(index, folder):
    """Each snippet sees what those before it made."""
    names = {}
    for snippet in SNIPPETS[: index + 1]:
        exec(compile(snippet, f"README.md, snippet {index + 1}", "exec"), names)


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "python").glob("[0-9]*.py")), ids=lambda path: path.name)
def test_examples(path, tmp_path):
    done = subprocess.run([sys.executable, path], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout
