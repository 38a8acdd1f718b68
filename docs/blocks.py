"""Runs what a page shows: its Python and shell blocks, from top to bottom. The site's build and the tests use it.

The Python blocks of a page share their names; each shell block is a process of its own. All run in one scratch folder, in
which `core`, `examples` and `tests` are the repository's. What a block prints is put below it. Words after the language say
what is different:

    ```python raises=bad_value   it must raise rv.Error with this code, which is shown
    ```sh exit=2                 it must end with this exit code
    ```python quiet              what it prints is not shown
    ```python hidden             it is not shown itself
    ```python as=markdown        what it prints is part of the page; as=json: is shown as that
    ```python not-run=Norse      shown, with a note, and not run: it needs that
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^```(python|sh)((?: [^\n`]+)?)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
WORDS = {"raises", "exit", "quiet", "hidden", "as", "not-run"}
LONGEST_S = 120  # for a shell block
os.environ.setdefault("MPLBACKEND", "Agg")  # pages draw into files


class BlockError(Exception):
    """A block did something else than its page says."""


@dataclass
class Block:
    language: str
    words: dict[str, str]  #: those after the language; "" where a word has no value
    code: str
    where: str  #: "page.md:12"

    def wrong(self, sentence: str) -> BlockError:
        return BlockError(f"{self.where}: {sentence}")


def pages(docs: Path = ROOT / "docs") -> list[Path]:
    """All pages of the site, sorted; READMEs are for those who work on it."""
    return sorted(path for path in docs.rglob("*.md") if path.name != "README.md")


def run_page(page: Path, scratch: Path) -> str:
    """Runs the blocks of a page in the folder `scratch`; returns the page with what they printed. Raises BlockError."""
    for folder in ("core", "examples", "tests"):
        (scratch / folder).symlink_to(ROOT / folder)
    text, names, parts, end = page.read_text(encoding="utf-8"), {"__name__": "__main__"}, [], 0
    with _inside(scratch):
        for match in FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            words = dict(word.partition("=")[::2] for word in match[2].split())
            block = Block(match[1], words, match[3], f"{page}:{line}")
            if not words.keys() <= WORDS:
                raise block.wrong(f"'{match[2].strip()}' are not all words of blocks.py.")
            parts += [text[end : match.start()], _shown(block, names)]
            end = match.end()
    return "".join([*parts, text[end:]])


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _shown(block: Block, names: dict[str, object]) -> str:
    """The block as it stands in the built page, after it ran."""
    if "not-run" in block.words:
        note = f":caption: Not run when this page was built: needs {block.words['not-run'].replace('-', ' ')}"
        return f"```{{code-block}} {block.language}\n{note}\n{block.code}```"
    run: Callable[[Block, dict[str, object]], str] = _run_python if block.language == "python" else _run_shell
    printed = run(block, names).rstrip()
    code = "" if "hidden" in block.words else f"```{block.language}\n{block.code}```"
    if not printed or "quiet" in block.words:
        return code
    kind = block.words.get("as", "text")
    if kind == "markdown":
        return f"{code}\n\n{printed}"
    classes = "output sentences" if "raises" in block.words else "output"
    return f"{code}\n\n```{{code-block}} {kind}\n:class: {classes}\n\n{printed}\n```"


def _run_python(block: Block, names: dict[str, object]) -> str:
    import ranvier as rv

    out = io.StringIO()
    expected = block.words.get("raises")
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(block.code, block.where, "exec"), names)
    except rv.Error as error:
        if error.code != expected:
            raise block.wrong(f"{error.code}: {error}") from error
        return f"{out.getvalue()}ranvier.Error: {error}"
    except Exception as error:
        raise block.wrong(repr(error)) from error
    if expected is not None:
        raise block.wrong(f"It was to raise {expected}, and did not.")
    return out.getvalue()


def _run_shell(block: Block, names: dict[str, object]) -> str:
    import ranvier as rv

    path = f"{Path(rv.__file__).parent / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-eu", "-c", block.code],
        env=os.environ | {"PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_S,
    )
    expected = int(block.words.get("exit", "0"))
    if done.returncode != expected:
        raise block.wrong(f"It ended with exit code {done.returncode}, not {expected}:\n{done.stdout}")
    return done.stdout
