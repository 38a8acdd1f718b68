"""Looks at what people pass, so that a slip is told by name, value, allowed range and remedy."""

import operator
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ._ranvier import Error, Problem, Quantity, fail

LARGEST = 2**64 - 1
MOST_LANES = 2**24


class Problems:
    """Collects what several looks refuse, so that it comes as one Error."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._problems: list[Problem] = []

    def of(self, look: Callable[..., Any], *values: Any) -> Any:
        """look(*values); None where that was refused."""
        try:
            return look(*values)
        except Error as error:
            self._texts.append(str(error))
            self._problems += error.errors
            return None

    def done(self) -> None:
        """Raises all that came together; worded like the library's own."""
        if not self._problems:
            return
        lines = "".join(f"\n  - {text}" for text in self._texts)
        error = Error(self._texts[0] if len(self._texts) == 1 else f"{len(self._texts)} problems:{lines}")
        first = self._problems[0]
        error.code, error.where, error.remedy, error.errors = first.code, first.where, first.remedy, self._problems
        raise error


class Named(dict[str, Any]):
    """A dict that tells its names when asked for one that it lacks. `lack` begins the sentence: "The network has no node"."""

    def __init__(self, items: Mapping[str, Any], lack: str, remedy: str) -> None:
        super().__init__(items)
        self._lack, self._remedy = lack, remedy

    def __missing__(self, key: str) -> None:
        there = ", ".join(map(str, self)) or "nothing"
        fail("unknown_name", f"{self._lack} {shown(key)}; it has {there}.", str(key), self._remedy.format(key))


def shown(value: Any) -> str:
    """The value as a person would write it, cut to a line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else text[:77] + "..."


def whole(name: str, value: Any, low: int = 0, high: int = LARGEST) -> int:
    """An integer of low .. high; NumPy's are fine, truth values are not."""
    remedy = f"Give an integer from {low} to {high}."
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        fail("bad_type", f"{shown(value)} is not an integer.", name, remedy)
    try:
        number = operator.index(value)
    except TypeError:  # arrays
        fail("bad_type", f"{shown(value)} is not an integer.", name, remedy)
    if not low <= number <= high:
        fail("out_of_range", f"{number} is not in {low} .. {high}.", name, remedy)
    return number


def word(name: str, value: Any) -> str:
    if not isinstance(value, str):
        fail("bad_type", f"{shown(value)} is not a string.", name, f"Give {name} as a string.")
    return value


def path(name: str, value: Any) -> str | bytes:
    if not isinstance(value, (str, bytes, os.PathLike)):
        fail("bad_type", f"{shown(value)} is not a path.", name, "Give a string or a pathlib.Path.")
    result = os.fspath(value)
    try:
        bad = b"\0" in os.fsencode(result)
    except UnicodeEncodeError:
        bad = True
    if bad:
        fail("bad_value", f"{shown(value)} holds a character that no path may have.", name, "Give the path of a file.")
    return result


def duration(name: str, value: Any) -> Quantity:
    """A Quantity of time."""
    if not isinstance(value, Quantity):
        known = isinstance(value, (int, float)) and not isinstance(value, bool)
        example = f"{shown(value)} * rv.ms" if known else "0.1 * rv.ms"
        meaning = " for a tenth of a millisecond" if example == "0.1 * rv.ms" else ""
        message = f"{shown(value)} has no unit: it could be seconds or milliseconds."
        fail("bad_unit", message, name, f"Write {name}={example}{meaning}.")
    if value.unit.dimension != "time":
        fail("bad_unit", f"{value} is a {value.unit.dimension}, not a time.", name, "Use rv.s, rv.ms or rv.us.")
    return value


def names(name: str, value: Any) -> list[str]:
    """One string or several."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Sequence) or not all(isinstance(item, str) for item in value):
        fail("bad_type", f"{shown(value)} is not a list of strings.", name, f'Write {name}=["node.spikes", "node.v"].')
    return list(value)


def settings(values: Mapping[str, Any]) -> dict[str, str]:
    """A device's own settings as it reads them: true, 3, f64."""
    result = {}
    for key, value in values.items():
        if isinstance(value, bool):
            result[key] = "true" if value else "false"
        elif isinstance(value, (str, int, float)):
            result[key] = str(value)
        else:
            fail(
                "bad_type",
                f"{shown(value)} is not a string, number or truth value.",
                key,
                "Give a device's setting plainly.",
            )
    return result
