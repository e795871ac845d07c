"""Pairs of segments whose boxes meet, in strips from west to east so that memory is bounded."""

from collections.abc import Iterator

import numpy as np
import shapely

from geofence.streetmap.noding.flat_lines import Flags, Floats, Longs

_STRIP = 250_000
"""Segments a strip."""
_LONG = 8.0
"""A segment longer than so many common ones is looked for by parts, as its box holds much else."""
_MOST_PARTS = 64
MOST_HITS = 500
"""Segments beside one, on average: recorded tracks lie on each other so, streets do not."""
_SAMPLE = 100
_PAIRS_AT_ONCE = 2_000_000


class TooDenseError(ValueError):
    """So many segments lie on each other that they are no streets."""

    def __init__(self, hits: float) -> None:
        super().__init__(f"{hits:.0f} lines lie on each other wherever one looks")


def segment_pairs(
    begins: Floats, ends: Floats, margin_deg: float, wanted: Flags
) -> Iterator[tuple[Longs, Longs]]:
    """Give pairs of segments whose boxes, grown by a margin, meet; few of them twice.

    Parameters
    ----------
    begins, ends
        (n, 2) where segments begin and end.
    wanted
        (n,) of each pair at least one is wanted.

    Raises
    ------
    TooDenseError
        If there are too many pairs for streets.
    """
    if not wanted.any():
        return
    segment, low, high = _boxes(begins, ends, margin_deg)
    if not wanted.all():
        near = _near(low, high, wanted[segment])
        segment, low, high = segment[near], low[near], high[near]
    # the order from west to east, in which each pair has an earlier and a later one
    order = np.argsort(low[:, 0], kind="stable")
    segment, low, high = segment[order], low[order], high[order]
    sought = np.flatnonzero(wanted[segment]) if not wanted.all() else np.arange(len(segment))
    for start in range(0, len(segment), _STRIP):
        strip = np.arange(start, min(start + _STRIP, len(segment)))
        upto = np.searchsorted(low[:, 0], high[strip, 0].max(), side="right")
        upto = strip[-1] + 1 if len(sought) == len(segment) else upto
        asked = sought[(sought < upto) & (high[sought, 0] >= low[start, 0])]
        if len(asked) == 0:
            continue
        tree = shapely.STRtree(_shapes(low[strip], high[strip]))
        many = _hits(tree, low[asked], high[asked])
        if many > MOST_HITS:
            raise TooDenseError(many)
        at_once = int(_PAIRS_AT_ONCE / max(many, 1.0))
        for at in range(0, len(asked), at_once):
            some = asked[at : at + at_once]
            row, found = tree.query(_shapes(low[some], high[some]))
            one, other = some[row], strip[found]
            # where both are asked for, each pair comes twice: in its later one's strip it counts
            twice = wanted[segment[one]] & wanted[segment[other]]
            keep = (one != other) & (~twice | (one < other))
            first, second = segment[one[keep]], segment[other[keep]]
            yield _unique(first, second, len(begins))


def _boxes(begins: Floats, ends: Floats, margin_deg: float) -> tuple[Longs, Floats, Floats]:
    """Give boxes of segments, of long ones by parts: of which segment, lower and upper corner."""
    size = np.abs(ends - begins).max(axis=1)
    common = float(np.median(size))
    parts = np.clip(np.ceil(size / (_LONG * max(common, 1e-7))), 1, _MOST_PARTS).astype(np.int64)
    segment = np.repeat(np.arange(len(begins)), parts)
    part = np.arange(len(segment)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = (part / parts[segment])[:, None]
    step = (ends - begins)[segment]
    start = begins[segment] + share * step
    finish = start + step / parts[segment][:, None]
    return (
        segment,
        np.minimum(start, finish) - margin_deg,
        np.maximum(start, finish) + margin_deg,
    )


def _shapes(low: Floats, high: Floats) -> "np.ndarray[tuple[int, ...], np.dtype[np.object_]]":
    """Give something cheap with these boxes: their diagonals."""
    return np.asarray(shapely.linestrings(np.stack([low, high], axis=1)))


def _hits(tree: shapely.STRtree, low: Floats, high: Floats) -> float:
    """Estimate how many boxes of a tree each box meets."""
    some = np.unique(np.linspace(0, len(low) - 1, _SAMPLE).astype(np.int64))
    return len(tree.query(_shapes(low[some], high[some]))[0]) / len(some)


def _near(low: Floats, high: Floats, wanted: Flags) -> Flags:
    """Tell which boxes may meet a wanted one: those in the same cells of a coarse raster."""
    side = max(float(np.median(high[wanted] - low[wanted])), 1e-4) * 4.0
    corners = [
        np.floor(np.stack([east, north]) / side).astype(np.int64)
        for east in (low[:, 0], high[:, 0])
        for north in (low[:, 1], high[:, 1])
    ]
    small = np.asarray((corners[3] - corners[0] <= 1).all(axis=0))
    keys = [east * 4_000_000_007 + north for east, north in corners]
    if not small[wanted].all():
        return np.ones(len(low), dtype=np.bool_)
    sought = np.unique(np.concatenate([key[wanted] for key in keys]))
    near: Flags = ~small
    for key in keys:
        near |= np.isin(key, sought)
    return near


def _unique(first: Longs, second: Longs, count: int) -> tuple[Longs, Longs]:
    low, high = np.minimum(first, second), np.maximum(first, second)
    key = np.sort((low * count + high)[low != high])
    again = np.zeros(len(key), dtype=np.bool_)
    again[1:] = key[1:] == key[:-1]
    return np.divmod(key[~again], count)
