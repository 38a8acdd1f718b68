"""Threads and signals: a run leaves Python free, and Ctrl-C ends it at once."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import nir_file
import ranvier as rv

SLOW = 10_000_000_000  # steps; more than a minute of the network below


@pytest.fixture
def slow_net(tmp_path):
    """300 LIFs behind a dense layer: a step takes long enough for a run to be caught at work."""
    weight = np.random.default_rng(0).normal(0.1, 1, size=(300, 300)).astype(np.float32)
    dense = {"type": "Affine", "weight": weight, "bias": np.ones(300, np.float32)}
    graph = nir_file.chain(dense, nir_file.lif(300))
    graph["edges"].append(("n1", "n0"))
    return rv.load(nir_file.write(tmp_path / "slow.safetensors", graph), dt=0.1 * rv.ms)


def run_aside(ses, **arguments):
    """Runs in another thread; what ended the run is in the list that comes back."""
    ends = []

    def work():
        try:
            ends.append(ses.run(steps=SLOW, outputs=False, **arguments))
        except rv.Error as error:
            ends.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    return thread, ends


def test_python_goes_on_during_a_run_which_can_be_cancelled(slow_net, device):
    ses = slow_net.to(device)
    thread, ends = run_aside(ses)
    begin, count = time.monotonic(), 0
    while time.monotonic() - begin < 0.4:
        count += 1
    assert thread.is_alive() and count > 10_000
    cancelled = time.monotonic()
    ses.cancel()
    thread.join(timeout=5)
    assert time.monotonic() - cancelled < 0.3
    assert ends[0].code == "cancelled" and 0 < ses.clock < SLOW
    assert ses.run(steps=10).first_step == ses.clock - 10


def test_a_session_in_use_is_not_for_a_second_thread(slow_net):
    ses = slow_net.to("cpu")
    thread, _ = run_aside(ses)
    time.sleep(0.1)
    for use in (lambda: ses.run(steps=1), ses.reset, lambda: ses(np.zeros((1, 300)))):
        with pytest.raises(rv.Error, match="another thread") as caught:
            use()
        assert caught.value.code == "failed_precondition"
    ses.cancel()
    thread.join(timeout=5)
    ses.reset()
    assert ses.clock == 0


def test_sessions_of_one_network_run_side_by_side(braille_net, braille_input):
    expected, results = braille_net.to("cpu")(braille_input), []

    def work():
        for _ in range(5):
            results.append(braille_net.to("cpu")(braille_input))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 20 and all((result == expected).all() for result in results)


PROGRAM = """
import signal, sys, time
import ranvier as rv
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs in the background inherits that it is ignored
net = rv.load(sys.argv[1])
ses = net.to(sys.argv[2])
print("ready", flush=True)
try:
    ses.run(steps=10_000_000_000, outputs=False)
except KeyboardInterrupt:
    ended = time.monotonic()
    at = ses.clock
    more = ses.run(steps=50)
    whole = net.to(sys.argv[2]).run(steps=at + 50, outputs=False)
    print(ended, at, more.first_step == at, more.hash == whole.hash, flush=True)
"""


def test_leaving_python_ends_the_runs_of_daemon_threads(slow_net, device, tmp_path):
    slow_net.save(tmp_path / "saved.safetensors")
    program = """
import sys, threading, time
import ranvier as rv
ses = rv.load(sys.argv[1]).to(sys.argv[2])
threading.Thread(target=lambda: ses.run(steps=1_000_000, outputs=False), daemon=True).start()
time.sleep(0.3)
"""
    command = [sys.executable, "-c", program, str(tmp_path / "saved.safetensors"), device]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and "terminate" not in done.stderr, done.stderr


def test_ctrl_c_ends_a_run_and_the_session_goes_on(slow_net, device, tmp_path):
    slow_net.save(tmp_path / "saved.safetensors")
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "saved.safetensors"), device]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as child:
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.5)
        sent = time.monotonic()
        child.send_signal(signal.SIGINT)
        answer = child.stdout.read().split()
        assert child.wait(timeout=60) == 0
    assert answer[2:] == ["True", "True"] and 0 < int(answer[1]) < SLOW
    assert float(answer[0]) - sent < 0.2  # CLOCK_MONOTONIC is the machine's
