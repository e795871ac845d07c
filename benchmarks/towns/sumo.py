"""Eclipse SUMO's programs: a random network, and the motion of vehicles on it.

They come with the wheel `eclipse-sumo`: ``make .venv/.installed-towns``.
"""

import importlib.util
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmarks.towns.roads import Roads
from benchmarks.towns.shifts import OUT_S, Shift, roads_of

TRUCK = {"vClass": "passenger", "length": "7", "maxSpeed": "6.5", "accel": "1.2", "sigma": "0.3"}
"""At most 23.4 km/h, below the limit of collecting. All other numbers are SUMO's own."""
NETWORK = {
    "rand.iterations": "900",
    "rand.min-distance": "90",
    "rand.max-distance": "260",
    "rand.connectivity": "0.95",
    "bidi-probability": "1",
    "default.lanenumber": "1",
}


class SumoError(RuntimeError):
    """SUMO is absent or refused its work; the message says how to mend it."""


def home() -> Path:
    """Find SUMO.

    Raises
    ------
    SumoError
        If it is not installed.
    """
    spec = importlib.util.find_spec("sumo")
    if spec is None or spec.origin is None:
        raise SumoError("eclipse-sumo is not installed; install it with: "
                        "make .venv/.installed-towns")  # fmt: skip
    return Path(spec.origin).parent


def generate_network(net: Path, seed: int) -> None:
    """Let ``netgenerate`` draw a random network."""
    options = [word for name, value in NETWORK.items() for word in (f"--{name}", value)]
    _run("netgenerate", "--rand", *options, "--seed", str(seed), "-o", str(net))


def drive(
    net: Path, roads: Roads, shifts: Sequence[Shift], folder: Path, hours_s: tuple[int, int],
    seed: int,
) -> pd.DataFrame:  # fmt: skip
    """Let SUMO drive the shifts; give its floating car data, see `benchmarks.towns.motion`.

    Parameters
    ----------
    hours_s
        The first start and the last second of the day, after midnight.
    """
    routes, seen = folder / "routes.xml", folder / "seen.parquet"
    routes.write_text(_routes(roads, shifts, hours_s[0] - OUT_S), encoding="utf-8")
    _run(
        "sumo", "-n", str(net), "-r", str(routes), "--begin", str(hours_s[0] - OUT_S),
        "--end", str(hours_s[1]), "--seed", str(seed), "--time-to-teleport", "-1",
        "--no-step-log", "--fcd-output", str(seen),
        "--fcd-output.attributes", "x,y,angle,speed,pos,lane",
    )  # fmt: skip
    frame = pd.read_parquet(seen)
    routes.unlink()
    seen.unlink()
    return frame.rename(
        columns=lambda name: name.removeprefix("vehicle_").removeprefix("timestep_")
    )


def _routes(roads: Roads, shifts: Sequence[Shift], depart_s: int) -> str:
    kind = " ".join(f'{name}="{value}"' for name, value in TRUCK.items())
    lines = ["<routes>", f'<vType id="truck" {kind}/>']
    for shift in shifts:
        lines += [
            f'<vehicle id="{shift.vehicle}" type="truck" depart="{depart_s}" departLane="best">',
            f'<route edges="{roads_of(shift, roads)}"/>',
        ]
        for stop in shift.stops:
            road = roads.roads[stop.road]
            lines.append(f'<stop lane="{road.id}_0" endPos="{road.lane_m - 1:.1f}" '
                         f'until="{stop.until_s}" parking="true"/>')  # fmt: skip
        lines.append("</vehicle>")
    return "\n".join([*lines, "</routes>"])


def _run(program: str, *arguments: str) -> None:
    where = home()
    done = subprocess.run(
        [where / "bin" / program, *arguments],
        env={**os.environ, "SUMO_HOME": str(where)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SumoError(f"{program} failed: {done.stderr.strip()[-500:]}")
