"""What a mention may mean before it is known which grid says it."""

from dataclasses import dataclass

from geofence.locating.candidates import Candidate
from geofence.locating.ground.ranges import End
from geofence.locating.naming.mention import Reading
from geofence.locating.resolution import Match, Remark, UnlocatedReason


@dataclass(frozen=True, eq=False)
class Draft:
    """What a mention may mean: of each of its names the candidates, or why there is none."""

    reading: Reading
    options: tuple[tuple[Candidate, ...], ...] = ()
    """Of a pair two, of all else one."""
    match: Match | None = None
    ends: tuple[End, End] | None = None
    remarks: tuple[Remark, ...] = ()
    reason: UnlocatedReason | None = None
    detail: str = ""
    suggestions: tuple[str, ...] = ()
