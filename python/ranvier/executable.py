"""Executables: what a device's driver made of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _ranvier, arguments
from ._ranvier import Plan
from .report import Report
from .session import Session, deployment, of_plan

if TYPE_CHECKING:
    from .network import Network


class Executable:
    """What a device's driver made of a network; `net.compile(device)` and `rv.load_executable(path, device)` make one.

    device    as asked for: "loihi?kind=emulator"
    settings  all of the device's, as text
    report    what compiling said
    formats   format -> sentence: what `save` can write beside its own

    >>> exe = rv.load("lif_norse.nir", dt=0.1 * rv.ms).compile("cpu")
    >>> exe.save("lif.rvx")
    >>> again = rv.load_executable("lif.rvx", "cpu")
    >>> x = np.ones((100, 1), np.float32)
    >>> bool((again.open()(x) == exe.open()(x)).all())
    True
    """

    def __init__(self, native: _ranvier.Executable, source: Network | Plan) -> None:
        self._native, self._source = native, source
        self.device: str = native.device
        self.settings: dict[str, str] = native.settings
        self.report = Report(native.report)

    @property
    def formats(self) -> dict[str, str]:
        return self._native.formats

    def open(self, *, lanes: int = 1, first_lane: int = 0) -> Session:
        """Opens the device, and a session there; lanes as of `Network.to`. Raises Error with all that the device refuses."""
        _, _, lanes, first_lane = deployment(self.device, lanes, first_lane, {})
        return Session(self._native.open(lanes, first_lane), self._source)

    def save(self, path: Any, format: str | None = None) -> Report | None:
        """Writes all that `rv.load_executable` needs; the file is whole, or as it was.

        format  of `formats`, for the chip's own tools or for reading; returned is then what the device says about it

        Raises Error bad_file; unknown_name for the format; unsupported where it has no place for this network.
        """
        file = arguments.path("path", path)
        if format is None:
            self._native.save(file)
            return None
        return Report(self._native.write(file, arguments.word("format", format)))

    def _repr_html_(self) -> str:
        from .html import of_executable

        return of_executable(self)

    def __repr__(self) -> str:
        return f"<Executable for {self.device}: {self.report.summary}>"


def compile(plan: Plan, device: str, *, calibrate: Any = None, **settings: Any) -> Executable:
    """Has a device compile a plan: as `Network.compile`."""
    given = of_plan(plan, calibrate)
    device, texts, _, _ = deployment(device, 1, 0, settings)
    return Executable(_ranvier.compile(plan, device, texts, given), plan)


def load_executable(path: Any, device: str) -> Executable:
    """Reads what `Executable.save` wrote.

    device  of the driver that made it, or the path of its library; settings, where named, are those it was compiled with

    Raises Error not_found, bad_file; incompatible where another driver, or another version of it, wrote the file.
    """
    native = _ranvier.load_executable(arguments.path("path", path), arguments.word("device", device))
    return Executable(native, native.plan)
