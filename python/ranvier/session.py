"""Sessions: a network on a device, with its state and clock."""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _ranvier, arguments, arrays, inputs
from ._ranvier import Plan, Quantity, fail
from .device import Device
from .origin import Origin
from .progress import Progress, told
from .report import Report
from .result import Result

if TYPE_CHECKING:
    from .network import Edge, Network, Node


class Port(NamedTuple):
    """A node that a session takes input for or gives output of."""

    shape: tuple[int, ...]
    dtype: np.dtype


class Session:
    """A network on a device, with its state and clock; `net.to(device)` and `rv.open(plan, device)` make one.

    Used from one thread at a time, `cancel` from any; sessions do not touch each other. What its network tells can be
    asked here, too: `nodes`, `edges`, `assumptions`, `check`, `save`.

    >>> ses = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse").to("cpu")
    >>> ses.lanes, ses.clock, ses.dt, ses.recordable
    (1, 0, 0.1 ms, ['input.spikes', '0.spikes', '1.spikes', '1.v', 'output.spikes'])
    """

    def __init__(self, native: _ranvier.Session, source: Network | Plan) -> None:
        self._native, self._source, self._turn = native, source, Lock()
        self.inputs: dict[str, Port] = {name: Port(shape, np.dtype(kind)) for name, shape, kind in native.inputs}
        self.outputs: dict[str, Port] = {name: Port(shape, np.dtype(kind)) for name, shape, kind in native.outputs}
        self.device = Device(native.device)
        self.report = Report(native.report)  #: what compiling said
        self.recordable: list[str] = native.recordable  #: what `record` takes
        self._streams = native.streams

    def __call__(self, x: Any, *, layout: str | None = None) -> Any:
        """Resets, runs and returns the output's array; a dict of arrays where the network has several outputs.

        x       array [T, N] or [T, lanes, N], with N spread over the node's shape or flat, or Events; a dict of such for
                several inputs. As many lanes as x has are opened; without a lane axis, one.
        layout  where the axes lie in x, if not so: any order of T, N and, for a batch, L. The output has it, too.

        Raises Error bad_shape, bad_type, bad_value, unknown_name.

        >>> ses = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse").to("cpu")
        >>> ses(np.zeros((100, 1))).shape, ses(np.zeros((100, 8, 1))).shape
        ((100, 1), (100, 8, 1))
        >>> ses(np.zeros((8, 1, 100)), layout="LNT").shape
        (8, 1, 100)
        """
        with self._in_turn():
            given, lanes = self._arrays(x, layout, None)
            self._native.reset(_lanes(1 if lanes is None else lanes))
            outputs = self._run(given, lanes).outputs
        if layout is not None:
            outputs = {name: arrays.time_first_back(array, layout) for name, array in outputs.items()}
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs

    def batch(self, samples: Sequence[Any]) -> list[Any]:
        """Resets and runs samples of any lengths side by side, a lane each; returns the output of each, as long as its sample.

        samples  arrays [T, N] or Events, T as it comes; for several inputs dicts of such. A list of dicts comes back where the
                 network has several outputs. A sample's result does not depend on the others.

        Raises Error bad_shape, bad_type, bad_value, unknown_name.

        >>> ses = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse").to("cpu")
        >>> [y.shape for y in ses.batch([np.ones((100, 1)), np.ones((40, 1))])]
        [(100, 1), (40, 1)]
        """
        if not len(samples):
            return []
        first = next(iter(self.inputs), "")
        named = [sample if isinstance(sample, Mapping) else {first: sample} for sample in samples]
        lengths: list[int] = []
        flat: dict[str, list[arrays.Array]] = {name: [] for name in named[0]}
        for number, sample in enumerate(named):
            if set(sample) != set(flat):
                message = f"Sample {number} has the inputs {list(sample)}, sample 0 {list(flat)}."
                fail("unknown_name", message, "samples", "Give each sample the same inputs.")
            for name, value in sample.items():
                array, lanes = self._array(value, None, 1, name)
                if lanes is not None:
                    fail("bad_shape", f"Sample {number} has lanes of its own.", name, "Give arrays [T, N].")
                flat[name].append(array.reshape(len(array), int(np.prod(array.shape[1:]))))
            lengths.append(len(flat[first if first in flat else next(iter(flat))][-1]))
        padded = {}
        for name, columns in flat.items():
            if any(len(column) != length for column, length in zip(columns, lengths, strict=True)):
                fail("bad_shape", "The inputs of one sample have different numbers of steps.", name)
            if len({column.shape[1] for column in columns}) > 1:
                fail("bad_shape", "The samples have different numbers of neurons.", name)
            batch = np.zeros((max(lengths), len(columns), columns[0].shape[1]), np.result_type(*columns))
            for lane, column in enumerate(columns):
                batch[: len(column), lane] = column
            padded[name] = batch
        outputs = self(padded)
        several = isinstance(outputs, dict)
        cut = [
            {name: array[:length, lane] for name, array in (outputs if several else {"": outputs}).items()}
            for lane, length in enumerate(lengths)
        ]
        return cut if several else [one[""] for one in cut]

    def run(
        self,
        x: Any = None,
        *,
        steps: int | None = None,
        record: str | Sequence[str] = (),
        every: int = 1,
        layout: str | None = None,
        outputs: bool = True,
        progress: Progress | bool | None = None,
    ) -> Result:
        """Goes on from where the session is, for as many steps as x has; `run(steps=100)` runs without input.

        x         array [T, N] or [T, lanes, N] with the session's lanes, or Events; a dict of such for several inputs.
                  bool, integers and floats are converted to the node's type; what does not fit is refused.
        record    "node.spikes", "node.v" ...: the last dot splits; `recordable` lists them
        every     states are recorded every so many steps, from the run's first on
        layout    where the axes lie in x, if not so: any order of T, N and, for a batch, L. The result is T, L, N.
        outputs   whether to keep the outputs
        progress  True: a bar with the estimated end, by tqdm (Error not_found without it), once half a second has passed.
                  A function: called as progress(done, total) now and then; what it raises ends the run

        Raises Error with all that is wrong; KeyboardInterrupt on Ctrl-C, after which the session may go on from there.

        >>> ses = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse").to("cpu")
        >>> x = np.tile(np.float32([[0], [9]]), (60, 1))
        >>> whole = ses.run(x, record=["1.spikes"])
        >>> ses.reset()
        >>> parts = ses.run(x[:50], record=["1.spikes"]), ses.run(x[50:], record=["1.spikes"])
        >>> len(whole.spikes["1"]) == sum(len(part.spikes["1"]) for part in parts), whole.hash == parts[-1].hash
        (True, True)
        """
        with told(progress) as tell, self._in_turn():
            if x is None:
                if steps is None:
                    fail("invalid_argument", "Neither input nor a number of steps was given.", "run", "Give x or steps=.")
                given, lanes = arguments.whole("steps", steps), None
            else:
                if steps is not None:
                    fail(
                        "invalid_argument",
                        "The input tells how many steps to run.",
                        "steps",
                        "Give x or steps=, not both.",
                    )
                given, lanes = self._arrays(x, layout, self.lanes)
            return self._run(given, lanes, record=record, every=every, outputs=outputs, progress=tell)

    def step(self, x: Any = None) -> Any:
        """Runs one step. x is [N] or [lanes, N], a dict of such, or nothing; so is the output (a dict for several).

        Cheapest for a contiguous array of float32, uint8 or bool and a network of one input and one output.

        >>> ses = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse").to("cpu")
        >>> ses.step(np.zeros(1)).shape, ses.clock
        ((1,), 1)
        """
        plain = self._streams and type(x) is np.ndarray and not self._turn.locked()
        if plain and (y := self._native.step(x)) is not None:
            return y
        if x is None:
            result = self.run(steps=1)
        elif isinstance(x, Mapping):
            result = self.run({name: arrays.as_array(value, str(name))[None] for name, value in x.items()})
        else:
            result = self.run(arrays.as_array(x, "x")[None])
        outputs = {name: array[0] for name, array in result.outputs.items()}
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs

    @property
    def counters(self) -> dict[str, int]:
        """Counters since the last reset, as those of a Result: for whoever streams."""
        with self._in_turn():
            return dict(self._native.counters().counters)

    @property
    def hash(self) -> int | None:
        """The spike hash since the last reset, as that of a Result; None where the device has none."""
        with self._in_turn():
            counted = self._native.counters()
        return int(counted.hash()) if len(counted.lane_hashes) else None

    def reset(self, lanes: int | None = None) -> None:
        """Back to the first step and the initial state; with another number of lanes if told so."""
        with self._in_turn():
            self._native.reset(*([] if lanes is None else [_lanes(lanes)]))

    def cancel(self) -> None:
        """Ends a run that goes on in another thread; it raises Error cancelled there."""
        self._native.cancel()

    @property
    def lanes(self) -> int:
        """Independent copies of the network that run side by side."""
        return self._native.lanes

    @property
    def clock(self) -> int:
        """Number of the next step."""
        return self._native.clock

    @property
    def dt(self) -> Quantity:
        return self._native.dt_ms * _ranvier.ms

    @property
    def nodes(self) -> dict[str, Node]:
        return self._of().nodes

    @property
    def edges(self) -> list[Edge]:
        return self._of().edges

    @property
    def assumptions(self) -> dict[str, str]:
        return self._of().assumptions

    def check(self, device: str, *, lanes: int = 1, first_lane: int = 0, calibrate: Any = None, **settings: Any) -> Report:
        """The network's own: see Network.check."""
        return self._of().check(device, lanes=lanes, first_lane=first_lane, calibrate=calibrate, **settings)

    def save(self, path: Any) -> None:
        """The network's own: see Network.save."""
        self._of().save(path)

    def __repr__(self) -> str:
        lanes = f"{self.lanes} lane{'s' if self.lanes > 1 else ''}"
        return f"<Session on {self.device.name}, {lanes}, at step {self.clock}, dt {self.dt}>"

    def _of(self) -> Network:
        if isinstance(self._source, Plan):
            fail(
                "failed_precondition",
                "This session was opened from a plan.",
                "session",
                "Ask the network that was lowered.",
            )
        return self._source

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self._turn.acquire(blocking=False):
            message = "The session is being used by another thread."
            fail("failed_precondition", message, "session", "Wait for it, or open a session for each thread.")
        _in_use.add(self)
        try:
            yield
        finally:
            _in_use.discard(self)
            self._turn.release()

    def _arrays(self, x: Any, layout: str | None, needed: int | None) -> tuple[Any, int | None]:
        """x as the library takes it, and its number of lanes; `needed` is the session's, None where x tells it."""
        if layout is not None:
            arrays.check_layout(layout)
        if isinstance(x, Mapping):
            if not x:
                message = "No input was given, so the number of steps is not known."
                fail("invalid_argument", message, "inputs", "Use run(steps=...) to run without input.")
            read = {arguments.word("input", name): self._array(value, layout, needed, name) for name, value in x.items()}
            given = {name: array for name, (array, _) in read.items()}
            return given, next((lanes for _, lanes in read.values() if lanes is not None), None)
        return self._array(x, layout, needed, next(iter(self.inputs), ""))

    def _array(self, x: Any, layout: str | None, needed: int | None, name: str) -> tuple[arrays.Array, int | None]:
        shapes = {port: about.shape for port, about in self.inputs.items()}
        return inputs.one(x, name, shapes, self._native.dt_ms / 1e3, layout, needed)

    def _run(
        self,
        given: Any,
        lanes: int | None,
        record: str | Sequence[str] = (),
        every: int = 1,
        outputs: bool = True,
        progress: Progress | None = None,
    ) -> Result:
        wanted = arguments.names("record", record)
        every = arguments.whole("every", every, low=1)
        native = self._native.run(given, wanted, every, bool(outputs), progress)
        result = Result(native, native.lanes if lanes is not None or native.lanes > 1 else None, every)
        result._origin = Origin(native, self._source, given, next(iter(self.inputs), ""))
        return result


_in_use: set[Session] = set()


@atexit.register
def _end_runs() -> None:
    """Ends what daemon threads still run: a thread that comes back when Python is gone would abort the process."""
    for session in list(_in_use):
        for _ in range(50):
            session.cancel()
            if session._turn.acquire(timeout=0.02):
                break


def open(plan: Plan, device: str, *, lanes: int = 1, first_lane: int = 0, calibrate: Any = None, **settings: Any) -> Session:
    """Compiles a plan for a device and opens a session: as `Network.to` does."""
    given = of_plan(plan, calibrate)
    return Session(_ranvier.open(plan, *deployment(device, lanes, first_lane, settings), given), plan)


def check(plan: Plan, device: str, *, lanes: int = 1, first_lane: int = 0, calibrate: Any = None, **settings: Any) -> Report:
    """What a device makes of a plan: as `Network.check`."""
    given = of_plan(plan, calibrate)
    return Report(_ranvier.check(plan, *deployment(device, lanes, first_lane, settings), given))


def of_plan(plan: Any, calibrate: Any) -> dict[str, arrays.Array]:
    """The calibration input of what must be a plan."""
    if not isinstance(plan, Plan):
        message = f"{arguments.shown(plan)} is not a Plan."
        fail("bad_type", message, "plan", "Use net.lower(), or net.to(device) in one go.")
    return inputs.calibration_of_plan(calibrate, plan)


def deployment(device: Any, lanes: Any, first_lane: Any, settings: Mapping[str, Any]) -> tuple[str, dict[str, str], int, int]:
    """Device, settings, lanes and first lane, looked at."""
    return (
        arguments.word("device", device),
        arguments.settings(settings),
        _lanes(lanes),
        arguments.whole("first_lane", first_lane, 0, arguments.MOST_LANES - 1),
    )


def _lanes(value: Any) -> int:
    return arguments.whole("lanes", value, 1, arguments.MOST_LANES)
