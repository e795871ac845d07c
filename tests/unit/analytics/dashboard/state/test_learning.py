import threading

import pandas as pd
import pytest
from structlog.testing import capture_logs

from analytics.dashboard.state import learning as module
from analytics.dashboard.state.learning import Learning
from analytics.dashboard.state.live_state import LiveState
from analytics.dashboard.state.stored_days import StoredDays
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import write_pings
from tests.fixtures.served_town import PINGS, TOWN
from tests.fixtures.town import MONDAY, at, next_day


@pytest.fixture
def days(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        write_pings(log, PINGS)
        yield StoredDays(log, TOWN.plan, TOWN.network)


def test_only_days_before_the_one_shown_teach_and_each_but_once(days):
    learned = []
    Learning(lambda: days, lambda: MONDAY, learned.append).learn()
    assert learned == []
    tomorrow = Learning(lambda: days, next_day, learned.append)
    tomorrow.learn()
    tomorrow.learn()
    assert len(learned) == 1


def test_what_was_learned_changes_the_forecast_of_an_open_window(days):
    learned = []
    Learning(lambda: days, next_day, learned.append).learn()
    state = LiveState(TOWN.plan, MONDAY, TOWN.network)
    state.add(PINGS[PINGS["event_time"] < pd.Timestamp(at("07:09"), unit="ms", tz="UTC")])
    state.catch_up(at("07:09"))
    before = state.windows_of("JY01")[0][0]["forecast"]
    assert 0 <= before["miss_probability"] <= 1
    state.learn(learned[0])
    state.update(at("07:09"))
    assert state.windows_of("JY01")[0][0]["forecast"] != before


def test_a_mistake_in_learning_is_told_and_learning_goes_on(days, monkeypatch):
    monkeypatch.setattr("analytics.dashboard.state.learning.AGAIN_S", 0.01)
    tries, learned = [], threading.Event()

    def break_down_once(pings, plan, dates):
        tries.append(1)
        if len(tries) == 1:
            raise ZeroDivisionError("a mistake")
        return evaluate(pings, plan, dates)

    evaluate = module.evaluate
    monkeypatch.setattr(module, "evaluate", break_down_once)
    with capture_logs() as logged, Learning(lambda: days, next_day, lambda _: learned.set()):
        assert learned.wait(60)
    (entry,) = logged
    assert (entry["event"], entry["log_level"]) == ("forecasts learn nothing new", "error")
    assert entry["exc_info"]
