"""Whatever is shown is run: docstrings, README snippets, examples, the pages of the site."""

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
sys.path.insert(0, str(ROOT / "docs"))
import blocks  # noqa: E402

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


@pytest.mark.parametrize("page", blocks.pages(), ids=lambda page: str(page.relative_to(ROOT / "docs")))
def test_pages(page, tmp_path):
    blocks.run_page(page, tmp_path)


def run_text(text, folder):
    page = folder / "page.md"
    page.write_text(text)
    scratch = folder / "scratch"
    scratch.mkdir()
    return blocks.run_page(page, scratch)


def test_pages_show_what_blocks_print(tmp_path):
    page = run_text(
        "```python hidden\nx = 6\n```\n```python\nprint(7 * x)\n```\n```sh as=json\necho 43\n```\n"
        "```python raises=bad_type\nimport ranvier as rv\nrv.load(3)\n```\n```python not-run=Norse\nnorse\n```\n",
        tmp_path,
    )
    assert "x = 6" not in page
    assert "print(7 * x)\n```\n\n```{code-block} text\n:class: output\n\n42\n```" in page
    assert "{code-block} json\n:class: output\n\n43\n" in page
    assert "ranvier.Error: path: 3 is not a path." in page
    assert "needs Norse\nnorse\n" in page


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("\n```python\n1 / 0\n```\n", ":2: ZeroDivisionError"),
        ("```python raises=bad_type\n1\n```\n", ":1: It was to raise bad_type"),
        ("```python raises=bad_type\nimport ranvier as rv\nrv.load('none.nir')\n```\n", ":1: not_found"),
        ("```sh\nfalse\n```\n", ":1: It ended with exit code 1, not 0"),
        ("```sh exit=1\ntrue\n```\n", ":1: It ended with exit code 0, not 1"),
        ("```sh silently\ntrue\n```\n", ":1: 'silently'"),
    ],
)
def test_pages_that_say_what_is_not_so(text, sentence, tmp_path):
    with pytest.raises(blocks.BlockError, match=re.escape(sentence)):
        run_text(text, tmp_path)


def test_reference_is_complete():
    page = (ROOT / "docs" / "api.md").read_text()
    documented = re.findall(r"^\.\. auto\w+:: ranvier\.(\w+)$", page, re.MULTILINE) + re.findall(r"`rv\.(\w+)`", page)
    assert sorted(documented) == sorted(rv.__all__)


def test_each_convention_has_its_page():
    pages = {path.stem for path in (ROOT / "docs" / "conventions").glob("*.md")}
    assert pages - {"index"} == rv.conventions().keys()


def test_each_code_of_an_error_is_explained():
    """The codes stand in the header; those that a user can meet have an example, the others a line."""
    header = (ROOT / "core" / "include" / "ranvier" / "error.h").read_text()
    codes = re.findall(r"^  (\w+) = \d+,$", header, re.MULTILINE)
    page = (ROOT / "docs" / "errors.md").read_text()
    explained = re.findall(r"^(?:### |\| `)(\w+)", page, re.MULTILINE)
    assert sorted(explained) == sorted(set(codes) - {"ok"})
