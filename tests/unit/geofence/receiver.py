"""A receiver as trucks carry it: its error drifts over a minute and stays as large as it began."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tests.unit.geofence.street_map import START_MS, StreetMap

CORRELATION_S = 60.0
TURN_S = 12.0
"""How long a truck stands where it turns back."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Reports a truck's place, speed and heading every `interval_s` seconds."""

    interval_s: float = 10.0
    sigma_m: float = 4.0
    """Standard deviation of the AR(1) error, east and north, from the first fix on."""
    white_m: float = 0.0
    """Standard deviation of an error that is new at every fix, on top."""
    seed: int = 0
    reports_motion: bool = True
    """Whether speed and heading are reported."""

    def drive(
        self,
        streets: StreetMap,
        route: Sequence[str],
        *,
        speed_mps: float = 3.0,
        start_ms: int = START_MS,
    ) -> pd.DataFrame:
        """Pings of a truck that drives from node to node and takes its time to turn back."""
        stops = np.array([streets.nodes[node] for node in route])
        leg_s = np.hypot(*np.diff(stops, axis=0).T) / speed_mps
        turns = np.array([a == c for a, c in zip(route, route[2:], strict=False)], dtype=bool)
        waits_s = np.concatenate([[0.0], np.where(turns, TURN_S, 0.0)])
        leaves_s = np.cumsum(waits_s) + np.concatenate([[0.0], np.cumsum(leg_s)[:-1]])
        instants_s = np.stack([leaves_s, leaves_s + leg_s], axis=1).ravel()
        times_s = np.append(np.arange(0.0, instants_s[-1], self.interval_s), instants_s[-1])
        x, y = (
            np.interp(times_s, instants_s, np.stack([axis[:-1], axis[1:]], axis=1).ravel())
            for axis in stops.T
        )
        piece = np.clip(
            np.searchsorted(instants_s, times_s, side="right") - 1, 0, 2 * len(leg_s) - 2
        )
        east, north = np.diff(stops, axis=0)[piece // 2].T
        speed = np.where(piece % 2 == 0, speed_mps, 0.0)
        heading = np.degrees(np.arctan2(east, north))
        return self._pings(streets, times_s, x, y, speed, heading, start_ms)

    def stand(
        self, streets: StreetMap, place: tuple[float, float], duration_s: float
    ) -> pd.DataFrame:
        """Pings of a truck that stands."""
        times_s = np.arange(0.0, duration_s, self.interval_s)
        x, y = (np.full(len(times_s), value) for value in place)
        still = np.zeros(len(times_s))
        return self._pings(streets, times_s, x, y, still, np.full(len(times_s), np.nan), START_MS)

    def _pings(self, streets, times_s, x, y, speed_mps, heading_deg, start_ms) -> pd.DataFrame:
        rng = np.random.default_rng(self.seed)
        count = len(times_s)
        east, north = self._drift(times_s, rng) + rng.normal(0.0, self.white_m, (2, count))
        time_ms = start_ms + np.round(times_s * 1000).astype(np.int64)
        pings = streets.pings(x + east, y + north, time_ms)
        if self.reports_motion:
            pings["speed_mps"] = np.abs(speed_mps + rng.normal(0.0, 0.2, count))
            pings["heading_deg"] = (heading_deg + rng.normal(0.0, 4.0, count)) % 360.0
        return pings

    def _drift(self, times_s: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        keep = np.exp(-np.diff(times_s) / CORRELATION_S)
        drift = rng.normal(0.0, self.sigma_m, (2, len(times_s)))
        for i, kept in enumerate(keep, 1):
            drift[:, i] = kept * drift[:, i - 1] + np.sqrt(1 - kept**2) * drift[:, i]
        return drift
