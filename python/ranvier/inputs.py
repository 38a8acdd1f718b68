"""Input as people give it, read for nodes of known shapes: what a run takes, and what a compiler is calibrated with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import arguments, arrays
from ._ranvier import Plan, fail, inputs_of
from .arrays import Array, Shape
from .events import Events


def one(
    x: Any, name: str, shapes: Mapping[str, Shape], dt: float, layout: str | None, needed: int | None
) -> tuple[Array, int | None]:
    """x for the node `name` as the library takes it, and its number of lanes; None where it has no axis of lanes.

    dt      in seconds
    needed  lanes; None where x tells them
    """
    if isinstance(x, Events):
        if layout is not None:
            fail("invalid_argument", "Events have no layout.", "layout", "Leave it out.")
        x = x.array(dt, shapes.get(name, ()), needed, name)
    array = arrays.as_array(x, name)
    if layout is not None:
        given = array.shape
        array = arrays.time_first(array, layout, name)
        if name in shapes:
            arrays.check_reading(given, array, layout, shapes[name], needed, name)
        return array, array.shape[1] if "L" in layout else None
    return array, arrays.lanes_of(array.shape, shapes[name]) if name in shapes else None


def calibration(x: Any, shapes: Mapping[str, Shape], dt: float) -> dict[str, Array]:
    """x by input node; nothing for None."""
    if x is None:
        return {}
    if not isinstance(x, Mapping):
        if len(shapes) != 1:
            message = f"One calibration input was given, but the network has the inputs {', '.join(shapes) or 'none'}."
            fail("unknown_name", message, "calibrate", "Give a dict: calibrate={name: array}.")
        x = {next(iter(shapes)): x}
    if not x:
        message = "The calibration input is a dict without any input."
        fail("invalid_argument", message, "calibrate", "Leave it out, or give {name: array}.")
    return {name: one(value, arguments.word("input", name), shapes, dt, None, None)[0] for name, value in x.items()}


def calibration_of_plan(x: Any, plan: Plan) -> dict[str, Array]:
    return calibration(x, {name: shape for name, shape, _ in inputs_of(plan)}, plan.dt_seconds)
