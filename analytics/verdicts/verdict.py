"""The rules of a verdict: of a street in a window, and of a grid in a window.

Three-valued: what was seen proves service; what no ambiguous stretch went over and no gap could
hide proves its absence; and between the two lies `Verdict.UNKNOWN`, which is never folded into the
others.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from analytics.coverage.coverage import exceeds, reaches
from geofence.plan.plan import ServiceRules

UNPROVABLE_M = 1e9
"""Longer than any street: the `Service.provable_m` of one that nobody can deny."""


class Verdict(StrEnum):
    """What became of a street or a grid in a window."""

    SERVED = "served"
    LATE = "late"
    PARTIAL = "partial"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Service:
    """Metres seen served, of a street in a window."""

    length_m: float
    in_time_m: float
    """Before the end of the window plus grace."""
    served_m: float
    """Before the end of the period judged."""
    was_pinged: bool
    """Whether any fix of the grid's vehicles lies in the period judged."""
    provable_m: float = 0.0
    """A street shorter than this is served or nobody knows: fixes prove no more of it."""


def judge_street(
    service: Service,
    unproven_in_time_m: Callable[[], float],
    unproven_m: Callable[[], float],
    rules: ServiceRules,
) -> Verdict:
    """Judge a street in a window.

    Parameters
    ----------
    unproven_in_time_m
        Bounds the metres not seen served in time that may have been: on an ambiguous stretch, or
        out of sight.
    unproven_m
        The same for the metres not seen served at all, over the whole period judged.

    Notes
    -----
    One rule is sharper than a table of ratios tells: a street is `Verdict.LATE` only if it was
    provably not served in time. If what was missing at the end of grace might have been served
    before, to call it late would be a claim without proof, so it is `Verdict.UNKNOWN`.
    In the same way a street seen served for at most ``skipped_ratio`` is `Verdict.SKIPPED` only if
    what is in doubt would not lift it above. A street shorter than ``provable_m`` is denied none.
    """
    length_m = service.length_m
    if reaches(service.in_time_m, length_m, rules.served_ratio):
        return Verdict.SERVED
    if not service.was_pinged or length_m < service.provable_m:
        return Verdict.UNKNOWN
    if reaches(service.served_m, length_m, rules.served_ratio):
        in_time_m = service.in_time_m + unproven_in_time_m()
        return Verdict.UNKNOWN if reaches(in_time_m, length_m, rules.served_ratio) else Verdict.LATE
    return _judge_unserved(service, service.served_m + unproven_m(), rules)


def _judge_unserved(service: Service, possible_m: float, rules: ServiceRules) -> Verdict:
    """Judge a street below ``served_ratio``, of which at most `possible_m` may be served."""
    if reaches(possible_m, service.length_m, rules.served_ratio):
        return Verdict.UNKNOWN
    if exceeds(service.served_m, service.length_m, rules.skipped_ratio):
        return Verdict.PARTIAL
    if exceeds(possible_m, service.length_m, rules.skipped_ratio):
        return Verdict.UNKNOWN
    return Verdict.SKIPPED


def judge_grid(
    streets: Collection[Verdict],
    possible_m: float,
    length_m: float,
    provably_missed_m: float,
    rules: ServiceRules,
    *,
    was_pinged: bool,
) -> Verdict:
    """Judge a grid in a window from the verdicts of its streets and its metres as a whole.

    `possible_m` are the metres that passes, certain or not, may have served; `provably_missed_m`
    is what no gap could hold of the others. Of a window without any ping nothing is known, whatever
    its length.
    """
    if set(streets) == {Verdict.SERVED}:
        return Verdict.SERVED
    if Verdict.SKIPPED in streets or Verdict.PARTIAL in streets:
        nothing = not exceeds(possible_m, length_m, rules.skipped_ratio)
        return Verdict.SKIPPED if nothing and Verdict.UNKNOWN not in streets else Verdict.PARTIAL
    if Verdict.UNKNOWN in streets:
        missed = was_pinged and exceeds(provably_missed_m, length_m, rules.provably_missed_ratio)
        return Verdict.PARTIAL if missed else Verdict.UNKNOWN
    return Verdict.LATE
