"""What people pass as input, as NumPy arrays with time first: [T, N] or [T, lanes, N]; N may be a whole shape."""

from math import prod
from typing import Any

import numpy as np

from ._ranvier import fail
from .arguments import shown, word

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


def as_array(value: Any, where: str) -> Array:
    """The array itself, without a copy; of a tensor of another library, its memory; a sparse array of SciPy, spread out."""
    if isinstance(value, np.ma.MaskedArray):
        message = "A masked array was given: what stands behind its mask would be read as input."
        fail("bad_type", message, where, "Say what to put there: x.filled(0).")
    try:
        if hasattr(value, "toarray"):  # SciPy's, of which NumPy would make one object
            return np.asarray(value.toarray())
        if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
            return np.from_dlpack(value)
        return np.asarray(value)
    except Exception as error:  # whatever the other library raises: on a GPU, part of a gradient, ragged lists
        message = f"{shown(value)} cannot be seen as an array: {error}"
        remedy = (
            "Give a NumPy array; a torch tensor x is one as x.detach().cpu(), x.to_dense() if sparse, x.float() if bfloat16."
        )
        fail("bad_type", message, where, remedy)


def lanes_of(shape: Shape, node: Shape) -> int | None:
    """How many lanes [T, lanes, N] has; None where there is no such axis. The node's own shape comes first."""
    forms = (node, (prod(node),))
    if shape[1:] in forms or len(shape) < 2 or shape[2:] not in forms:
        return None
    return shape[1]


def time_first(array: Array, layout: str, where: str) -> Array:
    """From `layout` to T, L, N."""
    return array.transpose(_axes(array.ndim, layout, where))


def check_reading(given: Shape, array: Array, layout: str, node: Shape, lanes: int | None, where: str) -> None:
    """Refuses an array of shape `given` that `layout` reads as what does not fit; lanes is None where any number does."""
    batch = "L" in layout
    has, needs = array.shape[1] if batch else 1, array.shape[1] if batch and lanes is None else lanes or 1
    rest = array.shape[1 + batch :]
    if rest in (node, (prod(node),)) and has == needs:
        return
    read = f"{array.shape[0]} steps, {has} lanes and neurons of the shape {list(rest)}"
    fail(
        "bad_shape",
        f'The input has the shape {list(given)}, which layout "{layout}" reads as {read}; needed are {needs} lanes and '
        f"neurons of the shape {list(node)}.",
        where,
        "Name the axes in the order in which x has them, or leave layout out for [T, N] and [T, lanes, N].",
    )


def time_first_back(array: Array, layout: str) -> Array:
    """From T, L, N to `layout`."""
    return array.transpose(np.argsort(_axes(array.ndim, layout, "output")))


def check_layout(layout: Any) -> str:
    letters = word("layout", layout)
    if sorted(letters) not in (["N", "T"], ["L", "N", "T"]):
        remedy = 'Use each of T (time), N (neurons) and, for a batch, L (lanes) once: "TN", "NT", "LTN", "NTL" ...'
        fail("bad_value", f"{shown(layout)} is not a layout.", "layout", remedy)
    return letters


def _axes(ndim: int, layout: str, where: str) -> list[int]:
    """Where the axes of T, L, N lie in an array of that layout; N takes what the others leave."""
    spread = ndim - (len(layout) - 1)
    if spread < 0:
        fail(
            "bad_shape",
            f"An array of {ndim} axes has no layout {layout}.",
            where,
            "Give an array with all of its axes.",
        )
    at, axes = 0, {}
    for letter in layout:
        width = spread if letter == "N" else 1
        axes[letter] = list(range(at, at + width))
        at += width
    return axes["T"] + axes.get("L", []) + axes["N"]
