"""A commit that hangs, and a feed that is dead: whoever asks for the health is told so."""

import math
import time

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.serve_process import ServeProcess, health_at
from benchmarks.faults.surroundings.servers import PostgresqlDatabase
from benchmarks.faults.surroundings.surroundings import surroundings
from benchmarks.faults.surroundings.traffic import compare, wait_for_stored
from ingest.health.pages import PATIENCE_S

HANG_S, LEAST_HANG_S = 60.0, 20.0
NOTICED_S = PATIENCE_S + 5.0
"""A look at the page once in a while, and a busy machine, come on top of its patience."""
_MESSAGES, _PATIENCE_S, _POLL_S = 800, 60.0, 0.2


def ingest_and_page(scale: float) -> Row:
    """Halt PostgreSQL under an ingest and a page, and ask both how they are."""
    seconds = max(HANG_S * scale, LEAST_HANG_S)
    with surroundings("nats", "postgresql") as place:
        assert isinstance(place.database, PostgresqlDatabase)
        ingest = place.subscribed_ingest(settings={"health": "127.0.0.1:0"})
        with (
            place.log() as log,
            place.trucks() as trucks,
            ServeProcess(place.folder, place.database.url) as page,
        ):
            urls = {"ingest": ingest.health_url, "serve": page.url}
            trucks.send(place.traffic.messages(_MESSAGES))
            wait_for_stored(log, _MESSAGES, _PATIENCE_S)
            well = [_wait_for(url, {200}) for url in urls.values()]
            place.database.server.pause()
            try:
                began_s = time.monotonic()
                trucks.send(place.traffic.messages(_MESSAGES))
                noticed = {name: _wait_for(url, {503}) - began_s for name, url in urls.items()}
                still = dict.fromkeys(urls, 0)
                while time.monotonic() < began_s + seconds:
                    for name, url in urls.items():
                        still[name] += health_at(url)[0] != 503
                    time.sleep(_POLL_S)
            finally:
                place.database.server.resume()
            began_s = time.monotonic()
            mended = {name: _wait_for(url, {200}) - began_s for name, url in urls.items()}
            trucks.settle()
            wait_for_stored(log, len(place.traffic.sent), _PATIENCE_S)
            outcome = compare(log, place.traffic.sent)
        survived = ingest.running
    said = "; ".join(
        f"{name} says 503 after {noticed[name]:.1f} s, 200 {mended[name]:.1f} s after"
        + (f", {still[name]} times something else" if still[name] else "")
        for name in urls
    )
    return Row(
        fault="server: hang",
        done=f"PostgreSQL halted for {seconds:g} s under a running ingest and a page",
        result=f"{said}; {outcome}",
        wanted=f"503 within {NOTICED_S:g} s, 200 after; 0 lost",
        holds=(
            all(map(math.isfinite, [*well, *mended.values()]))
            and max(noticed.values()) <= NOTICED_S
            and not any(still.values())
            and survived
            and outcome.sound
        ),
        figures={
            **{f"noticed_s {name}": took_s for name, took_s in noticed.items()},
            **{f"mended_s {name}": took_s for name, took_s in mended.items()},
            **outcome.figures(),
        },
    )


def dead_feed(_: float) -> Row:
    """Break the live feed of a page, by a mistake and by a hang, and ask how it is."""
    with surroundings("nats", "sqlite") as place:
        place.make_session()  # and the log
        noticed, codes = {}, {}
        for how in ("hangs", "ends"):
            with ServeProcess(place.folder, place.database.url) as page:
                _wait_for(page.url, {200})
                began_s = time.monotonic()
                page.break_feed(how)
                # one that has ended answers nothing, and a supervisor begins anew
                noticed[how] = _wait_for(page.url, {503, 0}) - began_s
                codes[how] = page.code_after(NOTICED_S) if how == "ends" else None
    return Row(
        fault="server: dead feed",
        done="the live feed of a page made to hang, and to end of a mistake",
        result=(
            f"503 {noticed['hangs']:.1f} s after the hang; {noticed['ends']:.1f} s after the "
            f"mistake 503 or no answer, ended with {codes['ends']}"
        ),
        wanted=f"not well within {NOTICED_S:g} s; a mistake ends the process with 1",
        holds=max(noticed.values()) <= NOTICED_S and codes["ends"] == 1,
        figures={f"noticed_s {how}": took_s for how, took_s in noticed.items()},
    )


def _wait_for(url: str, wanted: set[int]) -> float:
    """Give when one of some answers came, on the monotonic clock; infinity if none does."""
    until_s = time.monotonic() + _PATIENCE_S
    while (now_s := time.monotonic()) < until_s:
        if health_at(url)[0] in wanted:
            return now_s
        time.sleep(_POLL_S)
    return math.inf
