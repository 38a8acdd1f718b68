"""Import this before anything of Lava or Lava-dl.

lava-nc 0.10.0 is declared for Python 3.10, and one thing of it breaks on 3.11: since then a dataclass field's default must be
hashable. A small class of Lava that is used so defines __eq__ alone, and Python then removes __hash__. This gives it the
plain one back; other packages see the usual check. Lava-dl's object detection, which wants torchvision and OpenCV, is left out.
"""

import dataclasses
import sys
import types


def install():
    checked = dataclasses._get_field

    def get_field(cls, name, annotation, default_kw_only):
        kind = type(cls.__dict__.get(name))
        if kind.__hash__ is None and kind.__module__.split(".")[0] == "lava":
            kind.__hash__ = object.__hash__
        return checked(cls, name, annotation, default_kw_only)

    dataclasses._get_field = get_field


if sys.version_info >= (3, 11):
    install()
sys.modules["lava.lib.dl.slayer.object_detection"] = types.ModuleType("object_detection")
