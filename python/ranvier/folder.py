"""Run folders: a run that a stranger can repeat, and `rerun`, which says whether the same comes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _ranvier, arguments
from ._ranvier import fail
from .compare import ValueDifference, value_difference

Progress = Callable[[int, int], object]


class Rerun:
    """A run, and the same run again; printed, whether it is equal, or else what differs first.

    equal                    every recorded event, trace and output is equal, and so is the spike hash
    id                       of the folder: SHA-256 of its run.json with the id as zeros
    same_plan                False where this version lowers the network to another plan
    spikes, outputs, states  ValueDifference (a: saved, b: now), or None where all are equal
    hash_a, hash_b           spike hashes, saved and now, of all spiking nodes, recorded or not
    """

    def __init__(self, native: _ranvier.Rerun) -> None:
        self.equal: bool = native.equal()
        self.id: str = native.id
        self.steps: int = native.steps
        self.same_plan: bool = native.same_plan
        self.spikes: ValueDifference | None = value_difference(native.spikes)
        self.outputs: ValueDifference | None = value_difference(native.outputs)
        self.states: ValueDifference | None = value_difference(native.states)
        self.hash_a: int | None = native.hash_a
        self.hash_b: int | None = native.hash_b
        self._native = native

    def to_json(self) -> str:
        """The attributes, by their names, and the devices."""
        return self._native.to_json()

    def __repr__(self) -> str:
        return self._native.text().rstrip()


def rerun(folder: Any, device: str | None = None, *, progress: Progress | None = None, **settings: Any) -> Rerun:
    """Verifies a folder of `Result.save`, runs its network again and compares all that was saved.

    device    another one than it ran on; `settings` are that device's
    progress  called as progress(done, total) now and then

    Raises Error bad_file with each file that is damaged, missing or one too many; and as `net.to` and `run` do.

    >>> out = rv.load("lif_norse.nir", dt=0.1 * rv.ms).to("cpu").run(np.ones((50, 1)), record=["1.spikes", "1.v"])
    >>> id = out.save("run")
    >>> rv.rerun("run").equal, rv.rerun("run", "reference").equal, rv.rerun("run").id == id
    (True, True, True)
    >>> rv.rerun("run", "reference?precision=f64").states.variable
    'v'
    """
    if device is None and settings:
        message = "Settings were given, but no device."
        fail("invalid_argument", message, next(iter(settings)), "Name the device that they belong to.")
    name = None if device is None else arguments.word("device", device)
    texts = arguments.settings(settings)
    return Rerun(_ranvier.rerun(arguments.path("folder", folder), name, texts, progress))


def verify(folder: Any) -> str:
    """Looks whether every byte of a folder is what was saved; returns its id. Raises Error bad_file, not_found.

    >>> out = rv.load("lif_norse.nir", dt=0.1 * rv.ms).to("cpu").run(steps=5)
    >>> out.save("silence") == rv.verify("silence")
    True
    """
    return _ranvier.verify_run(arguments.path("folder", folder))
