"""Paths into passes with instants, and into the times a vehicle was not placed on a street."""

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.matcher import Match
from geofence.matching.paths import Pieces, choose_pieces, join_pieces
from geofence.matching.rivals.excursions import SPARSE_MS
from geofence.network.network import Network
from geofence.plan.plan import ServiceRules
from geofence.plan.work import ANY_TASK, NO_WORK, Work
from geofence.seen.collecting import find_boundaries, find_collecting
from geofence.seen.mixed_steps import LONG_STEP_S
from geofence.seen.observation import Gaps, Passes
from geofence.seen.shared import with_twins
from geofence.track.track import NOT_REPORTED, Track

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def build_passes(
    network: Network, track: Track, match: Match, rules: ServiceRules, work: Work = NO_WORK
) -> Passes:
    """Turn the pieces of a path into passes over sections, for each need of the work."""
    any_task = _passes_for(ANY_TASK, network, track, match, rules, work)
    if not work.needs:
        return any_task
    needs = [any_task]
    for need in work.needs:
        if (track.fixes.tasks == NOT_REPORTED).all():
            needs.append(replace(any_task, need=np.full_like(any_task.need, need)))
        else:
            needs.append(_passes_for(need, network, track, match, rules, work))
    joined = {
        column.name: np.concatenate([getattr(passes, column.name) for passes in needs])
        for column in fields(Passes)
    }
    order = np.argsort(joined["started_ms"], kind="stable")
    return Passes(**{name: column[order] for name, column in joined.items()})


def _passes_for(
    need: int, network: Network, track: Track, match: Match, rules: ServiceRules, work: Work
) -> Passes:
    """Turn the pieces of a path into passes over sections.

    Between two fixes the truck is taken to move uniformly along its route. Whether it collected on
    the way, `geofence.seen.collecting` tells. Where collecting may have begun earlier or ended
    later than the fixes say, those metres are passes too, but not certain.
    """
    collecting, ambiguous, denied, head_m, tail_m = find_collecting(track, match, rules, work, need)
    begun_or_ended = (head_m > 0.0) | (tail_m > 0.0)
    at_start, at_end = find_boundaries(match, collecting | begun_or_ended, ambiguous | denied)
    length_m = np.abs(match.progress_m)
    safe_m = np.where(length_m > 0.0, length_m, 1.0)
    fix, certain = match.pieces.fix, match.pieces.certain
    heads = _cut(match.pieces, certain, np.zeros(len(fix)), (at_start / safe_m)[fix])
    tails = _cut(match.pieces, certain, 1.0 - (at_end / safe_m)[fix], np.ones(len(fix)))
    settled = collecting | ambiguous | denied
    slow = choose_pieces(match.pieces, _slow_within(track, match, settled, rules))
    sure = join_pieces(
        _cut(match.pieces, certain, np.zeros(len(fix)), (head_m / safe_m)[fix]),
        _cut(match.pieces, certain, 1.0 - (tail_m / safe_m)[fix], np.ones(len(fix))),
    )
    pieces = join_pieces(match.pieces, heads, tails, slow, sure)
    number = np.arange(len(pieces.fix))
    is_sure = (number >= len(number) - len(sure.fix)) | collecting[pieces.fix]
    possible = ~is_sure & ((number >= len(fix)) | ambiguous[pieces.fix])
    moved = (pieces.from_m != pieces.to_m) & (network.edge_section[pieces.arc >> 1] >= 0)
    is_sure, possible = is_sure[moved], possible[moved]
    pieces = choose_pieces(pieces, moved)
    edge = pieces.arc >> 1
    against = (pieces.arc & 1).astype(np.bool_)
    edge_m = network.edge_length_m[edge]
    base_m = network.edge_start_m[edge]
    departed_ms = track.fixes.time_ms[match.before[pieces.fix]].astype(np.float64)
    step_ms = track.fixes.time_ms[pieces.fix] - departed_ms
    passes = Passes(
        section=network.edge_section[edge],
        from_m=base_m + np.where(against, edge_m - pieces.from_m, pieces.from_m),
        to_m=base_m + np.where(against, edge_m - pieces.to_m, pieces.to_m),
        started_ms=departed_ms + pieces.from_share * step_ms,
        finished_ms=departed_ms + pieces.to_share * step_ms,
        collecting=is_sure | possible,
        certain=pieces.certain & ~possible,
        need=np.full(len(edge), need, dtype=np.int32),
    )
    return with_twins(passes, network)


def _slow_within(track: Track, match: Match, settled: Flags, rules: ServiceRules) -> Flags:
    """Tell which pieces of fast steps a truck may have collected, and raced over the rest.

    In a step of ``T`` seconds over ``L`` metres it can have served at most
    ``(T - L / v) / (1 / s - 1 / v)`` metres at service pace ``s``, travelling at ``v`` otherwise.
    In a step of ten seconds that is no more than the error of its fixes.
    """
    travel, service = rules.prism_travel_mps, rules.prism_service_kmh / 3.6
    time_ms, fix = track.fixes.time_ms, match.pieces.fix
    step_s = (time_ms[fix] - time_ms[match.before[fix]]) / 1000.0
    spare_s = step_s - np.abs(match.progress_m)[fix] / travel
    most_m = spare_s / max(1.0 / service - 1.0 / travel, 1e-9)
    length_m = np.abs(match.pieces.to_m - match.pieces.from_m)
    return ~settled[fix] & (step_s > LONG_STEP_S) & (length_m <= most_m)


def _cut(pieces: Pieces, chosen: Flags, from_share: Floats, to_share: Floats) -> Pieces:
    """Keep of the chosen pieces what lies between two shares of their step."""
    begin = np.maximum(pieces.from_share, from_share)
    end = np.minimum(pieces.to_share, to_share)
    kept = chosen & (begin < end)
    part = choose_pieces(pieces, kept)
    begin, end = begin[kept], end[kept]
    pace_m = (part.to_m - part.from_m) / (part.to_share - part.from_share)
    return part._replace(
        from_m=part.from_m + (begin - part.from_share) * pace_m,
        to_m=part.from_m + (end - part.from_share) * pace_m,
        from_share=begin,
        to_share=end,
    )


def build_gaps(track: Track, match: Match) -> Gaps:
    """Find the steps that no route explains, the long ones, and the stretches a leap belies."""
    fixes = track.fixes
    explained = _explained(match.before)
    if len(explained) > 1:  # between key fixes of a stand there are others, which were thinned out
        among_kept = np.searchsorted(track.kept_ms, fixes.time_ms[:-1])
        longest_ms = np.maximum.reduceat(np.diff(track.kept_ms), among_kept)
        explained[1:] &= longest_ms <= SPARSE_MS
    begins = np.arange(-1, len(explained) - 1)
    for end in np.flatnonzero(match.leap_from >= 0):
        first = begins[match.leap_from[end] + 1 : end + 1].min()  # of stretches that overlap, all
        explained[first + 1 : end] = True
        explained[end] = False
        begins[end] = first
    after = np.flatnonzero(~explained)
    after = after[after > 0]
    last = begins[after]
    return Gaps(
        started_ms=fixes.time_ms[last],
        finished_ms=fixes.time_ms[after],
        from_x=fixes.x[last],
        from_y=fixes.y[last],
        to_x=fixes.x[after],
        to_y=fixes.y[after],
        silent=track.cut[after],
    )


@kernel
def _explained(before: NDArray[np.int64]) -> Flags:
    """For each fix, whether the step that ends with it lies on a route."""
    explained = np.zeros(len(before), dtype=np.bool_)
    for i in range(len(before)):
        if before[i] >= 0:
            for k in range(before[i] + 1, i + 1):
                explained[k] = True
    return explained
