from dataclasses import replace
from zoneinfo import ZoneInfo

import msgspec
import pytest

from analytics.alerts.alert import AlertState, Event, Message
from analytics.alerts.outbox import AlertNotice, Outbox, topic_of
from analytics.alerts.text import MOST_LINES, text_of
from ingest.settings.alerts import AlertKind
from tests.fixtures.conditions import FACTS, condition
from tests.fixtures.town import TRUCK, ZONE, at

ZONE_INFO = ZoneInfo(ZONE)


def alert(kind=AlertKind.AT_RISK, subject="JY01", **facts):
    known = msgspec.structs.replace(FACTS, **facts)
    found = AlertState(condition(kind, subject).key, known)
    return replace(found, raised_ms=at("08:00"), said_ms=at("08:00"))


def text(state, language="zh", event=Event.RAISED):
    return text_of(Message(event, (state,)), (12,), ZONE_INFO, language)


AT_RISK = alert(
    at_ms=at("09:30"), lacking_m=1234.0, streets=("云中街", "魏都大道", "支路", "文瀛路")
)


def test_an_alert_says_where_what_and_what_to_do():
    assert text(AT_RISK).title == "【临期】JY01 07:00-10:00"
    assert text(AT_RISK).body == (
        "剩1.2公里，只余40分钟，未收：云中街、魏都大道、支路等4条。"
        "请催促晋BQ0384或加派车辆。 #12 03-28"
    )
    assert text(AT_RISK, "en").title == "[At risk] JY01 07:00-10:00"
    assert text(AT_RISK, "en").body == (
        "1.2 km left in 40 min: 云中街, 魏都大道, 支路 and 1 more. "
        "Hurry 晋BQ0384 or send help. #12 03-28"
    )


@pytest.mark.parametrize(
    ("state", "chinese", "english"),
    [
        (
            alert(AlertKind.LATE_START, at_ms=at("07:18")),
            "开始18分钟仍无作业。请核实晋BQ0384是否出车。",
            "Nothing done 18 min after the start. Ask whether 晋BQ0384 is out.",
        ),
        (
            alert(AlertKind.TRACKING_LOST, TRUCK, at_ms=at("09:12"), last_seen_ms=at("09:00")),
            "12分钟无定位，末次09:00。",
            "Silent for 12 min, last at 09:00.",
        ),
        (alert(AlertKind.TRACKING_LOST, TRUCK), "当日尚无定位。", "Not seen on this date."),
        (
            alert(AlertKind.WINDOW_MISSED, streets=("支路",), unknown=("云中街",)),
            "未按时完成：支路；无法判定：云中街；14:30前可补。请安排补收。",
            "Not in time: 支路; unknown: 云中街; late until 14:30.",
        ),
        (
            alert(AlertKind.WINDOW_MISSED, lacking_m=700.0, at_ms=at("14:32"), unknown=("支路",)),
            "至少0.7公里未收；无法判定：支路。",
            "At least 0.7 km not done; unknown: 支路.",
        ),
    ],
)
def test_every_kind_has_its_words(state, chinese, english):
    assert text(state).body.startswith(chinese)
    assert text(state, "en").body.startswith(english)


def test_a_lost_vehicle_is_named_with_its_grid():
    assert (
        text(alert(AlertKind.TRACKING_LOST, TRUCK)).title == "【失联】晋BQ0384 (JY01) 07:00-10:00"
    )


def test_an_escalation_and_an_end_are_told_as_such():
    assert text(AT_RISK, event=Event.ESCALATED).title.startswith("【升级·临期】")
    assert text(AT_RISK, "en", Event.ENDED).title.startswith("[Over: At risk]")
    assert "请催促" not in text(AT_RISK, event=Event.ENDED).body


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", list(AlertKind))
def test_a_text_is_short_enough_for_a_phone(kind, language):
    longest = alert(
        kind,
        streets=("花园里北街南段",) * 40,
        unknown=("宋庄南街",) * 40,
        lacking_m=123_456.0,
        last_seen_ms=at("07:00"),
    )
    found = text(longest, language)
    assert len(found.title) + len(found.body) < 240
    assert "\n" not in found.body


def test_a_digest_has_one_line_each_and_counts_the_rest():
    over = replace(AT_RISK, ended_ms=at("09:50"))
    many = Message(Event.RAISED, (over, *[alert(AlertKind.LATE_START)] * 15))
    found = text_of(many, tuple(range(1, 17)), ZONE_INFO, "zh")
    lines = found.body.splitlines()
    assert found.title == "【告警汇总】16条：临期1、未开工15"
    assert len(lines) == MOST_LINES + 1
    assert lines[0].startswith("#1 【临期】JY01 07:00-10:00：剩1.2公里")
    assert lines[0].endswith("（已解除）")
    assert lines[-1].startswith("另有4条")


def test_a_notice_for_machines_tells_all_as_json():
    outbox = Outbox([], [], mqtt=True, zone=ZONE_INFO, language="zh")
    (sent,) = outbox.outgoing(Message(Event.RAISED, (AT_RISK,)), (12,), at("09:30"))
    notice = msgspec.json.decode(sent.body, type=AlertNotice)
    assert (sent.title, sent.channel) == ("alerts/at_risk/JY01", "mqtt")
    assert (notice.schema, notice.id, notice.alert) == (1, "12-raised-mqtt", 12)
    assert notice.said_at == "2022-03-28T09:30:00+08:00"
    assert notice.deadline == "2022-03-28T14:30:00+08:00"
    assert notice.streets == ("云中街", "魏都大道", "支路", "文瀛路")
    assert "云中街" in sent.body


def test_a_topic_has_as_many_levels_as_it_should_whatever_a_grid_is_called():
    odd = msgspec.structs.replace(FACTS, grid_id="A/1+#")
    assert topic_of("at_risk", odd) == "alerts/at_risk/A_1__"
