import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import msgspec
import pytest

from analytics.alerts.alert import AlertState, Event, Message
from analytics.alerts.outbox import MQTT, Outbox, topic_of, trial
from ingest.settings.alerts import AlertKind
from tests.fixtures.conditions import FACTS, condition
from tests.fixtures.town import ZONE, at

OUTBOX = Outbox(("office", "radio"), ("boss",), mqtt=True, zone=ZoneInfo(ZONE), language="zh")


def state(subject="JY01", **changes):
    key = condition(subject=subject).key
    return AlertState(
        key, msgspec.structs.replace(FACTS, grid_id=subject), raised_ms=at("08:03"), **changes
    )


def sent(event, *states, numbers=(7,), outbox=OUTBOX):
    return [*outbox.outgoing(Message(event, states), numbers, at("08:04"))]


def test_people_are_told_on_each_channel_and_machines_once():
    found = sent(Event.RAISED, state())
    assert [each.channel for each in found] == ["office", "radio", MQTT]
    assert len({each.body for each in found[:2]}) == 1


def test_an_escalation_goes_to_those_it_is_meant_for_and_to_machines():
    assert [each.channel for each in sent(Event.ESCALATED, state())] == ["boss", MQTT]


def test_without_mqtt_nothing_is_published():
    silent = replace(OUTBOX, mqtt=False)
    assert [each.channel for each in sent(Event.ENDED, state(), outbox=silent)] == [
        "office",
        "radio",
    ]


def test_the_same_message_has_the_same_ids_again_and_another_event_has_others():
    first, again = (sent(Event.RAISED, state()) for _ in range(2))
    assert [each.id for each in first] == [each.id for each in again]
    ended = sent(Event.ENDED, state())
    assert not {each.id for each in first} & {each.id for each in ended}
    assert len({each.id for each in first}) == len(first)


def test_a_digest_is_one_text_and_as_many_notices_as_alerts():
    found = sent(Event.RAISED, state("JY01"), state("JY02"), numbers=(7, 9))
    assert [each.channel for each in found] == ["office", "radio", MQTT, MQTT]
    assert [json.loads(each.body)["alert"] for each in found[2:]] == [7, 9]
    assert [json.loads(each.body)["grid_id"] for each in found[2:]] == ["JY01", "JY02"]


def test_a_notice_tells_instants_in_the_zone_of_the_plan_and_null_for_not_yet():
    notice = json.loads(sent(Event.RAISED, state())[-1].body)
    assert notice["raised_at"] == "2022-03-28T08:03:00+08:00"
    assert notice["said_at"] == "2022-03-28T08:04:00+08:00"
    assert notice["deadline"] == "2022-03-28T14:30:00+08:00"
    assert notice["ended_at"] is None
    ended = json.loads(sent(Event.ENDED, state(ended_ms=at("09:00")))[-1].body)
    assert ended["ended_at"] == "2022-03-28T09:00:00+08:00"


def test_a_notice_names_its_delivery_and_keeps_chinese_as_it_is():
    outgoing = sent(Event.RAISED, state())[-1]
    assert json.loads(outgoing.body)["id"] == outgoing.id
    assert "晋BQ0384" in outgoing.body


@pytest.mark.parametrize(
    ("grid", "topic"),
    [
        ("JY01", "alerts/at_risk/JY01"),
        ("一/二", "alerts/at_risk/一_二"),
        ("a+b#c$d", "alerts/at_risk/a_b_c_d"),
    ],
)
def test_what_means_something_to_mqtt_is_no_part_of_a_topic(grid, topic):
    assert topic_of(AlertKind.AT_RISK.value, msgspec.structs.replace(FACTS, grid_id=grid)) == topic


@pytest.mark.parametrize(("language", "word"), [("zh", "测试"), ("en", "Test")])
def test_a_trial_says_in_each_language_that_it_is_one(language, word):
    assert word in trial("office", language, mqtt=False).title
    published = trial(MQTT, language, mqtt=True)
    assert published.title == "alerts/test/none"
    assert json.loads(published.body)["event"] == "test"
