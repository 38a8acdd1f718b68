"""Devices: what can be run on here, and where a session runs."""

from __future__ import annotations

from . import _ranvier


class Device:
    """A device: name, version, vendor, path of its driver, `facts` (dict of str), `usable`, and the `reason` if not.

    A fact can be read as an attribute, too: `ses.device.grade` is `ses.device.facts["grade"]`.
    """

    def __init__(self, native: _ranvier.DeviceInfo | _ranvier.DeviceFacts) -> None:
        self.name: str = native.name
        self.usable: bool = getattr(native, "usable", True)
        self.reason: str = getattr(native, "reason", "")
        self.version: str = native.version
        self.vendor: str = native.vendor
        self.path: str = native.path
        self.facts: dict[str, str] = native.facts

    def __getattr__(self, name: str) -> str:
        facts: dict[str, str] = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(f"The device tells no {name!r}; it tells {', '.join(sorted(facts)) or 'nothing'}.")

    def __repr__(self) -> str:
        if not self.usable:
            where = "" if self.path in self.reason else f" ({self.path})"
            return f"{self.name}: not usable: {self.reason}{where}"
        return " ".join([f"{self.name} {self.version}:", *(f"{key}={value}" for key, value in sorted(self.facts.items()))])


class Devices(list[Device]):
    """A list that prints one device a line."""

    def _repr_html_(self) -> str:
        from .html import of_devices

        return of_devices(self)

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))


def devices() -> list[Device]:
    """Every driver found, usable or not, sorted by name. Opens each.

    Folders searched: those of RANVIER_DRIVER_PATH, then the package's own.

    >>> [device.name for device in rv.devices() if device.usable and device.name in ("cpu", "reference")]
    ['cpu', 'reference']
    """
    return Devices(map(Device, _ranvier.devices()))
