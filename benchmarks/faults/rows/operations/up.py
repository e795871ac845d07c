"""``pingcheng up`` with its defaults, ended and killed again and again while trucks publish."""

import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.servers import SqliteDatabase
from benchmarks.faults.surroundings.surroundings import Surroundings
from benchmarks.faults.surroundings.traffic import compare, wait_for_stored
from benchmarks.faults.surroundings.up_process import UpProcess

LIVES, MESSAGES = 100, 100_000
_FEWEST_LIVES, _FEWEST_MESSAGES = 4, 1200
_SEED, _WINDOW, _PATIENCE_S = 14, 100, 60.0
_STORING = 2 / 3
"""In so many lives ingest has begun to store when the end comes."""
_LAST_S = 0.1


def end_and_kill(scale: float) -> Row:
    """Give it lives that end by SIGTERM and by SIGKILL in turn, one kill in three in start-up."""
    lives = max(round(LIVES * scale), _FEWEST_LIVES)
    share = max(round(MESSAGES * scale), _FEWEST_MESSAGES) // lives
    generator = random.Random(_SEED)
    codes: set[int] = set()
    kills = in_start_up = in_flight = 0
    with TemporaryDirectory(prefix="pingcheng-faults-") as name:
        folder = Path(name)
        up = UpProcess(folder)
        place = Surroundings(folder, up, SqliteDatabase(folder))
        try:
            began_s = time.monotonic()
            up.start()
            start_up_s = time.monotonic() - began_s
            codes.add(up.end())
            with place.log() as log, place.trucks(_WINDOW) as trucks:
                for number in range(lives):
                    is_kill = number % 2 == 0
                    trucks.send(place.traffic.messages(share // 2))
                    if is_kill and number % 3 == 0:
                        up.begin()
                        time.sleep(generator.uniform(0.0, start_up_s))
                        in_start_up += 1
                    else:
                        up.start()
                        if generator.random() < _STORING:
                            wait_for_stored(log, log.counters().stored + 1, _PATIENCE_S)
                        trucks.send(place.traffic.messages(share // 2))
                        time.sleep(generator.uniform(0.0, _LAST_S))
                    in_flight += trucks.acknowledged < len(place.traffic.sent)
                    if is_kill:
                        up.kill()
                        kills += 1
                    else:
                        codes.add(up.end())
                    tell(f"up: life {number + 1}: {trucks.acknowledged:,} acknowledged")
                up.start()
                trucks.settle()
            codes.add(up.end())
        finally:
            up.kill()
        with place.log() as log:
            outcome = compare(log, place.traffic.sent)
        left = [path.name for path in up.passing.iterdir()]
    return Row(
        fault="server: up",
        done=(
            f"without --store, {len(place.traffic.sent):,} messages; {kills} × kill -9, "
            f"{in_start_up} of them in start-up, {lives - kills} × SIGTERM, {in_flight} of all "
            "with messages on their way; the last SIGTERM once all was acknowledged"
        ),
        result=f"{outcome}; exit codes {sorted(codes)}; left in TMPDIR: {len(left)}",
        wanted="0 acknowledged lost, 0 twice, nothing left",
        holds=outcome.sound and codes == {0} and not left,
        figures={"kills": kills, "ends": lives - kills, "left": len(left), **outcome.figures()},
    )
