from dataclasses import replace
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from analytics.alerts.alert import Event, step
from ingest.settings.alerts import AlertKind, AlertSettings
from tests.fixtures.conditions import DATE, MINUTE, condition
from tests.fixtures.town import MONDAY, ZONE, at, next_day

ZONE_INFO = ZoneInfo(ZONE)
SETTINGS = AlertSettings()


class Teller:
    """Goes through instants and remembers what was said."""

    def __init__(self, settings=SETTINGS, watched=(DATE,)):
        self.settings, self.watched = settings, watched
        self.states, self.told = {}, []

    def look(self, clock, *conditions, day=MONDAY):
        now_ms = at(clock, day) if isinstance(clock, str) else clock
        self.states, messages = step(
            self.states, conditions, self.watched, now_ms, self.settings, ZONE_INFO
        )
        said = [(each.event, *(alert.key.kind for alert in each.alerts)) for each in messages]
        self.told += said
        return said

    def acknowledge(self, now_ms):
        self.states = {
            key: replace(state, acknowledged_ms=now_ms, acknowledged_by="调度")
            for key, state in self.states.items()
        }


def test_a_condition_is_said_once_it_has_held_long_enough():
    teller = Teller()
    assert teller.look("08:00", condition()) == []
    assert teller.look("08:02", condition()) == []
    assert teller.look("08:03", condition()) == [(Event.RAISED, AlertKind.AT_RISK)]
    assert teller.look("08:04", condition()) == []


def test_a_condition_that_goes_before_that_starts_anew_and_leaves_nothing():
    teller = Teller()
    teller.look("08:00", condition())
    teller.look("08:02")
    assert teller.states == {}
    assert teller.look("08:04", condition()) == []


def test_a_window_missed_is_said_at_once():
    missed = condition(AlertKind.WINDOW_MISSED)
    assert Teller().look("10:20", missed) == [(Event.RAISED, AlertKind.WINDOW_MISSED)]


def test_an_alert_ends_only_when_it_has_been_clear_for_long_enough():
    teller = Teller(AlertSettings(hold_min=0, say_ended=True))
    teller.look("08:00", condition())
    assert teller.look("08:01") == teller.look("08:05") == []
    assert teller.look("08:05", condition()) == []
    assert teller.look("08:07") == teller.look("08:11") == []
    assert teller.look("08:12") == [(Event.ENDED, AlertKind.AT_RISK)]


def test_the_end_is_told_only_if_wanted():
    teller = Teller(AlertSettings(hold_min=0))
    teller.look("08:00", condition())
    assert teller.look("08:01") == teller.look("08:30") == []
    assert [state.ended_ms for state in teller.states.values()] == [at("08:30")]


def test_an_alert_that_comes_back_is_open_again_and_not_said_again():
    teller = Teller(AlertSettings(hold_min=0))
    teller.look("08:00", condition())
    teller.look("08:01")
    teller.look("08:10")
    assert teller.look("08:11", condition()) == []
    (state,) = teller.states.values()
    assert state.is_open


def test_what_nobody_acknowledges_is_escalated_once():
    teller = Teller(AlertSettings(hold_min=0))
    teller.look("08:00", condition())
    assert teller.look("08:19", condition()) == []
    assert teller.look("08:20", condition()) == [(Event.ESCALATED, AlertKind.AT_RISK)]
    assert teller.look("08:50", condition()) == []


def test_what_somebody_acknowledges_or_what_has_ended_is_not_escalated():
    seen_to, ended = (Teller(AlertSettings(hold_min=0)) for _ in range(2))
    for teller in (seen_to, ended):
        teller.look("08:00", condition())
    seen_to.acknowledge(at("08:10"))
    assert seen_to.look("08:40", condition()) == []
    ended.look("08:01")
    ended.look("08:06")
    assert ended.look("08:40") == []


def test_escalation_can_be_switched_off():
    teller = Teller(AlertSettings(hold_min=0, escalate_min=0))
    teller.look("08:00", condition())
    assert teller.look("23:00", condition()) == []


def test_quiet_hours_hold_back_and_end_with_one_digest():
    teller = Teller(AlertSettings(hold_min=0, quiet_hours="22:00-06:00"))
    assert teller.look("22:30", condition()) == []
    assert teller.look("23:30", condition(), condition(AlertKind.WINDOW_MISSED)) == []
    early = {"day": next_day()}
    assert teller.look("05:59", condition(AlertKind.WINDOW_MISSED), **early) == []
    assert teller.look("06:00", condition(AlertKind.WINDOW_MISSED), **early) == [
        (Event.RAISED, AlertKind.AT_RISK, AlertKind.WINDOW_MISSED)
    ]
    assert teller.look("06:19", condition(AlertKind.WINDOW_MISSED), **early) == []
    # what is over by then is in the digest, and is nothing to escalate
    teller.look("06:25", condition(AlertKind.WINDOW_MISSED), **early)
    assert teller.told[-1] == (Event.ESCALATED, AlertKind.WINDOW_MISSED)


def test_what_is_urgent_does_not_wait_for_the_morning():
    settings = AlertSettings(quiet_hours="22:00-06:00", urgent=["window_missed"], hold_min=0)
    teller = Teller(settings)
    assert teller.look("23:30", condition(), condition(AlertKind.WINDOW_MISSED)) == [
        (Event.RAISED, AlertKind.WINDOW_MISSED)
    ]


def test_many_at_once_are_said_together():
    grids = [condition(subject=f"QR{number:02}") for number in range(6)]
    few, many = (Teller(AlertSettings(hold_min=0)) for _ in range(2))
    assert few.look("08:00", *grids[:5]) == [(Event.RAISED, AlertKind.AT_RISK)] * 5
    assert many.look("08:00", *grids) == [(Event.RAISED, *[AlertKind.AT_RISK] * 6)]


def test_of_a_date_that_nobody_looks_at_any_more_only_windows_missed_stay_open():
    teller = Teller(AlertSettings(hold_min=0))
    teller.look("08:00", condition(), condition(AlertKind.WINDOW_MISSED))
    teller.watched = ()
    teller.look("00:40", day=next_day())
    assert {key.kind: state.is_open for key, state in teller.states.items()} == {
        AlertKind.AT_RISK: False,
        AlertKind.WINDOW_MISSED: True,
    }


def test_what_ended_in_the_quiet_hours_of_a_day_gone_by_is_said_once_however_often_it_is_asked():
    teller = Teller(AlertSettings(hold_min=0, clear_min=0, quiet_hours="22:00-06:00"))
    teller.look("23:00", condition())
    teller.look("23:30")
    teller.watched = ()
    assert teller.look("06:10", day=next_day()) == [(Event.RAISED, AlertKind.AT_RISK)]
    said = teller.states
    assert teller.look("06:10", day=next_day()) == []
    assert teller.states == said


CONDITIONS = [
    condition(kind, subject, window)
    for kind in (AlertKind.AT_RISK, AlertKind.WINDOW_MISSED, AlertKind.TRACKING_LOST)
    for subject in ("JY01", "QR54")
    for window in ("07:00-10:00", "22:00-02:00")
]
LOOKS = st.lists(
    st.tuples(
        st.integers(0, 90),  # minutes since the last look
        st.sets(st.sampled_from(range(len(CONDITIONS)))),
        st.booleans(),  # whether the date is looked at
        st.booleans(),  # whether the alerter died before the commit, and looked again later
    ),
    max_size=30,
)
ANY_SETTINGS = st.builds(
    AlertSettings,
    hold_min=st.sampled_from([0, 3, 30]),
    clear_min=st.sampled_from([0, 5, 60]),
    escalate_min=st.sampled_from([0, 20]),
    quiet_hours=st.sampled_from(["", "22:00-06:00", "12:00-13:30"]),
    say_ended=st.booleans(),
    digest_above=st.sampled_from([1, 5]),
    urgent=st.sampled_from([(), ("window_missed",)]),
)


@given(LOOKS, ANY_SETTINGS)
def test_each_alert_is_said_at_most_once_whatever_comes_and_goes(looks, settings):
    now_ms, states, told = at("06:00"), {}, []
    for minutes, held, is_watched, is_lost in looks:
        now_ms += minutes * MINUTE
        watched = (DATE,) if is_watched else ()
        found = [CONDITIONS[number] for number in sorted(held)]
        after, messages = step(states, found, watched, now_ms, settings, ZONE_INFO)
        again, nothing = step(after, found, watched, now_ms, settings, ZONE_INFO)
        assert (again, nothing) == (after, ())
        if is_lost:  # neither the states nor the messages were committed
            continue
        states = after
        told += [(message.event, alert.key) for message in messages for alert in message.alerts]
    assert len(told) == len(set(told))
    raised = {key for event, key in told if event is Event.RAISED}
    assert {key for _, key in told} == raised


@given(LOOKS, ANY_SETTINGS)
def test_nothing_is_raised_before_it_held_and_nothing_ends_before_it_was_clear(looks, settings):
    now_ms, states = at("06:00"), {}
    held_since, clear_since = {}, {}
    for minutes, held, _, _ in looks:
        now_ms += minutes * MINUTE
        found = [CONDITIONS[number] for number in sorted(held)]
        keys = {each.key for each in found}
        held_since = {key: held_since.get(key, now_ms) for key in keys}
        clear_since = {
            each.key: clear_since.get(each.key, now_ms)
            for each in CONDITIONS
            if each.key not in keys
        }
        before = states
        states, _ = step(states, found, (DATE,), now_ms, settings, ZONE_INFO)
        for key, state in states.items():
            if state.raised_ms == now_ms and (key not in before or not before[key].raised_ms):
                assert now_ms - held_since[key] >= settings.hold_ms(key.kind)
            if state.ended_ms == now_ms and before[key].ended_ms is None:
                assert now_ms - clear_since[key] >= settings.clear_ms
