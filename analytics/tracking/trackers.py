"""The trackers of a fleet, judged by what they sent: clocks, positions and receivers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analytics.tracking.faults import TrackingCode, TrackingFault, code_of
from analytics.tracking.fleet import FLEET, evidence_of
from analytics.tracking.receivers import receiver_faults
from analytics.tracking.reports import reports_of
from geofence.kernels import aside
from geofence.network.network import Network
from geofence.seen.misfit import Misfit
from ingest.clock.fault import WEEK_ROLLOVER_S, Clocks
from ingest.clock.reading import ClockEpisode, ClockReading
from ingest.log.rows import epoch_ms
from ingest.ping import resolve


@dataclass(frozen=True, slots=True)
class TrackingReport:
    """What a fleet's pings say about its trackers."""

    clocks: tuple[ClockReading, ...]
    """By vehicle id; vehicles without a report are not among them."""
    faults: tuple[TrackingFault, ...]
    """By vehicle, then code, then time."""


class Trackers:
    """The trackers of a fleet, looked at some vehicles at a time, without holding their pings.

    Parameters
    ----------
    refused
        Frame of `analytics.tracking.reports.REFUSED_COLUMNS`; a vehicle may have no other report.
    """

    def __init__(self, refused: pd.DataFrame, network: Network) -> None:
        self._refused, self._network = refused, network
        self._clocks = Clocks()
        self._of_receivers: list[TrackingFault] = []
        self._heard_ms: dict[str, tuple[int, int]] = {}
        self._years: set[int] = set()
        self.ping_count = 0
        """Pings that were looked at, one a key."""

    @property
    def vehicles(self) -> tuple[str, ...]:
        """Those of which there are pings, by id."""
        return tuple(sorted(self._heard_ms))

    def look_at(self, pings: pd.DataFrame) -> None:
        """Take all pings of some vehicles that were not looked at before.

        Order and repetition of pings change nothing. Without the column ``received_time`` no clock
        is judged by them.
        """
        stored = resolve(pings).pings
        event_ms = epoch_ms(stored["event_time"])
        numbers, vehicles = pd.factorize(stored["vehicle_id"])
        first = np.searchsorted(numbers, np.arange(len(vehicles) + 1))
        for vehicle, begin, end in zip(vehicles, first[:-1], first[1:], strict=True):
            self._heard_ms[str(vehicle)] = int(event_ms[begin]), int(event_ms[end - 1])
        self.ping_count += len(stored)
        own = self._refused["vehicle_id"].isin(vehicles)
        self._look_at_clocks(pings, self._refused[own])
        self._refused = self._refused[~own]
        self._of_receivers += _receiver_faults(stored, self._network)

    def report(self, timezone: str, misfits: Mapping[str, Misfit]) -> TrackingReport:
        """Judge them, once all were looked at.

        Parameters
        ----------
        timezone
            IANA name of the plan's.
        misfits
            How the streets do not fit the fleet or a vehicle, see `analytics.tracking.fleet`.
        """
        self._look_at_clocks(None, self._refused)
        self._refused = self._refused[:0]
        clocks = tuple(self._clocks.readings(self._offsets_s(timezone)))
        faults = [
            *(
                _of_clock(reading.vehicle_id, each)
                for reading in clocks
                for each in reading.episodes
            ),
            *self._of_receivers,
            *_of_misfits(misfits, self._heard_ms),
        ]
        faults.sort(key=lambda fault: (fault.vehicle_id, fault.code, fault.since_ms))
        return TrackingReport(clocks, tuple(faults))

    def _look_at_clocks(self, pings: pd.DataFrame | None, refused: pd.DataFrame) -> None:
        reports = reports_of(pings, refused)
        received = reports["received_ms"].to_numpy().astype("datetime64[ms]")
        years = np.unique(received.astype("datetime64[Y]").astype(np.int64))
        self._years.update(1970 + int(year) for year in years)
        self._clocks.add(reports)

    def _offsets_s(self, timezone: str) -> Sequence[float]:
        """Give the offsets that the zone has in winter and summer of the years of reception."""
        zone = ZoneInfo(timezone)
        moments = [
            datetime(year, month, 1, tzinfo=zone) for year in self._years for month in (1, 7)
        ]
        offsets = {moment.utcoffset() for moment in moments}
        return sorted(offset.total_seconds() for offset in offsets if offset)


def find_tracking_faults(
    pings: pd.DataFrame,
    refused: pd.DataFrame,
    network: Network,
    timezone: str,
    misfits: Mapping[str, Misfit],
) -> TrackingReport:
    """Judge the trackers of a fleet whose pings are at hand, see `Trackers`."""
    trackers = Trackers(refused, network)
    trackers.look_at(pings)
    return trackers.report(timezone, misfits)


def _of_misfits(
    misfits: Mapping[str, Misfit], heard_ms: Mapping[str, tuple[int, int]]
) -> Iterator[TrackingFault]:
    for vehicle, misfit in misfits.items():
        own_ms = list(heard_ms.values()) if vehicle == FLEET else [heard_ms.get(vehicle)]
        known_ms = [each for each in own_ms if each is not None]
        if not known_ms:
            continue
        yield TrackingFault(
            code=code_of(vehicle, misfit),
            vehicle_id=vehicle,
            since_ms=min(first for first, _ in known_ms),
            until_ms=max(last for _, last in known_ms),
            value=misfit.coarse_m or round(float(np.hypot(misfit.east_m, misfit.north_m)), 1),
            uncertainty=float("nan"),
            evidence=evidence_of(misfit),
        )


def _of_clock(vehicle: str, episode: ClockEpisode) -> TrackingFault:
    code = TrackingCode(episode.code)
    if code is TrackingCode.WEEK_ROLLOVER:
        seen = f"{1024 * round(-episode.skew_s / WEEK_ROLLOVER_S):,} weeks behind"
    elif np.isnan(episode.skew_s):
        seen = "every event time of the stretch shows it"
    else:
        way = "ahead" if episode.skew_s > 0 else "behind"
        seen = f"{abs(episode.skew_s):,.0f} ± {episode.uncertainty_s:.0f} s {way}"
    return TrackingFault(
        code=code,
        vehicle_id=vehicle,
        since_ms=episode.since_ms,
        until_ms=episode.until_ms,
        value=episode.skew_s,
        uncertainty=episode.uncertainty_s,
        evidence=f"{seen}, in {episode.messages:,} messages",
    )


@aside
def _receiver_faults(stored: pd.DataFrame, network: Network) -> list[TrackingFault]:
    return [
        TrackingFault(
            code=TrackingCode(found.code),
            vehicle_id=vehicle,
            since_ms=found.since_ms,
            until_ms=found.until_ms,
            value=found.seconds,
            uncertainty=float("nan"),
            evidence=found.evidence,
        )
        for vehicle, found in receiver_faults(stored, network)
    ]
