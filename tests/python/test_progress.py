"""The bar of a long run: seen in a terminal, with the estimated end; short runs and plain ones are silent."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import numpy as np
import pytest

import ranvier as rv
from places import NIR_PAPER

LONG = f"""
import time, ranvier as rv
net = rv.load({str(NIR_PAPER / "01_lif" / "lif_norse.nir")!r}, dt=0.1 * rv.ms, convention="norse")
ses = net.to("reference")
started = time.perf_counter()
ses.run(steps=1_000_000, outputs=False)
steps = int(1_000_000 * 2 / (time.perf_counter() - started))  # about two seconds
ses.run(steps=steps, outputs=False, progress={{}})
"""


def on_a_terminal(code):
    """What a program shows there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
    with subprocess.Popen([sys.executable, "-c", code], stdin=theirs, stdout=theirs, stderr=theirs) as child:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:  # how a terminal ends
            pass
    os.close(ours)
    assert child.returncode == 0, shown
    return shown.decode()


def test_a_long_run_shows_a_bar_with_its_end():
    shown = on_a_terminal(LONG.format("True"))
    # 43%|████      | 61.2k/142k [00:01<00:01, 54.1k steps/s]
    assert re.search(r"\d+%\|.*\| [\d.]+[kM]?/[\d.]+[kM] \[00:0\d<00:0\d, [\d.]+[kM]? steps/s\]", shown), shown
    assert "100%|" in shown.splitlines()[-1]


def test_without_being_asked_nothing_is_shown():
    assert on_a_terminal(LONG.format("None")) == "" == on_a_terminal(LONG.format("False"))


def test_a_short_run_is_silent_and_gives_the_same(braille_net, braille_input, capfd):
    ses = braille_net.to("cpu")
    plain = ses.run(braille_input)
    ses.reset()
    barred = ses.run(braille_input, progress=True)
    np.testing.assert_array_equal(barred.outputs["output"], plain.outputs["output"])
    assert barred.hash == plain.hash and capfd.readouterr() == ("", "")


def test_a_missing_package_and_a_slip_are_told_before_the_run(braille_net, braille_input, monkeypatch):
    ses = braille_net.to("cpu")
    with pytest.raises(rv.Error) as caught:
        ses.run(braille_input, progress="yes")
    assert (caught.value.code, caught.value.where) == ("bad_type", "progress")
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(rv.Error) as caught:
        ses.run(braille_input, progress=True)
    assert caught.value.code == "not_found" and "ranvier[progress]" in caught.value.remedy and ses.clock == 0
