"""Ranvier: one spiking neural network, any device.

>>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
>>> ses = net.to("cpu")
>>> y = ses(np.ones((100, 1), np.float32))
>>> y.shape
(100, 1)

Mistakes raise `rv.Error`, with a code, the place and a remedy.
"""

from ._ranvier import Error, Hz, MOhm, Plan, Problem, Quantity, Unit, ms, mV, nA, nF, s, set_log_hook, uS, us
from .compare import Argmax, Comparison, Layer, Moment, Pair, Setting, SpikeDifference, ValueDifference, compare, diff
from .device import Device, devices
from .events import Events
from .executable import Executable, compile, load_executable
from .folder import Rerun, rerun, verify
from .network import Edge, Network, Node, conventions, load
from .nir_data import EventData, TimeGriddedData, ValuedEventData, read_nir_data, write_nir_data
from .report import Report, ReportEntry
from .result import Result, Spike, Spikes
from .session import Port, Session, check, open

__all__ = [
    "Argmax", "Comparison", "Device", "Edge", "Error", "EventData", "Events", "Executable", "Hz", "Layer", "MOhm", "Moment",
    "Network", "Node", "Pair", "Plan", "Port", "Problem", "Quantity", "Report", "ReportEntry", "Rerun", "Result", "Session",
    "Setting", "Spike", "SpikeDifference", "Spikes", "TimeGriddedData", "Unit", "ValueDifference", "ValuedEventData", "check",
    "compare", "compile", "conventions", "devices", "diff", "load", "load_executable", "mV", "ms", "nA", "nF", "open",
    "read_nir_data", "rerun", "s", "set_log_hook", "uS", "us", "verify", "write_nir_data",
]  # fmt: skip


def __getattr__(name: str) -> str:
    """`rv.__version__`, looked up when asked for, since that takes long."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version("ranvier")
