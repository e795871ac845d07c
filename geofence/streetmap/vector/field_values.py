"""What stands in fields: texts, ids, directions and bridges, as programs and people write them."""

import math
from collections import Counter
from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from geofence.streetmap.street_map import Structure

Objects = NDArray[np.object_]

_YES = frozenset(
    ["yes", "y", "true", "t", "1", "1.0", "是", "有", "真", "sim", "si", "sí", "s", "oui"]
)
_NO = frozenset(
    ["", "no", "n", "false", "f", "0", "0.0", "否", "无", "假", "não", "nao", "none", "null", "-"]
)


class Way(IntEnum):
    """How traffic may follow a line."""

    BACKWARD = -1
    BOTH = 0
    FORWARD = 1


_WAYS = {
    **dict.fromkeys(
        [*_NO, "b", "both", "ft_tf", "two-way", "twoway", "双向", "双行", "双", "双向通行",
         "duplo", "dupla", "ambos", "doble"],
        Way.BOTH,
    ),
    **dict.fromkeys(
        [*_YES, "ft", "forward", "oneway", "one-way", "单向", "单行", "单行道", "单", "正向",
         "顺向", "único", "unico", "única", "unica"],
        Way.FORWARD,
    ),
    **dict.fromkeys(
        ["-1", "-1.0", "tf", "reverse", "backward", "反向", "逆向", "r"], Way.BACKWARD
    ),
}  # fmt: skip
_ALONG_LINE = {"f": Way.FORWARD, "t": Way.BACKWARD, "b": Way.BOTH}
"""From, to, both: where a column holds a B, T and F are no true and false."""
_NUMBERED = {"0": Way.BOTH, "1": Way.BOTH, "2": Way.FORWARD, "3": Way.BACKWARD}
"""The directions of Chinese navigation maps, told by a 2 or 3."""


def texts(column: Objects) -> list[str]:
    """Give texts without the blanks around them; whole numbers without a point; empty for none."""
    return [_text(value) for value in column.tolist()]


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value).strip().strip("\0").strip()


def ways(column: Objects) -> tuple[list[Way], Counter[str]]:
    """Read a field of one-ways; also give what makes no sense there, which counts as both ways."""
    words = [text.casefold() for text in texts(column)]
    different = set(words)
    meanings: dict[str, Way] = dict(_WAYS)
    if "b" in different and different <= {"f", "t", "b", "n", ""}:
        meanings |= _ALONG_LINE
    elif different & {"2", "3"} and different <= {"0", "1", "2", "3", ""}:
        meanings |= _NUMBERED
    unknown = Counter(word for word in words if word not in meanings)
    return [meanings.get(word, Way.BOTH) for word in words], unknown


def is_true(column: Objects) -> NDArray[np.bool_]:
    """Read a field of bridges or tunnels: whatever is not a no is one."""
    return np.array([text.casefold() not in _NO for text in texts(column)], dtype=np.bool_)


def levels(column: Objects) -> NDArray[np.int64] | None:
    """Read a field of layers; None if it holds something else, as most lines are on the ground."""
    words = texts(column)
    numbers: dict[str, int] = {"": 0}
    for word in set(words) - {""}:
        try:
            numbers[word] = int(float(word))
        except (ValueError, OverflowError):
            return None
        if abs(numbers[word]) > 10:
            return None
    found = np.array([numbers[word] for word in words], dtype=np.int64)
    return found if 2 * np.count_nonzero(found) < len(found) else None


def structures(
    count: int, bridge: Objects | None, tunnel: Objects | None, layer: Objects | None
) -> NDArray[np.int8]:
    """Give the `Structure` of each line; without any field all is ground."""
    found = np.full(count, Structure.GROUND, dtype=np.int8)
    level = None if layer is None else levels(layer)
    if level is not None:
        found[level > 0] = Structure.BRIDGE
        found[level < 0] = Structure.TUNNEL
    if bridge is not None:
        found[is_true(bridge)] = Structure.BRIDGE
    if tunnel is not None:
        found[is_true(tunnel)] = Structure.TUNNEL
    return found


def unique_ids(given: Sequence[str] | None, features: Sequence[int]) -> tuple[list[str], str]:
    """Give an id of each feature, and where it is from: a reason if not from the field."""
    numbers = [f"f{number}" for number in features]
    if given is None:
        return numbers, "no field looks like an id, so numbers of features stand for it"
    empty = sum(not text for text in given)
    if empty:
        return numbers, f"it is empty in {empty} features, so numbers of features stand for it"
    repeated = Counter(given).most_common(1)
    if repeated and repeated[0][1] > 1:
        text, times = repeated[0]
        return (
            numbers,
            f"it repeats ({text} stands {times} times), so numbers of features stand for it",
        )
    return list(given), ""
