"""A night on disk: a plan, and a log of which the days are sealed."""

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.scale.copies import copies_of, pings_of, write_copies
from benchmarks.scale.driving import drive
from geofence.plan.reader import read_plan
from ingest.log.archive import identity_of
from ingest.log.pinglog import open_log
from ingest.log.rivals import put
from ingest.log.rows import DAY_MS, LOG_COLUMNS, epoch_ms
from ingest.log.segments.writing import encoded_of, write_segment
from ingest.log.tables import changed_days, segments

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Night:
    """A night that can be judged."""

    grids: int
    folder: Path
    pings: int
    sealed_bytes: int
    made_core_s: float
    """What making it took; 0 if it was there."""

    @property
    def plan_file(self) -> Path:
        """Its plan."""
        return self.folder / "plan.toml"

    @property
    def url(self) -> str:
        """Its log."""
        return _url(self.folder)


def night_of(
    grids: int, folder: Path, interval_s: float, seed: int, driven: int, tell: Tell
) -> Night:
    """Make the night of a city unless a folder has it already.

    Parameters
    ----------
    folder
        Of all nights.
    driven
        Most grids whose trucks are driven; a larger city is copies of one that has so many.

    Raises
    ------
    ValueError
        If a larger one is not a whole number of them.
    """
    own = folder / str(grids)
    if (own / "pings.db").exists():
        return _made(grids, own, 0.0)
    before_s = _core_s()
    city = min(grids, driven)
    if grids % city:
        raise ValueError(f"{grids} grids are not copies of {city}; take a multiple")
    base = folder / str(city)
    if not (base / "plan.toml").exists():
        tell(f"{city:,} grids: drawing the city")
        _pingcheng("city", "--grids", str(city), "--out", str(base))
    for done, of in drive(base / "plan.toml", base / "blocks", interval_s, seed):
        tell(f"{city:,} grids: {done} of {of} blocks driven")
    plan = read_plan(base / "plan.toml")
    copies = copies_of(plan, grids // city)
    if own != base:
        tell(f"{grids:,} grids: {len(copies)} copies of the city")
        own.mkdir(parents=True, exist_ok=True)
        write_copies(plan, copies, own)
    _seal(own, lambda: pings_of(base / "blocks", copies), grids, tell)
    return _made(grids, own, _core_s() - before_s)


def _seal(
    folder: Path, pings: Callable[[], Iterator[pd.DataFrame]], grids: int, tell: Tell
) -> None:
    """Write the days of a night as their segments; their rows, which are not read, are left out."""
    days: dict[int, None] = {}
    for frame in pings():
        days.update(dict.fromkeys((epoch_ms(frame["event_time"]) // DAY_MS * DAY_MS).tolist()))
    unfinished = folder / "pings.unfinished.db"
    sealed = folder / "sealed"
    sealed.mkdir(exist_ok=True)
    for path in [*sealed.iterdir(), *folder.glob(f"{unfinished.name}*")]:
        path.unlink()
    with open_log(f"sqlite:///{unfinished}") as log:
        for day_ms in sorted(days):
            tell(f"{grids:,} grids: sealing")
            encoded = encoded_of(day_ms, _of_day(pings(), day_ms))
            with log.transaction(write=True) as connection:
                path, sha256 = write_segment(sealed, day_ms, identity_of(connection), encoded)
                note = {"day_ms": day_ms, "last_sequence": 0, "changed_ms": 0, "removals": 0}
                put(connection, changed_days, [note])
                row = {
                    "day_ms": day_ms, "path": str(path.resolve()), "sha256": sha256,
                    "pings": len(encoded.table), "last_sequence": 0,
                }  # fmt: skip
                put(connection, segments, [row])
    unfinished.replace(folder / "pings.db")


def _of_day(pings: Iterator[pd.DataFrame], day_ms: int) -> Iterator[pd.DataFrame]:
    for frame in pings:
        event_ms = epoch_ms(frame["event_time"])
        chosen = frame[(event_ms >= day_ms) & (event_ms < day_ms + DAY_MS)]
        if not chosen.empty:
            yield chosen[list(LOG_COLUMNS)].reset_index(drop=True)


def _made(grids: int, folder: Path, core_s: float) -> Night:
    import pyarrow.parquet as pq

    paths = list((folder / "sealed").glob("segment-*.parquet"))
    return Night(
        grids,
        folder,
        sum(pq.read_metadata(path).num_rows for path in paths),
        sum(path.stat().st_size for path in paths),
        core_s,
    )


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'pings.db'}"


def _pingcheng(*options: str) -> None:
    command = [sys.executable, "-m", "pingcheng", *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _core_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)
