"""The broker's store fills while ingest is away, and sessions come from a broker set otherwise."""

import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.servers import SqliteDatabase
from benchmarks.faults.surroundings.surroundings import Fleet, Surroundings, surroundings
from benchmarks.faults.surroundings.traffic import compare, wait_for_stored
from ingest.broker.broker import Broker
from ingest.broker.upkeep.access import Access
from ingest.broker.upkeep.admin import NatsAdmin
from ingest.broker.upkeep.monitor import Monitor
from ingest.broker.upkeep.settings import UpkeepSettings
from tests.servers.mosquitto import Mosquitto

NAME = "broker-store"
WANTED = "0 acknowledged messages lost; ingest let in; all stored in the end"
EVERY_BROKER, EVERY_DATABASE = True, False

LIMIT_BYTES, LEAST_LIMIT_BYTES, MESSAGES = 64 * 1024 * 1024, 1024 * 1024, 10_000
_BURST = 10
_MESSAGE_BYTES = 1000
"""A burst takes more than that in any store."""
_PATIENCE_S = 120.0


def run_alone(broker: str, scale: float) -> tuple[Row, ...]:
    """Fill it, let ingest in, and compare; of nats-server change the settings besides."""
    limit_bytes = max(round(LIMIT_BYTES * scale), LEAST_LIMIT_BYTES)
    with surroundings(broker, "sqlite", limit_bytes) as place:
        rows = [_fill(place, limit_bytes)]
    if broker == "nats":
        rows.append(_change_settings(max(round(MESSAGES * scale), 300)))
    return tuple(rows)


def _fill(place: Surroundings, limit_bytes: int) -> Row:
    place.make_session()
    if isinstance(place.broker, Mosquitto):
        place.broker.save()
    if isinstance(place.broker, Broker):
        _wait_for_bound(Monitor(place.broker.monitor_url))
    with place.trucks(window=10) as trucks:
        trucks.send(place.traffic.messages(2 * limit_bytes // _MESSAGE_BYTES, _BURST))
        refused = _wait_for_refusal(trucks)
        held = trucks.acknowledged
        tell(f"{held:,} messages acknowledged until it was full")
        process = place.subscribed_ingest()
        trucks.settle()
        everything = trucks.acknowledged
    with place.log() as log:
        wait_for_stored(log, len(place.traffic.sent), _PATIENCE_S)
        survived = process.running
        process.stop()
        outcome = compare(log, place.traffic.sent)
    return Row(
        fault=f"{NAME}: full",
        done=(
            f"{everything:,} messages of {_BURST} pings to a broker that may hold "
            f"{limit_bytes / 2**20:g} MiB, ingest away until it was full"
        ),
        result=(
            f"{held:,} acknowledged, then {'refused' if refused else 'NOT refused'}; after ingest "
            f"came back all acknowledged; {outcome}"
        ),
        wanted=WANTED,
        holds=refused and outcome.sound and survived,
        figures={"held": held, "messages": everything, **outcome.figures()},
    )


def _wait_for_bound(monitor: Monitor) -> None:
    """Wait until messages are bounded, which is up to a second after the first client came."""
    until_s = time.monotonic() + _PATIENCE_S
    while not monitor.store().is_bounded and time.monotonic() < until_s:
        time.sleep(0.05)


def _wait_for_refusal(trucks: Fleet) -> bool:
    """Wait until each truck was thrown out at least once in the mean; False if that never comes."""
    until_s = time.monotonic() + _PATIENCE_S
    began = trucks.connections
    while time.monotonic() < until_s:
        if trucks.connections >= began + 16:
            return True
        time.sleep(0.02)
    return False


def _change_settings(messages: int) -> Row:
    with TemporaryDirectory(prefix="pingcheng-faults-") as name, ExitStack() as stack:
        folder = Path(name)
        store = folder / "broker"
        before = UpkeepSettings(max_ack_pending=100)
        first = stack.enter_context(Broker(store=store, ack_wait_s=1, upkeep=before))
        place = Surroundings(folder, first, SqliteDatabase(folder))
        stack.callback(place.end)
        place.make_session()
        with place.trucks() as trucks:
            trucks.send(place.traffic.messages(messages))
            trucks.settle()
            first.kill()  # with all trucks connected, whose sessions were to end with that
        place.broker = stack.enter_context(Broker(store=store))
        admin = NatsAdmin(Access.load(store))
        settings = {(one.ack_wait_s, one.max_ack_pending) for one in admin.consumers()}
        left = _wait_for_sessions(admin, 1)
        process = place.subscribed_ingest()
        with place.log() as log:
            wait_for_stored(log, messages, _PATIENCE_S)
            process.stop()
            outcome = compare(log, place.traffic.sent)
    return Row(
        fault=f"{NAME}: sessions",
        done=(
            f"{messages:,} messages wait in a session made with max_ack_pending 100, ack_wait 1 s; "
            "the broker killed under eight connected trucks, and started with its own settings"
        ),
        result=f"sessions have {settings}; {left} of 9 left; {outcome}",
        wanted="present settings, ingest's session only; 0 lost",
        holds=settings == {(10.0, 8000)} and left == 1 and outcome.sound,
        figures={"sessions": left, "messages": messages, **outcome.figures()},
    )


def _wait_for_sessions(admin: NatsAdmin, wanted: int) -> int:
    until_s = time.monotonic() + _PATIENCE_S
    while (found := len(admin.stored_sessions())) > wanted and time.monotonic() < until_s:
        time.sleep(0.1)
    return found
