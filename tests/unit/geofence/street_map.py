"""Streets drawn in text, and trucks that drive them: the fixtures of the matcher's tests.

In a drawing a letter is a node, ``-`` and ``|`` are streets, ``>``, ``<``, ``v`` and ``^`` anywhere
on a street make it one-way, ``=`` and ``:`` pass over what they cross. A character is 10 m wide
and a line 20 m high, or `row_m`. The section between nodes a and b is called ``ab``.
"""

import numpy as np
import pandas as pd

from geofence.network.network import Network, build_network
from geofence.network.projection import LocalProjection
from geofence.plan.plan import Section
from ingest.ping import conform

COLUMN_M = 10.0
ROW_M = 20.0
ORIGIN = LocalProjection(113.30, 40.08)
START_MS = 1_648_429_200_000  # 2022-03-28T01:00:00Z


class StreetMap:
    def __init__(self, drawing: str, row_m: float = ROW_M) -> None:
        rows = drawing.strip("\n").split("\n")
        self.nodes: dict[str, tuple[float, float]] = {}
        for row, line in enumerate(rows):
            for column, mark in enumerate(line):
                if mark.isalpha() and mark != "v":
                    self.nodes[mark] = (column * COLUMN_M, -row * row_m)
        width = max(len(line) for line in rows)
        grid = [line.ljust(width) for line in rows]
        streets = [self._streets(line, "-=", "><") for line in grid]
        columns = ["".join(line[c] for line in grid) for c in range(width)]
        streets += [self._streets(line, "|:", "v^") for line in columns]
        self.sections = [self._section(a, b, oneway) for found in streets for a, b, oneway in found]
        self.network: Network = build_network(self.sections)

    @staticmethod
    def _streets(line: str, road: str, arrows: str):
        found, last, run = [], "", ""
        for mark in line:
            if mark.isalpha() and mark != "v":
                if run and last:
                    backward = arrows[1] in run
                    oneway = backward or arrows[0] in run
                    found.append((mark, last, oneway) if backward else (last, mark, oneway))
                last, run = mark, ""
            elif mark in road + arrows or (run and mark in "-|=:"):
                run += mark
            else:
                last, run = "", ""
        return found

    def _section(self, a: str, b: str, oneway: bool) -> Section:
        ends = np.array([self.nodes[a], self.nodes[b]])
        longitude, latitude = ORIGIN.to_degrees(ends[:, 0], ends[:, 1])
        return Section(a + b, a + b, (), oneway, np.stack([longitude, latitude], axis=1))

    def drive(
        self,
        route: str,
        *,
        speed_mps: float = 3.0,
        interval_s: float = 10.0,
        sigma_m: float = 0.0,
        seed: int = 0,
        shift_m: tuple[float, float] = (0.0, 0.0),
        start_ms: int = START_MS,
    ) -> pd.DataFrame:
        """Pings of a truck that drives from node to node, with AR(1) noise over 60 s."""
        stops = np.array([self.nodes[node] for node in route])
        measure = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stops, axis=0).T))])
        duration_s = measure[-1] / speed_mps
        times_s = np.append(np.arange(0.0, duration_s, interval_s), duration_s)
        noise = _noise(len(times_s), interval_s, sigma_m, np.random.default_rng(seed))
        x = np.interp(times_s * speed_mps, measure, stops[:, 0]) + noise[0] + shift_m[0]
        y = np.interp(times_s * speed_mps, measure, stops[:, 1]) + noise[1] + shift_m[1]
        return self.pings(x, y, start_ms + np.round(times_s * 1000).astype(np.int64))

    def pings(self, x: np.ndarray, y: np.ndarray, time_ms: np.ndarray) -> pd.DataFrame:
        longitude, latitude = ORIGIN.to_degrees(np.asarray(x), np.asarray(y))
        return conform(
            pd.DataFrame(
                {
                    "vehicle_id": "晋BQ0384",
                    "event_time": pd.to_datetime(time_ms, unit="ms", utc=True),
                    "longitude": longitude,
                    "latitude": latitude,
                }
            )
        )


def _noise(count: int, interval_s: float, sigma_m: float, rng: np.random.Generator) -> np.ndarray:
    keep = np.exp(-interval_s / 60.0)
    noise = rng.normal(0.0, sigma_m, (2, count))
    for i in range(1, count):
        noise[:, i] = keep * noise[:, i - 1] + np.sqrt(1 - keep**2) * noise[:, i]
    return noise
