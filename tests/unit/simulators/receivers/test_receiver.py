import numpy as np
import pytest

from geofence.network.network import build_network
from geofence.plan.plan import Section
from ingest.ping import PING_COLUMNS
from ingest.tasks import Task
from simulators.receivers.receiver import ReceiverSettings, fixes
from simulators.trucks.motion import Motion, positions

NETWORK = build_network(
    [Section("S1", "云中街", (), False, np.array([[113.3, 40.08], [113.4173, 40.08]]))]
)


def motion(*pieces):
    from_m, to_m, started, finished = (np.array(c, dtype=float) for c in zip(*pieces, strict=True))
    zeros = np.zeros(len(pieces))
    return Motion(zeros.astype(np.int32), from_m, to_m, started, finished, zeros.astype(bool))


def reported(pieces, **settings):
    rng = np.random.default_rng(1)
    return fixes("晋BQ0384", motion(*pieces), NETWORK, ReceiverSettings(**settings), rng)


def test_errors_have_the_spread_and_the_memory_that_are_set():
    pings = reported([(500.0, 500.0, 0.0, 400_000.0)], sigma_m=4.0, correlation_s=60.0)
    x, _y = NETWORK.projection.to_metres(
        pings["longitude"].to_numpy(), pings["latitude"].to_numpy()
    )
    error = x - x.mean()
    assert error.std() == pytest.approx(4.0, rel=0.05)
    assert np.corrcoef(error[:-6], error[6:])[0, 1] == pytest.approx(np.exp(-1), abs=0.05)


def test_a_moving_truck_reports_speed_and_heading_and_a_standing_one_no_heading():
    east, stands, west = (
        (0.0, 1000.0, 0.0, 100.0),
        (1000.0, 1000.0, 100.0, 200.0),
        (
            1000.0,
            500.0,
            200.0,
            300.0,
        ),
    )
    pings = reported([east, stands, west], interval_s=1.0)
    first, second, third = (pings[100 * k + 2 : 100 * k + 98] for k in range(3))
    assert first["speed_mps"].mean() == pytest.approx(10.0, abs=0.2)
    assert first["heading_deg"].mean() == pytest.approx(90.0, abs=3)
    assert second["speed_mps"].max() < 1.0
    assert second["heading_deg"].isna().all()
    assert third["heading_deg"].mean() == pytest.approx(270.0, abs=3)
    assert list(pings.columns) == list(PING_COLUMNS)


def test_without_noise_the_position_is_the_true_one():
    pings = reported([(0.0, 1000.0, 0.0, 100.0)], sigma_m=0.0)
    x, y = NETWORK.projection.to_metres(pings["longitude"].to_numpy(), pings["latitude"].to_numpy())
    at_s = pings["event_time"].to_numpy("datetime64[ms]").astype(np.int64) / 1000
    truth = positions(motion((0.0, 1000.0, 0.0, 100.0)), NETWORK, at_s)
    assert np.hypot(x - truth.x, y - truth.y).max() < 0.15


@pytest.mark.parametrize(
    ("name", "value"), [("interval_s", 0.0), ("correlation_s", -1.0), ("sigma_m", -0.1)]
)
def test_a_setting_out_of_range_is_named_with_its_value(name, value):
    with pytest.raises(ValueError, match=f"{name} must .*, got {value}"):
        ReceiverSettings(**{name: value})


@pytest.mark.parametrize(
    ("settings", "working", "tasks"),
    [
        ({}, set(), set()),
        ({"reports_working": True}, {False, True}, set()),
        ({"reports_tasks": True}, {False, True}, {0, int(Task.SALTING)}),
    ],
)
def test_a_device_tells_of_work_and_of_tasks_only_if_it_is_set_to(settings, working, tasks):
    drive = motion((0.0, 300.0, 0.0, 100.0), (300.0, 600.0, 100.0, 200.0))
    drive.collecting[1] = True
    rng = np.random.default_rng(1)
    pings = fixes("晋BQ0384", drive, NETWORK, ReceiverSettings(**settings), rng, Task.SALTING)
    assert set(pings["working"].dropna()) == working
    assert set(pings["tasks"].dropna()) == tasks
    assert ((pings["tasks"] != 0) == pings["working"]).fillna(True).all()
