"""Broker, ingest, page and alerter together: processes of their own that end with the first."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ingest.broker.broker import Broker
from ingest.broker.child_process import ends_with_parent
from ingest.fault import BrokerError
from ingest.log.pinglog import open_log
from ingest.settings.alerts import AlertSettings
from ingest.stop_signal import signalled

PINGCHENG = (sys.executable, "-m", "pingcheng")
POLL_S = 0.1
END_S = 30.0


def run_together(
    plan: Path,
    database: str,
    port: int,
    broker_port: int,
    store: Path | None,
    alerts: AlertSettings | None,
    tell: Callable[[str], None],
) -> None:
    """Run them until SIGINT or SIGTERM; `tell` is given the URL of the broker, the page prints its.

    The alerter is one of them if `alerts` names somebody to be told.

    Raises
    ------
    IngestError
        If one cannot start or ends by itself.
    """
    open_log(database).close()  # made once, before two programs want to
    common = ["--plan", str(plan), "--database", database]
    with signalled() as stop, ExitStack() as stack:
        broker = stack.enter_context(Broker(port=broker_port, store=store))
        tell(f"broker {broker.address}")
        children = {
            "ingest": stack.enter_context(
                _child(
                    [
                        "ingest",
                        *common,
                        "--broker",
                        str(broker.address),
                        "--broker-monitor",
                        broker.monitor_url,
                    ]
                )
            ),
            "serve": stack.enter_context(_child(["serve", *common, "--port", str(port)])),
        }
        if alerts is not None and (alerts.channels or alerts.mqtt):
            told = ["--broker", str(broker.address)] if alerts.mqtt else []
            children["alerts"] = stack.enter_context(_child(["alerts", "run", *common, *told]))
        while not stop.wait(POLL_S):
            ended = [name for name, child in children.items() if child.poll() is not None]
            if not broker.running:
                ended.append("broker")
            if ended:
                raise BrokerError(f"{', '.join(ended)} ended by itself; see above")


@contextmanager
def _child(arguments: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*PINGCHENG, *arguments],
        stdin=subprocess.DEVNULL,
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
