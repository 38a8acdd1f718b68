"""Reports: what a device makes of a network, before the first spike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from . import _ranvier


class ReportEntry(NamedTuple):
    """One line: what was asked of the device, what it can do, and what helps."""

    node: str  #: population, or "source -> target"
    quantity: str  #: "neuron model", "weight", "decay" ...
    asked: int | float | str
    limit: int | float | str
    unit: str
    verdict: str  #: "exact", "approximate" or "unsupported"
    remedy: str
    figures: Mapping[str, float] = {}  #: the numbers behind it: "max_error", "used", "limit" ...


class Report:
    """What a device makes of a network; printed, a table.

    ok       whether `net.to` with the same arguments works
    entries  list of ReportEntry
    summary  "3 exact, 5 approximate, 0 unsupported": entries, by verdict

    >>> report = rv.load("lif_norse.nir", dt=0.1 * rv.ms).check("cpu")
    >>> report.ok, report.device
    (True, 'cpu')
    """

    def __init__(self, native: _ranvier.Report) -> None:
        self._text: str = native.text().rstrip()
        self.device: str = native.device
        self.ok: bool = native.ok
        self.summary: str = native.summary()
        self.entries: list[ReportEntry] = [
            ReportEntry(e.node, e.quantity, _number(e.asked), _number(e.limit), e.unit, e.verdict, e.remedy, e.figures)
            for e in native.entries
        ]

    def to_json(self) -> str:
        """{"device": ..., "ok": ..., "entries": [{"node": ..., "quantity": ..., "figures": {...}, ...}]}"""
        import json

        entries = [entry._asdict() for entry in self.entries]
        return json.dumps({"device": self.device, "ok": self.ok, "entries": entries}, ensure_ascii=False)

    def _repr_html_(self) -> str:
        from .html import of_report

        return of_report(self)

    def __repr__(self) -> str:
        return self._text


def _number(text: str) -> int | float | str:
    """A number where the text is one."""
    for kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            continue
        if math.isfinite(value):
            return value
    return text
