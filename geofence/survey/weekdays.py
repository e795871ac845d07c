"""Days of service as people write them: ``seg-sex``, ``lunes a viernes``, ``周一至周五``."""

import re
import unicodedata

from geofence.plan.plan import EVERY_DAY
from geofence.plan.timetable import parse_days

_WORDS = (
    "mon monday mondays seg segunda segundas 2a lun lunes",
    "tue tues tuesday tuesdays ter terca tercas 3a mar martes",
    "wed weds wednesday wednesdays qua quarta quartas 4a mie mier miercoles",
    "thu thur thurs thursday thursdays qui quinta quintas 5a jue jueves",
    "fri friday fridays sex sexta sextas 6a vie viernes",
    "sat saturday saturdays sab sabado sabados",
    "sun sunday sundays dom domingo domingos",
)
_DAY_OF = {word: day for day, words in enumerate(_WORDS) for word in words.split()}
_CHINESE = {
    sign: day
    for day, signs in enumerate(("一", "二", "三", "四", "五", "六", "日天"))
    for sign in signs
}
_EVERY_DAY = re.compile(
    "daily|every day|diario|diaria|diariamente|todos (?:os|los) dias|每天|每日|全周|全年"
)
_TOKEN = re.compile(
    r"""
    (?P<chinese>(?:周|星期|礼拜)?[一二三四五六日天])
    | (?P<to>\s*(?:[-–—−~〜]+|[至到]|\b(?:to|through|thru|until|a|ao|ate|al|hasta)\b)\s*)
    | (?P<and>\s*(?:[,;、/+&和及与]|\b(?:and|e|y)\b)\s*|\s+)
    | (?P<word>[2-6]a|[a-z]+)\.?
    """,
    re.VERBOSE,
)
_ARTICLES = re.compile(r"^(?:de |from )|\b(?:as|los|el|la|o|os)\b ?")


def read_days(text: str) -> frozenset[int]:
    """Read days of service, 0 = Monday, as a plan writes them or in words of four languages.

    Raises
    ------
    ValueError
        If anything is no day; the message names it.
    """
    try:
        return parse_days(text)
    except ValueError:
        plain = _plain(text)
    if _EVERY_DAY.fullmatch(plain):
        return EVERY_DAY
    days: set[int] = set()
    last: int | None = None
    joint, at = "and", 0
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        kind = match.lastgroup if match else None
        if match is None or (kind in {"to", "and"} and (joint or last is None)):
            raise ValueError(f"{plain[at:]!r} is no day of the week")
        at = match.end()
        if kind in {"to", "and"}:
            joint = str(kind)
            continue
        day = _day(match)
        if day is None or (not joint and kind != "chinese"):  # 周六日 are two days
            raise ValueError(f"{match.group()!r} is no day of the week")
        start = last if joint == "to" and last is not None else day
        days.update((start + step) % 7 for step in range((day - start) % 7 + 1))
        last, joint = day, ""
    if joint:
        raise ValueError("a day is missing at its end")
    return frozenset(days)


def _day(match: re.Match[str]) -> int | None:
    if match.lastgroup == "chinese":
        return _CHINESE[match.group()[-1]]
    return _DAY_OF.get(match["word"])


def _plain(text: str) -> str:
    """Give the text in small letters without accents, articles and -feira."""
    signs = unicodedata.normalize("NFKD", text).lower().replace("週", "周").replace("禮拜", "礼拜")
    letters = "".join(sign for sign in signs if not unicodedata.combining(sign))
    short = re.sub(r"[- ]feiras?\b", "", " ".join(letters.split()))
    return short if _EVERY_DAY.fullmatch(short) else _ARTICLES.sub("", short)
