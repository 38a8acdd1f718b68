"""Our docstrings, which are plain text with columns, as reStructuredText for autodoc."""

from __future__ import annotations

import re

COLUMNS = re.compile(r"^(\S.*?)  +(\S.*)$")  # `name   what it is`
SPECIAL = re.compile(r"([*|\\]|_\b)")


def to_rst(lines: list[str]) -> list[str]:
    """Paragraphs with their special characters escaped, columns as definition lists, examples as they are."""
    text: list[str] = []
    for block in "\n".join(lines).strip("\n").split("\n\n"):
        text += [*_block(block.split("\n")), ""]
    return text


def _block(lines: list[str]) -> list[str]:
    if lines[0].startswith(">>>"):
        return lines
    for first, line in enumerate(lines):
        if COLUMNS.match(line) and all(COLUMNS.match(rest) or rest.startswith("  ") for rest in lines[first + 1 :]):
            return [*map(_escaped, lines[:first]), *([""] if first else []), *_definitions(lines[first:])]
    return [_escaped(line.strip()) for line in lines]


def _definitions(lines: list[str]) -> list[str]:
    text: list[str] = []
    for line in lines:
        column = COLUMNS.match(line)
        if column:
            text += [f"``{column[1]}``", f"    {_escaped(column[2])}"]
        else:
            text.append(f"    {_escaped(line.strip())}")
    return text


def _escaped(line: str) -> str:
    """Code in backticks stays as it is."""
    parts = line.split("`")
    return "`".join(part if inside % 2 else SPECIAL.sub(r"\\\1", part) for inside, part in enumerate(parts))
