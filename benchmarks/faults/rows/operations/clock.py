"""A server whose own clock is wrong: it refuses good pings, says why, and gives them all back."""

import re
import time

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.command import run_well
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.serve_process import health_at
from benchmarks.faults.surroundings.surroundings import surroundings
from benchmarks.faults.surroundings.traffic import STEP_MS, Traffic, compare

MESSAGES, FEWEST = 20_000, 240
BEHIND_MS, AHEAD_MS, MOST_AGE_DAYS = -20 * 60_000, 40 * 86_400_000, 30
_LEAST_AGE_S, _PATIENCE_S, _POLL_S = 60.0, 120.0, 0.1
_QUESTION = "is this server's clock right?"


def behind(database: str, scale: float) -> Row:
    """Have its clock behind, as after a boot without a network."""
    return _wrong(database, "20 min behind", BEHIND_MS, "time_in_future", scale)


def ahead(database: str, scale: float) -> Row:
    """Have it ahead, by more than a fix may be old."""
    return _wrong(database, "40 days ahead", AHEAD_MS, "outdated", scale)


def _wrong(database: str, what: str, ahead_ms: int, code: str, scale: float) -> Row:
    messages = max(round(MESSAGES * scale), FEWEST)
    settings = {"health": "127.0.0.1:0", "max_age_days": str(MOST_AGE_DAYS)}
    with surroundings("nats", database) as place:
        names = place.traffic.vehicles
        span_s = messages / len(names) * STEP_MS / 1000
        place.traffic = Traffic(names, span_s + _LEAST_AGE_S)
        wrong = place.subscribed_ingest(settings=settings, clock_ahead_ms=ahead_ms)
        with place.log() as log:
            with place.trucks() as trucks:
                trucks.send(place.traffic.messages(messages))
                trucks.settle()
            until_s = time.monotonic() + _PATIENCE_S
            while log.counters().rejected < messages and time.monotonic() < until_s:
                time.sleep(_POLL_S)
            status, page = health_at(wrong.health_url)
            wrong.stop()
            refused = log.counters()
            release = ("quarantine", "release", "--code", code, "--plan", "plan.toml")
            told = run_well(
                place.folder, *release, "--database", place.database.url, settings=settings
            )
            tell(f"clock {what}: {status} {page.strip()}; {told.strip()}")
            outcome, after = compare(log, place.traffic.sent), log.counters()
    is_asked = status == 503 and _QUESTION in page
    given_back = re.search(r"(\d+) of (\d+) released", told)
    released = 0 if given_back is None else int(given_back[1])
    return Row(
        fault=f"server: clock {what}",
        done=f"{messages:,} good messages to an ingest whose clock is {what}, {database}; "
        "then pingcheng quarantine release",
        result=(
            f"{refused.rejected:,} refused, {refused.stored:,} stored; health "
            f"{status}{', asks for the clock' if is_asked else ', does NOT ask for the clock'}; "
            f"{released:,} released, {after.rejected:,} left; {outcome}"
        ),
        wanted="all refused, health asks, all given back; counters balanced",
        holds=(
            refused.rejected >= messages  # more if the broker delivers some again
            and refused.stored == 0
            and set(refused.rejected_by_code) == {code}
            and refused.balanced
            and is_asked
            and released >= messages
            and after.rejected == 0
            and outcome.sound
        ),
        figures={"refused": refused.rejected, "released": released, **outcome.figures()},
    )
