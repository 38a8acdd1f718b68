"""A driver that fails, built here with the installed headers: its faults poison a session until it is reset."""

import numpy as np
import pytest

import ranvier as rv


def test_a_driver_of_ones_own_runs(lif_net, fake):
    ses = lif_net.to(fake, lanes=2)
    out = ses.run(np.ones((10, 2, 1)), record="1.spikes")
    assert ses.device.name == "fake" and out.spikes["1"].raster().any()


@pytest.mark.parametrize(
    "fault, code, words",
    [
        ("device_lost", "device_lost", "the cable was pulled"),
        ("lost", "data_loss", "3 events were lost"),
        ("unsorted", "bad_driver", "broke a rule"),
        ("throw", "bad_driver", "no exception leaves an entry"),
        ("stuck_clock", "bad_driver", "broke a rule"),
    ],
)
def test_a_fault_poisons_the_session_until_reset(lif_net, fake, fault, code, words):
    ses = lif_net.to(fake, lanes=2, fault=fault)
    x = np.ones((40, 2, 1))
    with pytest.raises(rv.Error, match=words) as caught:
        ses.run(x, record="1.spikes")
    assert caught.value.code == code
    with pytest.raises(rv.Error, match=words) as caught:
        ses.run(x)
    assert caught.value.code == "failed_precondition" and "reset" in caught.value.remedy
    ses.reset()
    assert ses.clock == 0


def test_a_refusal_is_a_report_and_an_error(lif_net, fake):
    report = lif_net.check(f"{fake}?fault=refuse")
    (entry, *_) = [entry for entry in report.entries if entry.verdict == "unsupported"]
    assert not report.ok and entry.node and entry.quantity and entry.remedy
    assert isinstance(entry.limit, (int, float)) or entry.limit
    with pytest.raises(rv.Error) as caught:
        lif_net.to(f"{fake}?fault=refuse")
    assert caught.value.code == "unsupported" and entry.node in str(caught.value)


def test_lanes_that_a_device_refuses_leave_the_session_as_it_was(lif_net, fake):
    ses = lif_net.to(fake, lanes=2, fault="two_lanes_at_most")
    with pytest.raises(rv.Error):
        ses.reset(3)
    assert ses.lanes == 2 and ses.run(steps=5).steps == 5


def test_the_log_is_heard(lif_net, fake):
    heard = []
    rv.set_log_hook(lambda level, message: heard.append((level, message)))
    try:
        with pytest.raises(rv.Error):
            lif_net.to(fake, fault="device_lost").run(steps=1)
    finally:
        rv.set_log_hook(None)
    assert any(level == "error" and "cable" in message for level, message in heard)
