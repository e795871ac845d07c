"""Trackers that are wrong about when or where: clocks, datum and frozen receivers, by vehicle."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analytics.tracking.fleet import FIXES_IN, FLEET, STREETS_IN, evidence_of
from geofence.seen.misfit import Misfit
from ingest.datum import Datum


class TrackingCode(StrEnum):
    """What is wrong with a tracker."""

    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BEHIND = "clock_behind"
    LOCAL_AS_UTC = "local_as_utc"
    UTC_AS_LOCAL = "utc_as_local"
    WEEK_ROLLOVER = "week_rollover"
    SECONDS_AS_MILLISECONDS = "seconds_as_milliseconds"
    MILLISECONDS_AS_SECONDS = "milliseconds_as_seconds"
    CLOCK_UNSET = "clock_unset"
    GCJ02_POSITIONS = "gcj02_positions"
    BD09_POSITIONS = "bd09_positions"
    POSITIONS_MOVED = "positions_moved"
    FROZEN_GPS = "frozen_gps"
    NO_FIX = "no_fix"
    STALE_POSITIONS = "stale_positions"
    TWO_RECEIVERS = "two_receivers"
    CLOCK_SET_BACK = "clock_set_back"
    UNIT_SWAPPED = "unit_swapped"
    STREETS_IN_GCJ02 = "streets_in_gcj02"
    STREETS_IN_BD09 = "streets_in_bd09"
    STREETS_MOVED = "streets_moved"
    STREETS_ELSEWHERE = "streets_elsewhere"
    STREETS_COARSE = "streets_coarse"


TRACKING_MEANINGS: dict[TrackingCode, str] = {
    TrackingCode.CLOCK_AHEAD: "Fixes are received more than a minute before they claim to have "
    "happened.",
    TrackingCode.CLOCK_BEHIND: "For two hours or more no fix is younger than two minutes beyond "
    "the fleet's delay, though they come live.",
    TrackingCode.LOCAL_AS_UTC: "The clock is off by the offset of the plan's time zone: local "
    "time is sent as UTC.",
    TrackingCode.UTC_AS_LOCAL: "The clock is off by the offset of the plan's time zone the other "
    "way: UTC is sent as local time.",
    TrackingCode.WEEK_ROLLOVER: "The clock is 1,024 weeks behind, or a multiple: the GPS receiver "
    "missed a week rollover.",
    TrackingCode.SECONDS_AS_MILLISECONDS: "Seconds are sent where milliseconds belong, so fixes "
    "claim to be of 1970.",
    TrackingCode.MILLISECONDS_AS_SECONDS: "Times are a thousandfold too large: milliseconds where "
    "seconds belong.",
    TrackingCode.CLOCK_UNSET: "Fixes claim to be older than the year 2000 and no other fault "
    "explains it: the clock was never set.",
    TrackingCode.GCJ02_POSITIONS: "The fixes lie on the plan's streets only if taken as GCJ-02. "
    "Where the vehicle was is not known, so its streets are unknown.",
    TrackingCode.BD09_POSITIONS: "The fixes lie on the plan's streets only if taken as BD-09. "
    "Where the vehicle was is not known, so its streets are unknown.",
    TrackingCode.POSITIONS_MOVED: "The fixes fit the plan's streets better once all are moved "
    "alike; by which datum is not sure. Where the vehicle was is not known, so its streets are "
    "unknown.",
    TrackingCode.FROZEN_GPS: "The receiver repeated one position though the truck moved.",
    TrackingCode.NO_FIX: "Fixes say themselves that they are none: no satellites, or an accuracy "
    "that no street can use. They are not believed.",
    TrackingCode.STALE_POSITIONS: "An old position is sent again under new times, though the truck "
    "moved. Only its first sighting is believed.",
    TrackingCode.TWO_RECEIVERS: "Two places take turns under the vehicle's id. While they do, "
    "neither is believed.",
    TrackingCode.CLOCK_SET_BACK: "The clock was set back, so that two stretches have the same "
    "times. Neither is believed.",
    TrackingCode.UNIT_SWAPPED: "The vehicle did the work of another, of which nothing was heard, "
    "and none of its own: its unit may have been in that truck. Where the vehicle was is not "
    "known, so its streets are unknown.",
    TrackingCode.STREETS_IN_GCJ02: "The fleet's fixes lie on the plan's streets only if these are "
    "taken as GCJ-02. All verdicts are unknown.",
    TrackingCode.STREETS_IN_BD09: "The fleet's fixes lie on the plan's streets only if these are "
    "taken as BD-09. All verdicts are unknown.",
    TrackingCode.STREETS_MOVED: "The fleet's fixes lie on the plan's streets only if all are moved "
    "alike, and by no known datum. All verdicts are unknown.",
    TrackingCode.STREETS_ELSEWHERE: "Most of the fleet's fixes at work lie on no street of the "
    "plan. All verdicts are unknown.",
    TrackingCode.STREETS_COARSE: "The plan's coordinates have so few decimals that its streets may "
    "lie on their neighbours, and the fleet's fixes do not show that they lie where they are. All "
    "verdicts are unknown.",
}

REMEDIES: dict[TrackingCode, str] = {
    TrackingCode.CLOCK_AHEAD: "set the tracker's clock from GPS or NTP; if many vehicles show it, "
    "check the clock of the machine that ingest runs on",
    TrackingCode.CLOCK_BEHIND: "set the tracker's clock from GPS or NTP; if it is right, its "
    "gateway holds messages back",
    TrackingCode.LOCAL_AS_UTC: "the tracker sends local time as UTC: set its time zone to UTC, or "
    "send the offset with the time",
    TrackingCode.UTC_AS_LOCAL: "the tracker sends UTC with the offset of local time: set its time "
    "zone to local, or send Z as the offset",
    TrackingCode.WEEK_ROLLOVER: "update the receiver's firmware; what it stored lies years back "
    "and is judged nowhere",
    TrackingCode.SECONDS_AS_MILLISECONDS: "the tracker sends seconds: multiply by 1000, or map its "
    "topic to a dialect that takes seconds",
    TrackingCode.MILLISECONDS_AS_SECONDS: "the tracker sends milliseconds or microseconds where "
    "the dialect takes seconds or milliseconds: mend the unit or the mapping of its topic",
    TrackingCode.CLOCK_UNSET: "the tracker sends before its clock is set: have it wait for a fix, "
    "and check its battery",
    TrackingCode.GCJ02_POSITIONS: "set datum = gcj02 for each such vehicle in devices.csv",
    TrackingCode.BD09_POSITIONS: "set datum = bd09 for each such vehicle in devices.csv",
    TrackingCode.POSITIONS_MOVED: "ask in which datum the tracker sends; see whether devices.csv "
    "names one for a vehicle that sends WGS 84, or a gateway converts what needs none",
    TrackingCode.FROZEN_GPS: "check the antenna and its cable; restart the receiver",
    TrackingCode.NO_FIX: "check the antenna and where the device lies; while it has no fix, have "
    "it send nothing, or say that it is not valid",
    TrackingCode.STALE_POSITIONS: "send the time of the fix, not that of the poll or of sending",
    TrackingCode.TWO_RECEIVERS: "look for a second device with this id, such as a spare or a unit "
    "that was replaced, and give each an id of its own",
    TrackingCode.CLOCK_SET_BACK: "have the tracker set its clock from GPS before it sends",
    TrackingCode.UNIT_SWAPPED: "if the unit was moved, write from and until into devices.csv and "
    "give the other truck its fixes by pingcheng database reassign; if the truck was lent, write "
    "an assignment into the plan",
    TrackingCode.STREETS_IN_GCJ02: "convert streets.geojson from GCJ-02 into WGS 84, unless "
    "devices.csv converts positions that are WGS 84 already",
    TrackingCode.STREETS_IN_BD09: "convert streets.geojson from BD-09 into WGS 84, unless "
    "devices.csv converts positions that are WGS 84 already",
    TrackingCode.STREETS_MOVED: "ask in which datum streets.geojson was drawn, and convert it into "
    "WGS 84",
    TrackingCode.STREETS_ELSEWHERE: "see whether plan and pings are of the same place, whether the "
    "streets are surveyed, and draw those that are missing",
    TrackingCode.STREETS_COARSE: "export the streets again with six decimals or more",
}

_OF_MISFIT = {
    STREETS_IN + Datum.GCJ02: TrackingCode.STREETS_IN_GCJ02,
    STREETS_IN + Datum.BD09: TrackingCode.STREETS_IN_BD09,
    FIXES_IN + Datum.GCJ02: TrackingCode.GCJ02_POSITIONS,
    FIXES_IN + Datum.BD09: TrackingCode.BD09_POSITIONS,
}


@dataclass(frozen=True, slots=True)
class TrackingFault:
    """One fault of one tracker, with what proves it."""

    code: TrackingCode
    vehicle_id: str
    """`FLEET` where it is one of all vehicles together."""
    since_ms: int
    until_ms: int
    """First and last instant that show it: receptions for clocks, event times for positions."""
    value: float
    """Clocks: seconds ahead, negative behind, NaN if not constant. Positions: metres of the
    shift. Receivers: seconds frozen, without a fix, stale or in doubt."""
    uncertainty: float
    """In the unit of the value; NaN where it has none."""
    evidence: str
    """What was seen, in words and figures."""

    @property
    def is_of_fleet(self) -> bool:
        """Whether it is one of all vehicles together: then all verdicts are unknown."""
        return self.vehicle_id == FLEET


def code_of(vehicle_id: str, misfit: Misfit) -> TrackingCode:
    """Name the fault of a vehicle, or of the fleet, whose fixes do not lie on the streets."""
    datum = misfit.datum
    if datum is not None and (vehicle_id == FLEET or datum.startswith(FIXES_IN)):
        return _OF_MISFIT[datum]
    if misfit.in_place_of:
        return TrackingCode.UNIT_SWAPPED
    if vehicle_id != FLEET:
        return TrackingCode.POSITIONS_MOVED
    if misfit.coarse_m:
        return TrackingCode.STREETS_COARSE
    is_elsewhere = np.isnan(misfit.east_m)
    return TrackingCode.STREETS_ELSEWHERE if is_elsewhere else TrackingCode.STREETS_MOVED


def warnings_of(misfits: Mapping[str, Misfit]) -> Iterator[str]:
    """Say in a line for each fault whom the streets do not fit, and what to do."""
    by_code: dict[TrackingCode, list[str]] = {}
    for vehicle, misfit in sorted(misfits.items()):
        by_code.setdefault(code_of(vehicle, misfit), []).append(vehicle)
    for code, vehicles in by_code.items():
        whose, told = f" of {', '.join(vehicles)}", TRACKING_MEANINGS[code]
        if vehicles == [FLEET]:
            whose = ""
            if (misfits[FLEET].datum or "").startswith(FIXES_IN):
                told += " That is so of the whole fleet, and all verdicts are unknown."
            told += f" {evidence_of(misfits[FLEET]).capitalize()}."
        yield f"{code}{whose}: {told} Mend it: {REMEDIES[code]}."
