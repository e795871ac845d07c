"""What changed since a report was made, in words: "3 streets changed since 06:00: …"."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.history.revisions import WITHDRAWN, Change
from analytics.wording.words import Language, Words
from ingest.plain_text import plain

CHANGE_DTYPES: dict[str, str] = {
    "service_date": "str",
    "grid_id": "str",
    "window": "str",
    "street": "str",
    "before": "str",
    "after": "str",
    "cause": "str",
    "revision": "int64",
    "recorded_at": "datetime64[ms, UTC]",
}

_ONE = {Language.EN: "1 street changed", Language.ZH: "1 条街道的结论有变"}
_MANY = {Language.EN: "{count} streets changed", Language.ZH: "{count} 条街道的结论有变"}
_SINCE = {
    Language.EN: "{what} since {since}: {told}",
    Language.ZH: "自 {since} 以来 {what}：{told}",
}
_NONE = {Language.EN: "no street changed since {since}", Language.ZH: "自 {since} 以来无变化"}
_MORE = {
    Language.EN: "and {count} more, all in the table of changes",
    Language.ZH: "另有 {count} 条，全部见变更表",
}
_CHANGE = {
    Language.EN: "{place} {before} → {after} ({cause})",
    Language.ZH: "{place} {before} → {after}（{cause}）",
}
_WITHDRAWN = {Language.EN: "not judged any more", Language.ZH: "不再考核"}
_BETWEEN = {Language.EN: "; ", Language.ZH: "；"}


def changed_streets(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Choose the streets that had another verdict before."""
    return tuple(each for each in changes if each.street and each.before is not None)


def change_line(
    changes: Sequence[Change], since_ms: int, timezone: str, language: Language, most: int = 10
) -> str:
    """Say in one line which streets changed since an instant.

    Parameters
    ----------
    changes
        As `analytics.history.history.History.record` gives them. Grids and verdicts that are new
        are left out.
    since_ms
        When the date was judged before.
    most
        How many streets are named; the others are counted.
    """
    changed = changed_streets(changes)
    since = _clock(
        since_ms, max((each.recorded_ms for each in changed), default=since_ms), timezone
    )
    if not changed:
        return _NONE[language].format(since=since)
    what = (_ONE if len(changed) == 1 else _MANY)[language].format(count=len(changed))
    told = [_told(change, language) for change in changed[:most]]
    if len(changed) > most:
        told.append(_MORE[language].format(count=len(changed) - most))
    return _SINCE[language].format(what=what, since=since, told=_BETWEEN[language].join(told))


def change_lines(changes: Sequence[Change], language: Language) -> tuple[str, ...]:
    """Write a line for each street that changed, with its date."""
    return tuple(
        f"{change.service_date.isoformat()} {_told(change, language)}"
        for change in changed_streets(changes)
    )


def change_frame(changes: Sequence[Change]) -> pd.DataFrame:
    """Give the streets that changed as a table, with columns of `CHANGE_DTYPES`."""
    changed = changed_streets(changes)
    frame = pd.DataFrame(
        [
            (
                each.service_date.isoformat(), each.grid_id, each.window, each.street,
                each.before, each.after, each.cause, each.revision,
                pd.Timestamp(each.recorded_ms, unit="ms", tz="UTC"),
            )
            for each in changed
        ],
        columns=list(CHANGE_DTYPES),
    )  # fmt: skip
    return frame.astype(CHANGE_DTYPES)


def _told(change: Change, language: Language) -> str:
    words = Words(language)
    return _CHANGE[language].format(
        place=plain(f"{change.grid_id} {change.window} {change.street}"),
        before=_verdict(change.before or WITHDRAWN, words),
        after=_verdict(change.after, words),
        cause=words.of("cause", change.cause),
    )


def _verdict(verdict: str, words: Words) -> str:
    return words.of("verdict", verdict) or _WITHDRAWN[words.language]


def _clock(instant_ms: int, seen_from_ms: int, timezone: str) -> str:
    """Write an instant as local time, with its date unless that goes without saying."""
    at, seen_from = (
        datetime.fromtimestamp(each / 1000, ZoneInfo(timezone))
        for each in (instant_ms, seen_from_ms)
    )
    return f"{at:%H:%M}" if at.date() == seen_from.date() else f"{at:%Y-%m-%d %H:%M}"
