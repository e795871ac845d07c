"""How often real trucks turn round on a street, between its junctions and at them.

    python -m benchmarks.matching.turning FOLDER WITH polls.csv.gz AND ways.geojson.gz

The price of a turn is the negative logarithm of how often a step holds one. A recorded fleet shows
it, by the street names that an independent geocoder gave its fixes: of three fixes that name one
street and lie along one line, the second is where the truck turned if the third lies back. That
the turn was *between* junctions is certain if the way to the next junction and back took a speed
that no truck has there, and excluded if the second fix lies at a junction; the rest is open, so
the price comes out as a range. docs/matching.md tells where it is used.
"""

import argparse
import gzip
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from rich.console import Console

from geofence.network.projection import LocalProjection

MOVED_M = 30.0
"""Displacements below this may be noise."""
STRAIGHT = 0.9
"""Cosine above which two displacements lie along one line."""
STEP_S = (5.0, 130.0)
"""Steps judged: shorter ones are all noise, of longer ones nobody knows the way."""
FASTEST_MPS = 14.0
AT_JUNCTION_M = 20.0
AHEAD_M = 600.0
"""How far ahead a junction is looked for."""
ASIDE_M = 20.0
"""How far beside the line it may lie."""
MATCHED_STEP_S = 10.0
"""The step for which `MatchSettings.back_cost` is meant."""


@dataclass(frozen=True, slots=True)
class Turns:
    """What three neighbouring fixes on one street show, counted."""

    steps: int
    """Second fixes of three along one line."""
    certain: int
    """Turns with no time for the way to the next junction and back."""
    open: int
    """Turns between junctions, or at the next one."""
    at_junction: int
    step_s: float
    """Mean length of a step, in seconds."""

    def price(self, turns: int) -> float:
        """Give the negative logarithm of the odds of a turn within a step of 10 s."""
        if not turns:
            return math.inf
        return -math.log(turns / self.steps * MATCHED_STEP_S / self.step_s)


def turns_of(fixes: pd.DataFrame, junctions: np.ndarray) -> Turns:
    """Count the turns that fixes show.

    Parameters
    ----------
    fixes
        Columns ``vehicle_id, time_s, x, y`` (metres) and ``street``; by vehicle and time.
    junctions
        Shape (n, 2), metres.
    """
    place = fixes[["x", "y"]].to_numpy()
    moved, step_s = np.diff(place, axis=0), np.diff(fixes["time_s"].to_numpy())
    names = fixes["street"].fillna("").to_numpy()
    trucks = fixes["vehicle_id"].to_numpy()
    one = (names[:-1] == names[1:]) & (names[1:] != "") & (trucks[:-1] == trucks[1:])
    far = np.hypot(moved[:, 0], moved[:, 1])
    usable = one & (far >= MOVED_M) & (step_s >= STEP_S[0]) & (step_s <= STEP_S[1])
    middle = np.flatnonzero(usable[:-1] & usable[1:]) + 1
    cosine = (moved[middle - 1] * moved[middle]).sum(axis=1) / (far[middle - 1] * far[middle])
    is_turn = cosine <= -STRAIGHT
    along = is_turn | (cosine >= STRAIGHT)
    turned = middle[is_turn]
    ahead_m = _ahead_m(place[turned], moved[turned - 1] / far[turned - 1, None], junctions)
    needed = far[turned - 1] + far[turned] + 2 * np.maximum(ahead_m, 0)
    hurried = needed > FASTEST_MPS * (step_s[turned - 1] + step_s[turned])
    at_junction = ahead_m < AT_JUNCTION_M
    steps = middle[along]
    return Turns(
        steps=len(steps),
        certain=int((hurried & ~at_junction).sum()),
        open=int((~hurried & ~at_junction).sum()),
        at_junction=int(at_junction.sum()),
        step_s=float(step_s[steps].mean()) if len(steps) else math.nan,
    )


def _ahead_m(place: np.ndarray, heading: np.ndarray, junctions: np.ndarray) -> np.ndarray:
    """Give how far the next junction lies ahead of places; infinite where there is none."""
    tree = shapely.STRtree(shapely.points(junctions))
    which, near = tree.query(shapely.points(place), predicate="dwithin", distance=AHEAD_M)
    offset, forward = junctions[near] - place[which], heading[which]
    along = (offset * forward).sum(axis=1)
    aside = np.abs(offset[:, 0] * forward[:, 1] - offset[:, 1] * forward[:, 0])
    ahead = (aside < ASIDE_M) & (along > -ASIDE_M / 2)
    nearest = np.full(len(place), np.inf)
    np.minimum.at(nearest, which[ahead], along[ahead])
    return nearest


def read(folder: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Read a recorded fleet and the junctions of its ways, in metres."""
    polls = pd.read_csv(folder / "polls.csv.gz")
    with gzip.open(folder / "ways.geojson.gz", "rt", encoding="utf-8") as text:
        ways = [np.array(way["geometry"]["coordinates"]) for way in json.load(text)["features"]]
    instant = pd.to_datetime(polls["event_time"], utc=True, format="mixed")
    polls["time_s"] = instant.dt.as_unit("ms").astype("int64") / 1000
    polls["street"] = polls["address"].str.extract(r"^(?:\d\S* )?(.+) [A-Z]{2}$")[0]
    longitude, latitude = polls["longitude"].to_numpy(), polls["latitude"].to_numpy()
    projection = LocalProjection.around(longitude, latitude)
    polls["x"], polls["y"] = projection.to_metres(longitude, latitude)
    fixes = polls.drop_duplicates(["vehicle_id", "time_s"]).sort_values(["vehicle_id", "time_s"])
    # three ends of ways make a junction; a way that goes on through a point counts twice
    arms = pd.DataFrame(np.concatenate(ways), columns=["longitude", "latitude"])
    last = np.cumsum([len(way) for way in ways]) - 1
    arms["arms"] = 2
    arms.loc[np.union1d(last, np.append(0, last[:-1] + 1)), "arms"] = 1
    met = arms.groupby(["longitude", "latitude"])["arms"].sum()
    junctions = met[met >= 3].index.to_frame().to_numpy()
    return fixes, np.stack(projection.to_metres(junctions[:, 0], junctions[:, 1]), axis=1)


def main() -> None:
    """Print what a recorded fleet shows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    turns = turns_of(*read(parser.parse_args().folder))
    output = Console(width=110)
    output.print(f"{turns.steps} steps along one street, {turns.step_s:.0f} s in the mean; turns: "
                 f"{turns.at_junction} at a junction, {turns.certain} certainly between junctions, "
                 f"{turns.open} open")  # fmt: skip
    output.print(f"price of a turn between junctions, for a step of {MATCHED_STEP_S:g} s: "
                 f"{turns.price(turns.certain + turns.open):.1f} to "
                 f"{turns.price(turns.certain):.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
