"""The words of an alert, in Chinese and English: short enough for a phone.

They name grid, window, streets and vehicles, and what to do. Contacts and people are never named.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from analytics.alerts.alert import AlertState, Event, Facts, Message
from ingest.plain_text import plain
from ingest.settings.alerts import AlertKind

MOST_STREETS = 3
"""Streets that are named; the others are counted."""
MOST_LINES = 12
"""Alerts that a digest tells; the others are counted."""

Language = Literal["zh", "en"]

_KINDS = {
    "zh": {
        AlertKind.AT_RISK: "临期",
        AlertKind.LATE_START: "未开工",
        AlertKind.WINDOW_MISSED: "漏收",
        AlertKind.TRACKING_LOST: "失联",
    },
    "en": {
        AlertKind.AT_RISK: "At risk",
        AlertKind.LATE_START: "Not started",
        AlertKind.WINDOW_MISSED: "Missed",
        AlertKind.TRACKING_LOST: "No signal",
    },
}
_EVENTS = {
    "zh": {Event.RAISED: "", Event.ESCALATED: "升级·", Event.ENDED: "解除·"},
    "en": {Event.RAISED: "", Event.ESCALATED: "Escalated: ", Event.ENDED: "Over: "},
}
_WHATS = {
    "zh": {
        AlertKind.AT_RISK: "剩{km}公里，只余{left_min}分钟，未收：{streets}。",
        AlertKind.LATE_START: "开始{late_min}分钟仍无作业。",
        AlertKind.TRACKING_LOST: "{silent_min}分钟无定位，末次{seen}。",
    },
    "en": {
        AlertKind.AT_RISK: "{km} km left in {left_min} min: {streets}.",
        AlertKind.LATE_START: "Nothing done {late_min} min after the start.",
        AlertKind.TRACKING_LOST: "Silent for {silent_min} min, last at {seen}.",
    },
}
_NEVER_SEEN = {"zh": "当日尚无定位。", "en": "Not seen on this date."}
_DEEDS = {
    "zh": {
        AlertKind.AT_RISK: "请催促{vehicles}或加派车辆。",
        AlertKind.LATE_START: "请核实{vehicles}是否出车。",
        AlertKind.WINDOW_MISSED: "请安排补收。",
        AlertKind.TRACKING_LOST: "请检查车载终端供电与网络。",
    },
    "en": {
        AlertKind.AT_RISK: "Hurry {vehicles} or send help.",
        AlertKind.LATE_START: "Ask whether {vehicles} is out.",
        AlertKind.WINDOW_MISSED: "Send a truck to make up for it.",
        AlertKind.TRACKING_LOST: "Check power and network of the tracker.",
    },
}


@dataclass(frozen=True, slots=True)
class Text:
    """What is shown of a message."""

    title: str
    body: str


def text_of(message: Message, numbers: tuple[int, ...], zone: ZoneInfo, language: Language) -> Text:
    """Write a message; `numbers` are those by which its alerts are acknowledged."""
    words = _Words(zone, language)
    if len(message.alerts) == 1:
        (alert,) = message.alerts
        title = words.title(alert, message.event)
        return Text(plain(title), plain(words.body(alert, numbers[0], message.event)))
    return words.digest(message, numbers)


@dataclass(frozen=True, slots=True)
class _Words:
    zone: ZoneInfo
    language: Language

    def title(self, alert: AlertState, event: Event) -> str:
        key, facts = alert.key, alert.facts
        head = _EVENTS[self.language][event] + _KINDS[self.language][key.kind]
        grid = "" if key.subject == facts.grid_id else f" ({facts.grid_id})"
        mark = f"【{head}】" if self.language == "zh" else f"[{head}] "
        return f"{mark}{key.subject}{grid} {key.window}"

    def body(self, alert: AlertState, number: int, event: Event) -> str:
        date = alert.key.service_date[5:]
        tail = f"#{number} {date}"
        what = self._what(alert)
        if event is Event.ENDED:
            return f"{what} {tail}"
        vehicles = ("、" if self.language == "zh" else ", ").join(alert.facts.vehicles)
        deed = _DEEDS[self.language][alert.key.kind].format(vehicles=vehicles)
        return f"{what}{'' if self.language == 'zh' else ' '}{deed} {tail}"

    def digest(self, message: Message, numbers: tuple[int, ...]) -> Text:
        counts: dict[AlertKind, int] = {}
        for alert in message.alerts:
            counts[alert.key.kind] = counts.get(alert.key.kind, 0) + 1
        kinds = _KINDS[self.language]
        event = _EVENTS[self.language][message.event]
        many = len(message.alerts)
        lines = [
            self._line(alert, number, message.event)
            for alert, number in list(zip(message.alerts, numbers, strict=True))[:MOST_LINES]
        ]
        left = many - len(lines)
        if self.language == "zh":
            told = "、".join(f"{kinds[kind]}{count}" for kind, count in counts.items())
            title, more = f"【{event}告警汇总】{many}条：{told}", f"另有{left}条"
        else:
            told = ", ".join(f"{kinds[kind]} {count}" for kind, count in counts.items())
            title, more = f"[{event}{many} alerts] {told}", f"and {left} more"
        if left:
            lines.append(f"{more}: pingcheng alerts list --open")
        return Text(title, "\n".join(lines))

    def _line(self, alert: AlertState, number: int, event: Event) -> str:
        over = {"zh": "（已解除）", "en": " (over)"}[self.language]
        is_over = event is Event.RAISED and alert.ended_ms is not None
        title = self.title(alert, Event.RAISED)
        gap = "" if self.language == "zh" else " "
        what = self._what(alert).rstrip("。. ")
        return plain(f"#{number} {title}{gap or '：'}{what}{over if is_over else ''}")

    def _what(self, alert: AlertState) -> str:
        facts, kind = alert.facts, alert.key.kind
        if kind is AlertKind.WINDOW_MISSED:
            return self._missed(facts)
        if kind is AlertKind.TRACKING_LOST and facts.last_seen_ms is None:
            return _NEVER_SEEN[self.language]
        seen_ms = facts.last_seen_ms or facts.start_ms
        return _WHATS[self.language][kind].format(
            km=f"{facts.lacking_m / 1000:.1f}",
            left_min=max(0, facts.grace_end_ms - facts.at_ms) // 60_000,
            late_min=(facts.at_ms - facts.start_ms) // 60_000,
            silent_min=(facts.at_ms - seen_ms) // 60_000,
            seen=self._clock(seen_ms),
            streets=self._names(facts.streets),
        )

    def _missed(self, facts: Facts) -> str:
        streets, unknown = self._names(facts.streets), self._names(facts.unknown)
        km, due = f"{facts.lacking_m / 1000:.1f}", self._clock(facts.due_ms)
        is_over = facts.due_ms <= facts.at_ms
        if self.language == "zh":
            parts = [f"未按时完成：{streets}" if streets else f"至少{km}公里未收"]
            parts += [f"无法判定：{unknown}"] if unknown else []
            parts += [] if is_over else [f"{due}前可补"]
            return "；".join(parts) + "。"
        parts = [f"Not in time: {streets}" if streets else f"At least {km} km not done"]
        parts += [f"unknown: {unknown}"] if unknown else []
        parts += [] if is_over else [f"late until {due}"]
        return "; ".join(parts) + "."

    def _names(self, streets: tuple[str, ...]) -> str:
        chinese = self.language == "zh"
        told = ("、" if chinese else ", ").join(streets[:MOST_STREETS])
        if len(streets) <= MOST_STREETS:
            return told
        if chinese:
            return f"{told}等{len(streets)}条"
        return f"{told} and {len(streets) - MOST_STREETS} more"

    def _clock(self, at_ms: int) -> str:
        return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone):%H:%M}"
