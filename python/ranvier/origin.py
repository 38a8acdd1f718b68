"""What a result came from, so that it can be saved as a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _ranvier, arguments
from ._ranvier import Plan

if TYPE_CHECKING:
    from .network import Network


class Origin:
    """The network or plan and the input of a run. Arrays are held, not copied; saving notices one that was changed since."""

    def __init__(self, native: _ranvier.Result, source: Network | Plan, given: Any, only_input: str) -> None:
        self._native, self._source = native, source
        if isinstance(given, np.ndarray):
            given = {only_input: given}
        self._inputs: dict[str, np.ndarray] = given if isinstance(given, dict) else {}

    def save(self, folder: Any) -> str:
        source = self._source if isinstance(self._source, Plan) else self._source._native
        return _ranvier.save_run(arguments.path("folder", folder), source, self._inputs, self._native)
