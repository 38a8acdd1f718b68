"""A recorder for Lava. Its own Monitor hands over one number a message.

It has a folder of its own since Lava's compiler imports all that lies beside the class of a process.
"""

import numpy as np
from lava.magma.core.decorator import implements, requires
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyRefPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, RefPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol


class Tap(AbstractProcess):
    """Leaves what a population sent, and u and v after each step, in a file at the last step."""

    def __init__(self, cell, steps, path):
        super().__init__(steps=steps, path=path)
        self.s_in = InPort(shape=cell.s_out.shape)
        self.u, self.v = RefPort(shape=cell.v.shape), RefPort(shape=cell.v.shape)
        cell.s_out.connect(self.s_in)
        self.u.connect_var(cell.u if hasattr(cell, "u") else cell.v)
        self.v.connect_var(cell.v)


@implements(proc=Tap, protocol=LoihiProtocol)
@requires(CPU)
class TapModel(PyLoihiProcessModel):
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, int)
    u: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, int)
    v: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, int)

    def __init__(self, proc_params):
        super().__init__(proc_params)
        self.rows = {"spikes": [], "u": [], "v": []}

    def run_spk(self):
        self.rows["spikes"].append(self.s_in.recv().ravel())

    def post_guard(self):
        return True

    def run_post_mgmt(self):
        self.rows["u"].append(self.u.read().ravel().copy())
        self.rows["v"].append(self.v.read().ravel().copy())
        if self.time_step == self.proc_params["steps"]:
            np.savez(self.proc_params["path"], **{key: np.array(rows) for key, rows in self.rows.items()})
