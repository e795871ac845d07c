"""Times as vendors write them → epoch milliseconds as text, column by column.

What cannot be read stays as it is, and what names no offset and is not told a zone becomes RFC 3339
without one: the checks of a ping know the codes for both.
"""

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_CLOCK = (
    r"(?:[T ,]+(?P<noon>上午|下午)?(?P<h>[0-9]{1,2})[:时](?P<i>[0-9]{1,2})"
    r"(?:[:分](?P<s>[0-9]{1,2}))?"
    r"(?:[.,](?P<f>[0-9]{1,9}))?秒?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?)"
)
_OFFSET = r"(?: ?(?P<zulu>[Zz]|UTC|GMT)?(?P<sign>[+-])?(?P<oh>[0-9]{2})?:?(?P<oi>[0-9]{2})?)$"
_PARTS = {
    "ymd": r"^(?P<y>[0-9]{4})[-/.年](?P<m>[0-9]{1,2})[-/.月](?P<d>[0-9]{1,2})日?",
    "short": r"^(?P<y>[0-9]{2})[-/.](?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})",
    "dmy": r"^(?P<d>[0-9]{1,2})[-/.](?P<m>[0-9]{1,2})[-/.](?P<y>[0-9]{4}|[0-9]{2})",
    "mdy": r"^(?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})[-/.](?P<y>[0-9]{4}|[0-9]{2})",
}
_COMPACT = (
    r"^(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})[T ]?"
    r"(?P<h>[0-9]{2}):?(?P<i>[0-9]{2}):?(?P<s>[0-9]{2})$"
)
_BCD = (
    r"^(?P<y>[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?P<h>[0-9]{2})(?P<i>[0-9]{2})(?P<s>[0-9]{2})$"
)
_MORE_ORDERS = {"ymd": ("short",), "dmy": ("dmy",), "mdy": ("mdy",)}
_EPOCH_MS, _EPOCH_S = r"^[0-9]{13}$", r"^[0-9]{9,10}(?:\.[0-9]+)?$"
_EXCEL_DAYS = r"^[3-7][0-9]{4}\.[0-9]+$"
_EXCEL_EPOCH_MS = -2_209_161_600_000
"""1899-12-30, from which Excel counts days."""
MIDNIGHT = r"[T ]0?0:00(?::00(?:\.0+)?)?$"
"""What a sheet writes after a date that has no time of day."""
FIRST_DAYS = r"^(?:1899-12-3[01]|1900-01-0[01])[T ]"
"""What a sheet writes before a time of day that has no date."""

Millis = NDArray[np.int64]
Mask = NDArray[np.bool_]


def read_clocks(text: pa.Array, zone: ZoneInfo | None, date_order: str | None) -> pa.Array:
    """Turn what can be read into epoch milliseconds, written as text."""
    seen = pc.utf8_trim_whitespace(text)
    millis = np.zeros(len(seen), dtype=np.int64)
    known = np.zeros(len(seen), dtype=np.bool_)
    local = np.zeros(len(seen), dtype=np.bool_)
    orders = ["ymd", *_MORE_ORDERS.get(date_order or "", ())]
    for pattern in [*(_PARTS[order] + _CLOCK + _OFFSET for order in orders), _COMPACT, _BCD]:
        _take(seen, pattern, (millis, known, local))
    _count(seen, (millis, known, local))
    unplaced = known & local
    written = millis.copy()
    if zone is not None and unplaced.any():
        placed = _in_zone(millis[unplaced], zone)
        written[unplaced] = np.where(placed == _NAT, millis[unplaced], placed)
        unplaced[unplaced] = placed == _NAT
    out = pc.if_else(pa.array(known), pc.cast(pa.array(written), pa.string()), text)
    if unplaced.any():
        naive = pc.strftime(pa.array(millis, pa.timestamp("ms")), "%Y-%m-%dT%H:%M:%S")
        out = pc.if_else(pa.array(unplaced), naive, out)
    return out


_NAT = int(pd.NaT.value)


def _take(text: pa.Array, pattern: str, read: tuple[Millis, Mask, Mask]) -> None:
    millis, known, local = read
    if known.all():
        return
    rows = np.flatnonzero(~known)
    among = text if len(rows) == len(text) else text.take(pa.array(rows))
    parts = pc.extract_regex(among, pattern)
    found = np.asarray(pc.is_valid(parts))
    if not found.any():
        return
    rows, parts = rows[found], parts.filter(pa.array(found))
    cells = {name: parts.field(place) for place, name in enumerate(_names(parts.type))}
    whole = {
        name: _integers(cells[name]) if name in cells else np.zeros(len(rows), dtype=np.int64)
        for name in ("y", "m", "d", "h", "i", "s", "oh", "oi")
    }
    whole["y"] = np.where(whole["y"] < 100, whole["y"] + 2000, whole["y"])
    hour = whole["h"]
    if "half" in cells:
        half = pc.utf8_lower(pc.fill_null(cells["half"], ""))
        noon = pc.fill_null(cells["noon"], "")
        after = _is(half, "p") | _is(noon, "下午")
        before = _is(half, "a") | _is(noon, "上午")
        twelve = (after | before) & (hour >= 1) & (hour <= 12)
        hour = np.where(twelve, hour % 12 + 12 * after, hour)
    months = (whole["y"] - 1970) * 12 + whole["m"] - 1
    start = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    after_start = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    days = start + whole["d"] - 1
    right = (
        (whole["m"] >= 1) & (whole["m"] <= 12) & (whole["d"] >= 1) & (days < after_start)
        & (hour < 24) & (whole["i"] < 60) & (whole["s"] < 60)
    )  # fmt: skip
    told = np.ones(len(rows), dtype=np.bool_) if "sign" not in cells else None
    offset = np.zeros(len(rows), dtype=np.int64)
    if told is None:
        sign, zulu = pc.fill_null(cells["sign"], ""), pc.fill_null(cells["zulu"], "")
        signed, hours = ~_is(sign, ""), ~_is(pc.fill_null(cells["oh"], ""), "")
        right &= (signed == hours) & (whole["oh"] < 24) & (whole["oi"] < 60)
        offset = (whole["oh"] * 60 + whole["oi"]) * np.where(_is(sign, "-"), -1, 1)
        is_local = ~signed & _is(zulu, "")
    else:
        is_local = told
    milli = _milliseconds(cells["f"]) if "f" in cells else np.zeros(len(rows), dtype=np.int64)
    minutes = (days * 24 + hour) * 60 + whole["i"] - offset
    value = (minutes * 60 + whole["s"]) * 1000 + milli
    millis[rows[right]], known[rows[right]] = value[right], True
    local[rows[right]] = is_local[right]


def _count(text: pa.Array, read: tuple[Millis, Mask, Mask]) -> None:
    """Read counts of seconds or milliseconds since 1970, and Excel's of days since 1899."""
    millis, known, local = read
    for pattern, factor, zero_ms in (
        (_EPOCH_MS, 1.0, 0), (_EPOCH_S, 1000.0, 0), (_EXCEL_DAYS, 86_400_000.0, _EXCEL_EPOCH_MS),
    ):  # fmt: skip
        found = ~known & np.asarray(pc.match_substring_regex(text, pattern))
        if not found.any():
            continue
        numbers = np.asarray(pc.cast(text.filter(pa.array(found)), pa.float64()))
        exact = numbers * factor
        # a second of a day is no round share of it; 0.02 ms is more than floats are off elsewhere
        value = np.round(exact, -1) if zero_ms else np.floor(exact + 0.02)
        millis[found] = value.astype(np.int64) + zero_ms
        known[found], local[found] = True, zero_ms != 0


def _in_zone(local_ms: Millis, zone: ZoneInfo) -> Millis:
    """Place local times; those that a zone has twice or never are NaT."""
    naive = pd.DatetimeIndex(local_ms.view("datetime64[ms]"))
    placed = naive.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    return np.asarray(placed.tz_convert("UTC").asi8, dtype=np.int64)


def _names(kind: pa.StructType) -> list[str]:
    return [kind.field(place).name for place in range(kind.num_fields)]


def _is(column: pa.Array, word: str) -> Mask:
    return np.asarray(pc.equal(column, word))


def _integers(column: pa.Array) -> Millis:
    filled = pc.if_else(pc.equal(pc.fill_null(column, ""), ""), "0", pc.fill_null(column, "0"))
    return np.asarray(pc.cast(filled, pa.int64()))


def _milliseconds(column: pa.Array) -> Millis:
    digits = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.fill_null(column, ""), 3, "0"), 0, 3)
    return np.asarray(pc.cast(digits, pa.int64()))
