"""A recorded day of 42 real garbage trucks through the whole path: broker, log, matcher, verdicts.

    python -m tests.scenarios.jersey_city [FOLDER WITH polls.csv.gz AND ways.geojson.gz]

The plan is made of the recording itself: a truck is a grid, and its streets are those that the
addresses of three or more of its fixes name. Nobody knows which of them it collected, or when, so
the plan judges one window of 24 hours and lets every speed serve: what is tested is whether the
matcher finds a truck on the street where an independent geocoder saw it.
"""

import argparse
import gzip
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from rich.console import Console
from rich.table import Table
from typer.testing import CliRunner

from ingest.log.pinglog import open_log
from pingcheng import app

NAMED_FIXES = 3
NEAR_M = 25.0
"""A pair is near if half of the fixes that name the street lie this near to a line of its name."""
ADDRESS = re.compile(r"^(?:\d\S* )?(?P<street>.+) [A-Z]{2}$")
PINGCHENG = (sys.executable, "-m", "pingcheng")

PLAN = """\
name = "Jersey City, 2015-12-10, as recorded"
timezone = "America/New_York"
effective_from = 2015-12-01
streets = "streets.geojson"

[service]
gap_s = 180              # the trackers report once a minute: three reports missed make a gap
service_speed_kmh = 110  # no device tells when it works, and speed over a minute tells little

[[operators]]
id = "recorded"
name = "Recorded fleet"
"""
GRID = """
[[grids]]
id = "{truck}"
operator = "recorded"
vehicles = ["{truck}"]
windows = ["00:00-24:00"]
streets = {streets}
"""


def named_pairs(polls: pd.DataFrame, ways: dict) -> pd.DataFrame:
    """Streets that three or more distinct fixes of a truck name.

    Columns vehicle_id, street, fixes, and apart_m, the median distance of these fixes from the
    nearest line of that name in metres.
    """
    names = {way["properties"]["name"] for way in ways["features"]} - {None}
    fixes = polls.drop_duplicates(["vehicle_id", "event_time"])
    street = fixes.address.map({address: _street(address, names) for address in set(fixes.address)})
    fixes = fixes.assign(street=street).dropna(subset="street")
    pairs = fixes.assign(apart_m=_apart_m(fixes, ways)).groupby(["vehicle_id", "street"])
    found = pairs.agg(fixes=("apart_m", "size"), apart_m=("apart_m", "median"))
    return found[found.fixes >= NAMED_FIXES].reset_index()


def _apart_m(fixes: pd.DataFrame, ways: dict) -> np.ndarray:
    """Distance of each fix from the nearest line of the street that it names."""
    metres = np.array([np.cos(np.radians(fixes.latitude.mean())), 1.0]) * 111_195.0
    lines: dict[str, list[shapely.LineString]] = {}
    for way in ways["features"]:
        line = shapely.LineString(np.array(way["geometry"]["coordinates"]) * metres)
        lines.setdefault(way["properties"]["name"], []).append(line)
    streets = {name: shapely.union_all(parts) for name, parts in lines.items()}
    points = shapely.points(fixes[["longitude", "latitude"]].to_numpy() * metres)
    return shapely.distance(points, fixes.street.map(streets).to_numpy())


def _street(address: str, names: set[str]) -> str | None:
    """Find the longest known street in an address such as ``13 Linden Ave E Jersey City NJ``."""
    found = ADDRESS.match(address)
    words = found["street"].split(" ") if found else []
    for end in range(len(words) - 1, 0, -1):
        if " ".join(words[:end]) in names:
            return " ".join(words[:end])
    return None


def write_plan(ways: dict, trucks: list[str], pairs: pd.DataFrame, folder: Path) -> Path:
    """Write the plan's two files and give the path of plan.toml."""
    streets_of = pairs.groupby("vehicle_id").street.apply(list).to_dict()
    trucks_of = pairs.groupby("street").vehicle_id.apply(list).to_dict()
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": f"way-{way['properties']['way']}-{number}",
                "name": way["properties"]["name"] or "",
                "grids": trucks_of.get(way["properties"]["name"], []),
            },
            "geometry": way["geometry"],
        }
        for number, way in enumerate(ways["features"])
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "streets.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    grids = [
        GRID.format(truck=truck, streets=json.dumps(sorted(streets_of.get(truck, []))))
        for truck in trucks
    ]
    plan = folder / "plan.toml"
    plan.write_text(PLAN + "".join(grids), encoding="utf-8")
    return plan


def run(data: Path, folder: Path) -> tuple[dict, pd.DataFrame]:
    """Send the day over MQTT into a log and judge it.

    Returns the counters and, for each named pair, the share of the street served and whether some
    of it may have been served though that is not certain.
    """
    polls_file = data / "polls.csv.gz"
    polls = pd.read_csv(polls_file)
    ways = json.loads(gzip.decompress((data / "ways.geojson.gz").read_bytes()))
    pairs = named_pairs(polls, ways)
    plan = write_plan(ways, sorted(set(polls.vehicle_id)), pairs, folder)
    database = f"sqlite:///{folder / 'log.db'}"
    with _broker(folder / "queue") as url, _ingest(plan, database, url):
        _pingcheng("replay", str(polls_file), "--broker", url, "--speed", "max")
        counters = _settled(database, len(polls))
    _pingcheng("evaluate", database, "--plan", str(plan), "--out", str(folder), "--evidence")
    streets = pd.read_csv(folder / "streets.csv", dtype={"grid_id": str})
    served = streets.groupby(["grid_id", "street"]).served_ratio.max().rename("served_ratio")
    seen = pairs.merge(
        served, left_on=["vehicle_id", "street"], right_on=["grid_id", "street"], how="left"
    )
    doubted = _doubted(folder / "evidence.ndjson")
    pair_of = zip(seen.vehicle_id.astype(str), seen.street, strict=True)
    return counters, seen.assign(in_doubt=[pair in doubted for pair in pair_of])


def _doubted(evidence: Path) -> set[tuple[str, str]]:
    """Find the grids and streets of which some metres may have been served."""
    records = map(json.loads, evidence.read_text(encoding="utf-8").splitlines())
    return {
        (record["grid_id"], record["street"])
        for record in records
        if any(section.get("ambiguous") for section in record["sections"])
    }


def _pingcheng(*arguments: str) -> None:
    # in this process: broker and ingest alone need one of their own
    done = CliRunner().invoke(app, arguments)
    if done.exit_code != 0:
        raise RuntimeError(done.output) from done.exception


@contextmanager
def _broker(store: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [*PINGCHENG, "broker", "--port", "0", "--store", str(store)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield re.search(r"mqtt://\S+", process.stdout.readline())[0]
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


@contextmanager
def _ingest(plan: Path, database: str, broker: str) -> Iterator[None]:
    process = subprocess.Popen(
        [*PINGCHENG, "ingest", "--plan", str(plan), "--database", database, "--broker", broker],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while "subscribed" not in (line := process.stderr.readline()):
            if not line:
                raise RuntimeError(f"ingest ended with {process.wait()}")
        yield
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _settled(database: str, expected: int) -> dict:
    """Wait until the log has heard of every poll."""
    with open_log(database) as log:
        for _ in range(600):
            counters = log.counters()
            if counters.received >= expected:
                return asdict(counters)
            time.sleep(0.2)
    raise RuntimeError(f"only {counters.received} of {expected} pings arrived")


def main() -> None:
    """Run and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    default = Path(__file__).resolve().parents[3] / "shared" / "data" / "jersey-city"
    parser.add_argument("data", type=Path, nargs="?", default=default)
    data = parser.parse_args().data
    with tempfile.TemporaryDirectory() as folder:
        counters, pairs = run(data, Path(folder))
    console = Console()
    console.print_json(json.dumps(counters))
    unseen = pairs[~(pairs.served_ratio > 0)]
    share = 1 - len(unseen) / len(pairs)
    console.print(
        f"{len(pairs)} pairs of truck and street named in {NAMED_FIXES} or more fixes; "
        f"{len(pairs) - len(unseen)} ({share:.1%}) have served metres, "
        f"of {unseen.in_doubt.sum()} more it is in doubt."
    )
    near = pairs[pairs.apart_m <= NEAR_M]
    served = near.served_ratio > 0
    console.print(
        f"Of {len(near)} pairs whose fixes lie within {NEAR_M:g} m of a line of that name, "
        f"{served.sum()} ({served.mean():.1%}) have served metres, "
        f"{(served | near.in_doubt).sum()} "
        f"({(served | near.in_doubt).mean():.1%}) have some or are in doubt."
    )
    table = Table(
        "truck",
        "street",
        "fixes that name it",
        "metres from it",
        title="pairs without served metres",
    )
    for pair in unseen.itertuples():
        table.add_row(pair.vehicle_id, pair.street, str(pair.fixes), f"{pair.apart_m:.0f}")
    console.print(table)


if __name__ == "__main__":
    main()
