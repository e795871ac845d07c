"""Track parts: each is matched on its own, and only once.

No chain crosses a cut, so a part has the same path whatever comes before and after it. That makes
matching incremental: of a track that grew, only the parts that hold something new are matched
again. A match is known by a digest of all the matcher reads of its part; what is known never
changes what comes out, only how soon.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from hashlib import blake2b

import numpy as np

from geofence.matching.matcher import Match, Matcher
from geofence.matching.paths import Pieces
from geofence.track.standing import Stands
from geofence.track.track import Track


def match_parts(
    track: Track, matcher: Matcher, known: Mapping[bytes, Match]
) -> tuple[Match, dict[bytes, Match]]:
    """Match the parts of a track that are not known yet, and join all of them.

    Returns the match of the track and those of its parts in order, by digest: what to know next
    time.
    """
    begins = np.flatnonzero(track.cut)
    ends = np.append(begins[1:], len(track.cut))
    # a track without a fix has one part, without a fix
    spans = list(zip(begins, ends, strict=True)) if len(begins) else [(0, 0)]
    fresh: dict[bytes, Match] = {}
    matches = []
    for begin, end in spans:
        part = _part(track, slice(begin, end))
        digest = _digest(part)
        match = known.get(digest) or matcher.match(part)
        fresh[digest] = match
        matches.append(match)
    return _join(matches, [int(begin) for begin, _ in spans]), fresh


def _part(track: Track, rows: slice) -> Track:
    """Give the key fixes of a part, with what the matcher reads of them."""
    return replace(
        track,
        fixes=track.fixes[rows],
        cut=track.cut[rows],
        stands=Stands._make(column[rows] for column in track.stands),
    )


def _digest(part: Track) -> bytes:
    """Tell parts apart by all that the matcher reads."""
    columns = [getattr(part.fixes, field.name) for field in fields(part.fixes)]
    digest = blake2b(digest_size=16)
    for column in (*columns, part.cut, *part.stands):
        digest.update(column.tobytes())
    return digest.digest()


def _join(matches: Sequence[Match], begins: Sequence[int]) -> Match:
    """Put the matches of parts together, with the fixes of the track they begin with."""
    columns = {
        field.name: np.concatenate([getattr(match, field.name) for match in matches])
        for field in fields(Match)
        if field.name not in ("before", "leap_from", "pieces", "lattice")
    }
    before, leap_from = (
        np.concatenate(
            [np.where(of >= 0, of + begin, -1) for of, begin in zip(column, begins, strict=True)]
        )
        for column in zip(*((match.before, match.leap_from) for match in matches), strict=True)
    )
    pieces = [
        match.pieces._replace(fix=match.pieces.fix + begin)
        for match, begin in zip(matches, begins, strict=True)
    ]
    return Match(
        before=before,
        leap_from=leap_from,
        pieces=Pieces._make(map(np.concatenate, zip(*pieces, strict=True))),
        lattice=None,
        **columns,
    )
