"""Numbers as vendors write them → plain numbers in the unit of a ping, as text.

What is no number stays as it is, for the checks of a ping to refuse.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

NOTHING = ("", "NA", "N/A", "n/a", "null", "NULL", "None", "-", "--", "—", "无")
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_THOUSANDS = r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3})*,[0-9]+$"
_SIDE = (
    r"^(?P<before>[NSEWnsewO东西南北])?[: ]*(?P<number>[+-]?[0-9]+(?:\.[0-9]*)?) ?[°º度]?"
    r" ?(?P<after>[NSEWnsewO东西南北])?$"
)
_OPPOSITE = ("S", "s", "W", "w", "O", "西", "南")
_COMPASS = {
    name: str(place * 22.5)
    for names in (
        ["n", "nne", "ne", "ene", "e", "ese", "se", "sse", "s", "ssw", "sw", "wsw", "w", "wnw",
         "nw", "nnw"],
        ["北", "", "东北", "", "东", "", "东南", "", "南", "", "西南", "", "西", "", "西北", ""],
        ["正北", "", "", "", "正东", "", "", "", "正南", "", "", "", "正西", "", "", ""],
    )
    for place, name in enumerate(names) if name
}  # fmt: skip


def read_nothing(text: pa.Array) -> pa.Array:
    """Trim, and empty what says that nothing is known."""
    trimmed = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.is_in(trimmed, value_set=pa.array(NOTHING)), "", trimmed)


def read_decimals(text: pa.Array, decimal: str) -> pa.Array:
    """Write decimals with a point."""
    if decimal == ".":
        return text
    grouped = pc.match_substring_regex(text, _THOUSANDS)
    bare = pc.if_else(grouped, pc.replace_substring(text, ".", ""), text)
    return pc.replace_substring(bare, ",", ".", max_replacements=1)


def read_numbers(text: pa.Array, factor: float) -> pa.Array:
    """Multiply what is a number."""
    if factor == 1.0:
        return text
    numbers, numeric = read_floats(text)
    return _written(numbers * factor, numeric, text)


def read_degrees(text: pa.Array, factor: float) -> pa.Array:
    """Read degrees with a sign or a side of the world: ``-3.7``, ``3.7°W``, ``东113.3``."""
    plain = np.asarray(pc.match_substring_regex(text, _NUMBER))
    if not plain.all():
        text = _signed(text)
    return read_numbers(text, factor)


def read_degrees_minutes(text: pa.Array) -> pa.Array:
    """Read ``dddmm.mmmm``, as NMEA 0183 writes places."""
    signed = _signed(text)
    numbers, numeric = read_floats(signed)
    whole = np.trunc(numbers / 100)
    minutes = numbers - whole * 100
    readable = numeric & (np.abs(minutes) < 60)
    return _written(np.round(whole + minutes / 60, 9), readable, text)


def read_headings(text: pa.Array, factor: float) -> pa.Array:
    """Read degrees or a point of the compass; 360° is north too."""
    named = pc.index_in(pc.utf8_lower(text), value_set=pa.array(list(_COMPASS)))
    degrees = pa.array(list(_COMPASS.values())).take(named)
    bare = pc.replace_substring_regex(text, r" ?[°º度]$", "")
    numbers, numeric = read_floats(bare)
    turned = numbers * factor
    if factor != 1.0:
        turned = np.where(np.abs(turned - 360) < 1e-9, 360.0, turned)
    at_north = numeric & (turned == 360)
    changed = numeric & (np.full(len(numbers), factor != 1.0) | at_north)
    out = _written(np.where(at_north, 0.0, turned), changed, bare)
    return pc.if_else(pc.is_valid(named), degrees, out)


def _signed(text: pa.Array) -> pa.Array:
    parts = pc.extract_regex(text, _SIDE)
    before, number, after = (pc.fill_null(parts.field(place), "") for place in range(3))
    signs = pa.array(_OPPOSITE)
    opposite = pc.or_(pc.is_in(before, value_set=signs), pc.is_in(after, value_set=signs))
    negative = pc.if_else(opposite, pc.binary_join_element_wise("-", number, ""), number)
    both = pc.and_(pc.not_equal(before, ""), pc.not_equal(after, ""))
    odd = pc.or_(both, pc.and_(opposite, pc.starts_with(number, "-")))
    readable = pc.and_(pc.is_valid(parts), pc.invert(odd))
    return pc.if_else(readable, negative, text)


def read_floats(text: pa.Array) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give the numbers, and which texts are one; the others are NaN."""
    numeric = pc.match_substring_regex(text, _NUMBER)
    plain = pc.if_else(numeric, pc.utf8_ltrim(text, "+"), "nan")
    return np.asarray(pc.cast(plain, pa.float64())), np.asarray(numeric)


def _written(
    numbers: NDArray[np.float64], which: NDArray[np.bool_], otherwise: pa.Array
) -> pa.Array:
    safe = np.where(which, numbers, 0.0)
    return pc.if_else(pa.array(which), pc.cast(pa.array(safe), pa.string()), otherwise)
