"""Broker, ingest, page and alerter together: processes of their own that end with the first.

What the broker has acknowledged is in its store, on disk, until ingest has committed it. The store
outlives all of them, however they end, and the next start goes on with it.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from analytics.dashboard.serving.draining import BacklogWatch, drain, left_behind
from ingest.broker.broker import STORE_SUFFIX, Broker
from ingest.broker.child_process import ends_with_parent
from ingest.broker.upkeep.backlog import Backlog
from ingest.broker.upkeep.monitor import Monitor
from ingest.decoding.decoder import routes_in
from ingest.fault import BrokerError
from ingest.log.database import beside
from ingest.log.pinglog import open_log
from ingest.mqtt.login import login_of
from ingest.mqtt.session import keep_session
from ingest.settings.settings import ENVIRONMENT_PREFIX, Settings
from ingest.stop_signal import signalled

PINGCHENG = (sys.executable, "-m", "pingcheng")
POLL_S = 0.1
LOOK_S = 10.0
END_S = 30.0
DRAIN_S = 60.0
_DATABASE = f"{ENVIRONMENT_PREFIX}DATABASE"
_ALERTS = f"{ENVIRONMENT_PREFIX}ALERTS"
"""In it stand the addresses of channels, which are secrets."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Together:
    """What is run, and where."""

    plan: Path
    settings: Settings
    database: str | None
    """What the command line says in the place of the setting."""
    port: int
    broker_port: int
    store: Path | None
    """Where the broker keeps what waits; None for a folder beside the database."""
    drain_s: float = DRAIN_S
    """How long at the end to store what still waits."""

    @property
    def database_url(self) -> str:
        """Where the ping log is."""
        return self.database or self.settings.database

    @property
    def store_folder(self) -> Path:
        """Where the broker keeps what waits."""
        return self.store or beside(self.database_url, STORE_SUFFIX)


def run_together(parts: Together, tell: Tell, note: Tell) -> None:
    """Run them until SIGINT or SIGTERM; `tell` is given the URL of the broker, the page prints its.

    The alerter is one of them if the settings name somebody to be told. At the end the backlog is
    stored as far as there is time; `note` is given how far that has come, and what waits.

    Raises
    ------
    IngestError
        If one cannot start or ends by itself.
    """
    open_log(parts.database_url).close()  # made once, before two programs want to
    store = parts.store_folder
    with signalled() as stop:
        _keep_session(parts, store)
        with Broker(port=parts.broker_port, store=store) as broker:

            def look() -> Backlog:
                return Monitor(broker.monitor_url).backlog(parts.settings.client_id)

            tell(f"broker {broker.address}")
            if waiting := left_behind(look(), store):
                note(waiting)
            try:
                with ExitStack() as stack:
                    children = {
                        name: stack.enter_context(_child(arguments, environment))
                        for name, arguments, environment in _programs(parts, broker)
                    }
                    _watch(broker, children, stop, look, note)
                    stop.clear()  # the next signal ends the draining
                    drain(
                        look, lambda s: stop.wait(s) or bool(_ended(children)), note, parts.drain_s
                    )
            finally:
                with suppress(BrokerError):
                    if waiting := left_behind(look(), store):
                        note(waiting)


def _keep_session(parts: Together, store: Path) -> None:
    """See that the broker keeps what trucks send from the very first message on.

    It keeps only what somebody has subscribed to. So that no truck comes before ingest has, the
    subscription is made where no truck looks: at a port of its own.
    """
    settings = parts.settings
    topic_filters = routes_in(settings).topic_filters
    with Broker(store=store) as broker:
        if not Monitor(broker.monitor_url).backlog(settings.client_id).keeps(topic_filters):
            keep_session(broker.address, login_of(settings), topic_filters)


def _programs(
    parts: Together, broker: Broker
) -> Iterator[tuple[str, list[str], Mapping[str, str]]]:
    """Give name, arguments and environment of each program.

    Everybody on the machine can read the arguments of a program, so no URL that may hold a password
    is among them; and none is given secrets that it has no use for.
    """
    plan, address = ["--plan", str(parts.plan)], ["--broker", str(broker.address)]
    own = dict(os.environ)
    if parts.database is not None:
        own[_DATABASE] = parts.database
    plain = {name: value for name, value in own.items() if name.upper() != _ALERTS}
    monitor = ["--broker-monitor", broker.monitor_url]
    yield "ingest", ["ingest", *plan, *address, *monitor], plain
    yield "serve", ["serve", *plan, "--port", str(parts.port)], plain
    alerts = parts.settings.alerts
    if alerts is not None and (alerts.channels or alerts.mqtt):
        yield "alerts", ["alerts", "run", *plan, *(address if alerts.mqtt else [])], own


def _watch(
    broker: Broker,
    children: Mapping[str, "subprocess.Popen[bytes]"],
    stop: threading.Event,
    look: Callable[[], Backlog],
    note: Tell,
) -> None:
    """Wait for the signal to end.

    Raises
    ------
    BrokerError
        If one ended before it.
    """
    watch, passed_s = BacklogWatch(note), 0.0
    while not stop.wait(POLL_S):
        ended = _ended(children)
        if not broker.running:
            ended.append("broker")
        if ended:
            raise BrokerError(f"{', '.join(ended)} ended by itself; see above")
        passed_s += POLL_S
        if passed_s >= LOOK_S:
            passed_s = 0.0
            with suppress(BrokerError):  # a busy machine answers late; the next look is soon
                watch.see(look())


def _ended(children: Mapping[str, "subprocess.Popen[bytes]"]) -> list[str]:
    return [name for name, child in children.items() if child.poll() is not None]


@contextmanager
def _child(
    arguments: Sequence[str], environment: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*PINGCHENG, *arguments],
        stdin=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,  # Ctrl-C is for us, we end the children in order
        preexec_fn=ends_with_parent(),  # noqa: PLW1509 - one system call, no lock
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
