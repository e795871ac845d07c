"""Meili, the map matching of Valhalla, in a child process of its own environment.

The network becomes an OSM file with one way an edge, so that way ids lead back to edges. Each track
part is one trace. Timed: its ``trace_attributes`` calls; see `benchmarks.peers.meili_service`.
"""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from benchmarks.peers.meili_environment import meili_python
from benchmarks.peers.meili_network import MeiliNetwork
from benchmarks.peers.paths import Leg, match_of
from benchmarks.peers.peer import Outcome, PeerError
from benchmarks.peers.vehicles import Vehicle, observation_of
from geofence.network.network import Network
from geofence.plan.plan import ServiceRules
from geofence.seen.passes import build_gaps, build_passes

SERVICE = Path(__file__).with_name("meili_service.py")
RADIUS_MIN_M = 50.0
RADIUS_SIGMAS = 4.0
TURN_PENALTY_FACTOR = 500
"""Keeps it from weaving between streets; with its own ``sigma_z`` and ``beta``, the best of those
tried on a day of another seed."""


class MeiliPeer:
    """Meili with the costing of cars on residential streets."""

    title: ClassVar[str] = "Meili"

    def __init__(self, network: Network, rules: ServiceRules) -> None:
        self._python = meili_python()
        self._network, self._rules = network, rules
        self._temporary = tempfile.TemporaryDirectory(prefix="meili-")
        self._folder = Path(self._temporary.name)
        self._ways = MeiliNetwork(network)
        self._ways.write(self._folder / "network.osm")
        self._call("build")

    def observe(self, vehicles: Sequence[Vehicle], sigma_m: float, runs: int) -> Outcome:
        """Match every track part of two fixes or more."""
        traces = [
            (vehicle, part)
            for vehicle in vehicles
            for part in vehicle.parts
            if part.stop - part.start > 1
        ]
        request = {
            "runs": runs,
            "options": {
                "gps_accuracy": sigma_m,
                "turn_penalty_factor": TURN_PENALTY_FACTOR,
                "search_radius": max(RADIUS_MIN_M, RADIUS_SIGMAS * sigma_m),
            },
            "traces": [self._trace(vehicle, part) for vehicle, part in traces],
        }
        (self._folder / "request.json").write_text(json.dumps(request))
        self._call("match")
        answer = json.loads((self._folder / "answer.json").read_text())
        legs: dict[str, list[Leg]] = {vehicle.vehicle_id: [] for vehicle in vehicles}
        for (vehicle, part), found in zip(traces, answer["traces"], strict=True):
            if found is not None:
                legs[vehicle.vehicle_id] += self._ways.legs(found, part.start)
        observations = []
        for vehicle in vehicles:
            track = vehicle.track
            match = match_of(legs[vehicle.vehicle_id], len(track.cut))
            passes = build_passes(self._network, track, match, self._rules)
            observations.append(observation_of(vehicle, passes, build_gaps(track, match)))
        return Outcome(observations, answer["seconds"])

    def _trace(self, vehicle: Vehicle, part: slice) -> list[dict[str, float]]:
        fixes = vehicle.track.fixes
        longitude, latitude = self._network.projection.to_degrees(fixes.x[part], fixes.y[part])
        time_s = fixes.time_ms[part] / 1000.0
        columns = (longitude.round(7).tolist(), latitude.round(7).tolist(), time_s.tolist())
        return [
            {"lon": lon, "lat": lat, "time": instant}
            for lon, lat, instant in zip(*columns, strict=True)
        ]

    def _call(self, what: str) -> None:
        done = subprocess.run(
            [self._python, SERVICE, what, self._folder], capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = "".join(done.stderr.strip().splitlines()[-1:])
            raise PeerError(f"Valhalla failed to {what} ({said}); remove .venv-meili and try again")
