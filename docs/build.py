"""Builds the site into build/docs: runs every page's blocks, hands the pages to Sphinx, looks whether they need the network."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

import blocks
from sphinx.cmd.build import main as sphinx

DOCS = Path(__file__).resolve().parent
SITE, STAGE = blocks.ROOT / "build" / "docs", blocks.ROOT / "build" / "docs-pages"
IMAGE = re.compile(r"^!\[[^]]*\]\(([^)/:]+)\)", re.MULTILINE)
# A browser fetches these by itself; links that a reader follows may lead anywhere.
FETCHED = re.compile(r"""<(?:script|img|link|iframe)\b[^>]*?(?:src|href)="(?:https?:)?//|@import|url\(["']?(?:https?:)?//""")


def stage(page: Path) -> None:
    """A page as it is after its blocks ran, with the pictures they drew."""
    target = STAGE / page.relative_to(DOCS)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        text = blocks.run_page(page, Path(scratch))
        target.write_text(text, encoding="utf-8")
        for name in IMAGE.findall(text):
            shutil.copy(Path(scratch) / name, target.parent)


def fetching() -> list[str]:
    """Pages and styles that would fetch something from another host."""
    files = [path for kind in ("*.html", "*.css") for path in SITE.rglob(kind)]
    return [str(path) for path in files if FETCHED.search(path.read_text(encoding="utf-8"))]


def main() -> int:
    for folder in (SITE, STAGE):
        shutil.rmtree(folder, ignore_errors=True)
    try:
        for page in blocks.pages():
            stage(page)
    except blocks.BlockError as error:
        print(error, file=sys.stderr)
        return 1
    options = ["-W", "--keep-going", "-q", "-c", str(DOCS), "-d", str(STAGE / ".doctrees")]
    failed = sphinx([*options, str(STAGE), str(SITE)])
    for name in fetching():
        failed = 1
        print(f"{name} needs another host.", file=sys.stderr)
    if not failed:
        print(SITE / "index.html")
    return failed


if __name__ == "__main__":
    sys.exit(main())
