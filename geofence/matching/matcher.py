"""The map matcher: a track onto paths through the network.

A hidden Markov model after Newson & Krumm (2009), whose states also know the direction of travel.
The parts stand in files of their own: candidates, states, emission, transition, viterbi, paths.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence.matching.candidates import Buckets, build_buckets, find_candidates
from geofence.matching.paths import (
    Pieces,
    choose_pieces,
    find_alternatives,
    join_pieces,
    lay_out,
    weigh,
)
from geofence.matching.rivals.alleys import find_alleys
from geofence.matching.rivals.detours import find_detours
from geofence.matching.rivals.excursions import arcs_from, find_excursions
from geofence.matching.rivals.misfits import find_leaps, find_offsets
from geofence.matching.rivals.turns import find_turns
from geofence.matching.route_table import build_route_table
from geofence.matching.settings import MatchSettings
from geofence.matching.speeds import believed_speeds, step_speeds
from geofence.matching.states import States, build_states
from geofence.matching.transition import Steps, lay_roads
from geofence.matching.viterbi import ErrorModel, Lattice, decide, search
from geofence.network.network import Network
from geofence.track.receiver import CORRELATION_S
from geofence.track.track import Fixes, Track

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Flags = NDArray[np.bool_]
REACH_BASE_M = 60.0
"""Room for the error of two fixes in how far a truck may have come between them."""


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Where a track was on the network."""

    before: NDArray[np.int64]
    """For each fix of the track the fix from which a route leads to it, -1 where none does."""
    leap_from: NDArray[np.int64]
    """For each fix that ends a stretch in which the receiver was wrong the fix before that, else
    -1."""
    pieces: Pieces
    """The path and, where it is disputed, its rivals."""
    progress_m: Floats
    """For each fix of the track how far the route leads towards it, negative if its error puts it
    behind the fix before."""
    progress_error_m: Floats
    """Standard deviation of that length by the errors of both fixes."""
    sigma_m: Floats
    """For each fix the standard deviation of its error, per axis."""
    speed_mps: Floats
    """As reported at each fix; NaN where it is not, or does not fit the way and is not believed."""
    anchor: Flags
    """For each fix, whether nothing before it depends on anything after it."""
    lattice: Lattice | None
    """All that was weighed; None where the matches of parts were joined."""


class Matcher:
    """Matches tracks to one network with one set of settings."""

    def __init__(self, network: Network, settings: MatchSettings | None = None) -> None:
        self.network = network
        self.settings = settings or MatchSettings()
        self._buckets: Buckets = build_buckets(network)
        self._arcs = arcs_from(network)

    def match(self, track: Track) -> Match:
        """Find the most likely path of a track; never across one of its cuts."""
        settings = self.settings
        sigma_m = self._sigma_m(track)
        stands = track.stands
        moves = ~stands.held  # the fixes of a stand have one place, that of the first
        place_sigma_m = _means(sigma_m, moves)
        states = self._states(track.fixes[moves], place_sigma_m)
        placed = (np.diff(states.first) > 0)[np.cumsum(moves) - 1]
        reach_m, bound_m = self._reach(track, states, placed)
        table = build_route_table(self.network, bound_m)
        roads = lay_roads(self.network, table, settings.u_turn_cost, settings.back_cost)
        speed_mps = believed_speeds(
            track.fixes.time_ms, track.fixes.x, track.fixes.y, track.fixes.speed_mps, track.cut
        )
        steps = Steps(
            track.fixes.time_ms, track.fixes.x, track.fixes.y, stands.held,
            settings.slack_sigmas * sigma_m, reach_m, speed_mps,
            *step_speeds(track.fixes.time_ms, track.fixes.x, track.fixes.y, track.cut),
            settings.beta_base_m, settings.beta_per_s,
        )  # fmt: skip
        error = ErrorModel(sigma_m, CORRELATION_S * 1000.0, settings.white_m, settings.tail)
        leap_from, leaps = find_leaps(steps, placed, track.cut)
        lattice = search(
            track.cut | leaps, steps, stands, states, roads, error,
            settings.bridge_s * 1000.0, settings.beam, settings.denial_margin,
        )  # fmt: skip
        chosen, onward = decide(lattice)
        linked = lattice.before >= 0
        fix = np.flatnonzero(linked & moves)
        begins, ends = (lattice.active[chosen[at]] for at in (lattice.before[fix], fix))
        pieces, length_m = lay_out(fix, begins, ends, lattice.before, states, roads, steps)
        progress_m = np.zeros(len(track.cut))
        progress_m[fix] = length_m
        # the price of turning at a mere crossing is no way that was driven
        virtual = self.network.edge_section[pieces.arc >> 1] < 0
        np.subtract.at(
            progress_m, pieces.fix[virtual], np.abs(pieces.to_m - pieces.from_m)[virtual]
        )
        doubts = weigh(
            pieces, chosen, onward, lattice, states, roads, steps,
            settings.credit_margin, settings.denial_margin,
        )  # fmt: skip
        others, _ = lay_out(
            doubts.rival_fix, doubts.rival_from, doubts.rival_to,
            lattice.before, states, roads, steps,
        )  # fmt: skip
        elsewhere, others_from_m, others_to_m = find_alternatives(
            pieces, others, self.network.edge_length_m, steps.slack_m
        )
        others = others._replace(from_m=others_from_m, to_m=others_to_m)
        excursions = find_excursions(
            self._arcs, roads, steps, lattice.before, pieces, settings.denial_margin
        )
        path_from, path_to = np.full((2, len(track.cut)), -1)
        path_from[fix], path_to[fix] = begins, ends
        turns = find_turns(
            pieces, path_from, path_to, lattice.before, states, roads, steps,
            (settings.credit_margin, settings.denial_margin),
        )  # fmt: skip
        alleys = find_alleys(self.network, states, steps, lattice.before, sigma_m)
        detours = find_detours(
            self.network, roads, steps, lattice.before, pieces, doubts,
            (settings.credit_margin, settings.denial_margin),
        )  # fmt: skip
        on_path = linked.copy()
        on_path[lattice.before[linked]] = True
        state = np.full(len(on_path), -1)
        state[on_path] = lattice.active[chosen[on_path]]
        beside = find_offsets(steps, states, state, lattice.before, 1000.0 * CORRELATION_S)
        misfit = _between(leap_from) | beside
        misfit[fix] |= beside[lattice.before[fix]]
        return Match(
            before=lattice.before,
            leap_from=leap_from,
            pieces=join_pieces(
                pieces._replace(certain=doubts.certain & ~misfit[pieces.fix]),
                _doubtful(others, elsewhere),
                detours,
                excursions,
                turns,
                alleys,
            ),
            progress_m=progress_m,
            progress_error_m=self._progress_error_m(
                track.fixes.time_ms, lattice.before, sigma_m, _turns(states, path_from, path_to)
            ),
            sigma_m=sigma_m,
            speed_mps=speed_mps,
            anchor=lattice.anchor,
            lattice=lattice,
        )

    def _states(self, fixes: Fixes, sigma_m: Floats) -> States:
        settings, network = self.settings, self.network
        radius_m = np.clip(
            settings.radius_sigmas * sigma_m, settings.radius_min_m, settings.radius_max_m
        )
        found = find_candidates(network, self._buckets, fixes.x, fixes.y, radius_m)
        heading_used = (fixes.speed_mps >= settings.heading_min_speed_mps) & np.isfinite(
            fixes.heading_deg
        )
        return build_states(
            found.first, found.edge, found.offset_m, found.distance_m, found.x, found.y,
            found.bearing, fixes.x, fixes.y, network.edge_length_m, network.arc_open,
            sigma_m, fixes.heading_deg, heading_used,
            settings.heading_concentration, settings.wrong_way_cost, settings.prune_cost,
        )  # fmt: skip

    def _sigma_m(self, track: Track) -> Floats:
        """Of each fix: what it reports, or more, if the stands before it have shown more."""
        settings = self.settings
        reported = track.fixes.accuracy_m / settings.accuracy_sigmas
        told = np.where(np.isfinite(reported), reported, settings.sigma_m)
        sigma_m: Floats = np.clip(
            np.fmax(told, track.stands.wander_m), settings.sigma_min_m, settings.sigma_max_m
        )
        return sigma_m

    def _progress_error_m(
        self, time_ms: NDArray[np.int64], before: NDArray[np.int64], sigma_m: Floats, turns: Flags
    ) -> Floats:
        """Of each step: what the errors of its fixes share cancels out, or adds up in a turn."""
        settings = self.settings
        last = np.maximum(before, 0)
        kept = np.exp((time_ms[last] - time_ms) / (1000.0 * CORRELATION_S))
        power = 0.5 * (sigma_m**2 + sigma_m[last] ** 2)
        error_m: Floats = np.sqrt(
            2.0 * power * np.where(turns, 1.0 + kept, 1.0 - kept) + 2.0 * settings.white_m**2
        )
        return error_m

    def _reach(self, track: Track, states: States, is_placed: Flags) -> tuple[Floats, Floats]:
        """How long a route to each fix may be, and from each node (-1 where none begins)."""
        fixes, settings, held = track.fixes, self.settings, track.stands.held
        placed = np.flatnonzero(is_placed)
        reach_m = np.zeros(len(fixes.time_ms))
        bound_m = np.full(self.network.node_count, -1.0)
        if len(placed) > 1:
            pause_s = np.diff(fixes.time_ms[placed]) / 1000.0
            straight_m = np.hypot(np.diff(fixes.x[placed]), np.diff(fixes.y[placed]))
            reach_m[placed[1:]] = REACH_BASE_M + np.minimum(
                settings.max_speed_mps * pause_s,
                2.0 * straight_m + settings.detour_per_s * pause_s,
            )
            linked = np.cumsum(track.cut)[placed]
            together = (linked[1:] == linked[:-1]) & ~held[placed[1:]]
            onward_m = np.zeros(len(fixes.time_ms))
            onward_m[placed[:-1]] = np.where(together, reach_m[placed[1:]], -1.0)
            of_place = np.maximum.reduceat(onward_m, np.flatnonzero(~held))
            of_state = np.repeat(of_place, np.diff(states.first))
            np.maximum.at(bound_m, self.network.arc_to[states.arc], of_state)
        return reach_m, bound_m


def _between(begins: NDArray[np.int64]) -> Flags:
    """For each fix, whether the step to it lies in one of some stretches."""
    within = np.zeros(len(begins), dtype=np.bool_)
    for end in np.flatnonzero(begins >= 0):
        within[begins[end] + 1 : end + 1] = True
    return within


def _means(values: Floats, begins: Flags) -> Floats:
    """Give the mean of the values from each beginning to the next."""
    first = np.flatnonzero(begins)
    if len(first) == 0:
        return np.empty(0)
    means: Floats = np.add.reduceat(values, first) / np.diff(np.append(first, len(values)))
    return means


def _turns(states: States, path_from: Indices, path_to: Indices) -> Flags:
    """For each fix, whether the way to it turns round on one edge."""
    turns = np.zeros(len(path_from), dtype=np.bool_)
    some = np.flatnonzero(path_from >= 0)
    turns[some] = states.arc[path_from[some]] == states.arc[path_to[some]] ^ 1
    return turns


def _doubtful(rivals: Pieces, elsewhere: Flags) -> Pieces:
    """Keep those pieces of rivals that lie elsewhere than the path."""
    kept = choose_pieces(rivals, elsewhere)
    return kept._replace(certain=np.zeros(len(kept.fix), dtype=np.bool_))
