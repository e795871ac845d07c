"""What came of a soak: what is lost, and whether the verdicts are those of a calm week."""

import hashlib
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.command import PINGCHENG, environment
from benchmarks.soak.running import WeekEnd
from benchmarks.soak.week import SoakDay
from ingest.log.pinglog import open_log

VERDICT_FILES = ("streets.csv", "grids.csv", "evidence.ndjson")


@dataclass(frozen=True, slots=True)
class Held:
    """What a log holds at the end."""

    lost: int
    duplicate_rows: int
    conserved: bool


def held_by(end: WeekEnd) -> Held:
    """Compare the log with what the broker acknowledged."""
    with open_log(end.url, create=False) as log:
        frame, counters = log.read_pings(), log.counters()
    times = frame["event_time"].to_numpy(dtype="datetime64[ms]").astype("int64").tolist()
    rows = list(zip(frame["vehicle_id"].tolist(), times, strict=True))
    return Held(
        lost=len(end.sent - set(rows)),
        duplicate_rows=len(rows) - len(set(rows)),
        conserved=counters.balanced and counters.stored == len(rows),
    )


def digests(end: WeekEnd, days: Sequence[SoakDay]) -> dict[str, str]:
    """Give a digest of every file of verdicts, judged anew and as the nights reported them."""
    found: dict[str, str] = {}
    for day in days:
        out = end.folder / "verdicts" / str(day.service_date)
        subprocess.run(
            [*PINGCHENG, "evaluate", end.url, "--plan", str(day.plan), "--out", str(out),
             "--date", str(day.service_date), "--evidence"],
            env=environment(), check=True, capture_output=True,
        )  # fmt: skip
        for path in (out / name for name in VERDICT_FILES):
            found[f"evaluate {day.service_date} {path.name}"] = _digest(path)
        for path in _reported(end.folder / "reports" / str(day.service_date)):
            found[f"nightly {day.service_date} {path.name}"] = _digest(path)
    return found


def slope_mb(samples: Sequence[float]) -> float:
    """MB a day by which a process grows, by least squares, without its first two days."""
    later = [sample for sample in samples[2:] if sample > 0]
    if len(later) < 2:
        return float("nan")
    return float(np.polyfit(np.arange(len(later)), later, 1)[0])


def rows_of(calm: WeekEnd, storm: WeekEnd, days: Sequence[SoakDay]) -> Iterator[Row]:
    """Tell what came of both weeks."""
    for name, end in (("calm", calm), ("storm", storm)):
        held = held_by(end)
        done = ", ".join(
            f"{count} x {what}" for what, count in sorted(end.troubles.items()) if count
        )
        yield Row(
            f"{name} week: pings", done or "nothing",
            f"{len(end.sent):,} acknowledged, {held.lost:,} lost, "
            f"{held.duplicate_rows:,} duplicate rows; "
            f"conservation {'holds' if held.conserved else 'BROKEN'}",
            "none lost, none twice", held.conserved and not held.lost and not held.duplicate_rows,
        )  # fmt: skip
        yield Row(
            f"{name} week: commands and services", "",
            f"{'; '.join(end.failed) or 'all ended with 0'}; services that ended by themselves: "
            f"{', '.join(f'{what} {n}' for what, n in end.ended.items() if n) or 'none'}",
            "0 each", not end.failed and (name == "storm" or not any(end.ended.values())),
        )  # fmt: skip
        answers = ", ".join(
            f"{status or 'none'}: {n:,}" for status, n in sorted(end.answers.items())
        )
        yield Row(f"{name} week: the page answered", "", answers, "", holds=200 in end.answers)
    calm_found, storm_found = digests(calm, days), digests(storm, days)
    differ = sorted(
        name for name in calm_found.keys() | storm_found.keys()
        if calm_found.get(name) != storm_found.get(name)
    )  # fmt: skip
    yield Row(
        "verdicts", f"{len(calm_found)} files of {len(days)} nights",
        f"{len(differ)} differ: {', '.join(differ[:5])}" if differ else "the same to the byte",
        "the same to the byte", not differ,
    )  # fmt: skip
    for service, samples in calm.memory_mb.items():
        yield Row(
            f"memory of {service}", "the calm week, at the end of each day",
            f"{', '.join(f'{each:.0f}' for each in samples)} MB; "
            f"slope {slope_mb(samples):+.1f} MB a day",
            "stated", holds=True,
        )  # fmt: skip


def _reported(folder: Path) -> list[Path]:
    """Give the tables of a night's report."""
    return sorted(folder.glob("csv/*.csv"))


def _digest(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes()).hexdigest() if path.exists() else "absent"
