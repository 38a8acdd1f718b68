"""The bar of a long run: tqdm's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ._ranvier import fail
from .arguments import shown
from .optional import needed

Progress = Callable[[int, int], object]

QUIET_S = 0.5  # a shorter run shows nothing


@contextmanager
def told(progress: Progress | bool | None) -> Iterator[Progress | None]:
    """What a run calls as (done, total): the caller's own function, a bar that ends with the block, or nothing."""
    if progress is None or progress is False:
        yield None
    elif progress is True:
        with needed("tqdm.auto", "progress").tqdm(unit=" steps", unit_scale=True, delay=QUIET_S) as bar:

            def advance(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            yield advance
            if bar.total is not None:  # the run came to its end, which is told to nobody
                advance(bar.total, bar.total)
    elif callable(progress):
        yield progress
    else:
        remedy = "Write progress=True, or give a function of two numbers: progress=lambda done, total: print(done)."
        fail("bad_type", f"{shown(progress)} cannot be called.", "progress", remedy)
