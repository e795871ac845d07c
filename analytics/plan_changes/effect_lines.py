"""What a plan would have changed, in words: verdicts day by day, and the streets that turn."""

from collections import Counter
from collections.abc import Iterator, Sequence

from analytics.plan_changes.effects import DayEffect, Turned
from analytics.plan_changes.phrases import CLAUSE
from analytics.verdicts.verdict import Verdict
from analytics.wording.words import Language, Words
from ingest.plain_text import plain

MOST_STREETS = 20
"""So many streets that turn are named for a reader; the document has all."""
_ZH, _EN = Language.ZH, Language.EN
_HEAD = {
    _ZH: "过去 {days} 天（{first} 至 {last}）若按新计划判定：{told}",
    _EN: "Had the new plan been in force on the {days} days {first} to {last}: {told}",
}
_NONE = {_ZH: "没有一条街道的结论会不同", _EN: "no verdict of a street would be another"}
_TURNED = {
    _ZH: "{count} 条·时段的结论不同（{kinds}）",
    _EN: "{count} verdicts of streets would be others ({kinds})",
}
_ONE_TURNED = {
    _ZH: "{count} 条·时段的结论不同（{kinds}）",
    _EN: "{count} verdict of a street would be another ({kinds})",
}
_UNJUDGED = {_ZH: "不考核", _EN: "not judged"}
_NO_PINGS = {
    _ZH: "没有任何定位数据，未作比较：{days}",
    _EN: "no ping of any vehicle, so nothing to compare: {days}",
}
_DAY = {_ZH: "{day}：{counts}", _EN: "{day}: {counts}"}
_WAS = {_ZH: "（原 {was}）", _EN: " (was {was})"}
_MORE = {_ZH: "另有 {count} 条，见 JSON", _EN: "and {count} more, all in the JSON"}


def effect_lines(effects: Sequence[DayEffect], language: Language) -> tuple[str, ...]:
    """Say what would have come out otherwise: a headline, a line a day, then the streets."""
    if not effects:
        return ()
    turned = [each for effect in effects for each in effect.turned]
    lines = [_headline(effects, turned, language), *_days(effects, language)]
    lines += [f"{each.service_date} {_told(each, language)}" for each in turned[:MOST_STREETS]]
    if len(turned) > MOST_STREETS:
        lines.append(_MORE[language].format(count=len(turned) - MOST_STREETS))
    return tuple(lines)


def _headline(effects: Sequence[DayEffect], turned: Sequence[Turned], language: Language) -> str:
    told = _NONE[language]
    if turned:
        kinds = Counter((each.before, each.after) for each in turned)
        named = [
            f"{_verdict(before, language)} → {_verdict(after, language)} {count}"
            for (before, after), count in kinds.most_common()
        ]
        template = _ONE_TURNED if len(turned) == 1 else _TURNED
        told = template[language].format(count=len(turned), kinds=CLAUSE[language].join(named))
    days = effects[0].service_date, effects[-1].service_date
    return _HEAD[language].format(days=len(effects), first=days[0], last=days[1], told=told)


def _days(effects: Sequence[DayEffect], language: Language) -> Iterator[str]:
    for effect in effects:
        if not effect.ping_count:
            continue
        counts = [
            f"{_verdict(verdict.value, language)} {_arrow(effect, verdict)}"
            for verdict in Verdict
            if effect.before[verdict.value] or effect.after[verdict.value]
        ]
        joined = CLAUSE[language].join(counts)
        yield _DAY[language].format(day=effect.service_date, counts=joined)
    silent = [effect.service_date.isoformat() for effect in effects if not effect.ping_count]
    if silent:
        yield _NO_PINGS[language].format(days=CLAUSE[language].join(silent))


def _arrow(effect: DayEffect, verdict: Verdict) -> str:
    before, after = effect.before[verdict.value], effect.after[verdict.value]
    return f"{before}" if before == after else f"{before} → {after}"


def _told(turned: Turned, language: Language) -> str:
    place = plain(f"{turned.grid_id} {turned.window} {turned.street}")
    if turned.was is not None:
        place += _WAS[language].format(was=plain(" ".join(turned.was)))
    return f"{place}: {_verdict(turned.before, language)} → {_verdict(turned.after, language)}"


def _verdict(verdict: str, language: Language) -> str:
    return Words(language).of("verdict", verdict) or _UNJUDGED[language]
