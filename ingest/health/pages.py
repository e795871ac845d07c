"""The health page and the metrics of a running ingest, over HTTP on one address.

``/healthz`` answers 200 while all is well and 503 with the reasons if not; ``/metrics`` is for
Prometheus. Neither names a vehicle, a person or a secret.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from ingest.fault import SettingError
from ingest.health.broker_store import BrokerStore
from ingest.health.metrics import Metrics
from ingest.mqtt.subscriber import Subscriber
from ingest.settings.listen_address import parse_listen_address

PATIENCE_S = 10.0
"""A connection or commits may be away for so long before that is called unhealthy."""
LONG_PATIENCE_S = 60.0
"""A message may wait for so long even if others are committed meanwhile."""
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def health_of(
    subscriber: Subscriber,
    now_s: float,
    store: BrokerStore | None = None,
    clock_doubt: str | None = None,
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """Tell how a subscriber is at an instant of the monotonic clock, and its broker's store.

    ``status`` is ``ok`` or ``unhealthy``; ``reasons`` say why. ``warnings`` say what is amiss
    though pings are stored. A commit that hangs raises nothing,
    so it is known by what waits for it. While a backlog is caught up messages wait too, but not
    for long, and commits succeed.
    """
    network, committer = subscriber.network, subscriber.committer
    reasons = []
    lost_s = None if network.lost_since_s is None else now_s - network.lost_since_s
    if lost_s is not None and lost_s > PATIENCE_S:
        reasons.append(f"no connection to the broker for {lost_s:.0f} s")
    failing_s = None if committer.failing_since_s is None else now_s - committer.failing_since_s
    if failing_s is not None and failing_s > PATIENCE_S:
        reasons.append(f"nothing could be committed for {failing_s:.0f} s")
    elif subscriber.oldest_uncommitted_s > PATIENCE_S and (
        now_s - subscriber.committed_s > PATIENCE_S
        or subscriber.oldest_uncommitted_s > LONG_PATIENCE_S
    ):
        waits_s = subscriber.oldest_uncommitted_s
        reasons.append(f"the oldest message waits to be committed for {waits_s:.0f} s")
    if network.failure is not None:
        reasons.append("the network thread ended")
    if store is not None:
        reasons += store.reasons()
    if clock_doubt is not None:
        reasons.append(clock_doubt)
    return {
        "status": "unhealthy" if reasons else "ok",
        "reasons": reasons,
        **({"warnings": list(warnings)} if warnings else {}),
        "connected": network.connected_since_s is not None,
        "connections": network.connections,
        "queue_messages": subscriber.intake.depth,
        "queue_bytes": subscriber.intake.bytes,
        "commit_failures": committer.failures,
        "oldest_uncommitted_s": round(subscriber.oldest_uncommitted_s, 1),
        "idle_s": round(subscriber.idle_s, 1),
        **({} if store is None else {"broker_store": store.told()}),
    }


class HealthServer:
    """A context in which the pages are served.

    Parameters
    ----------
    address
        ``HOST:PORT``; port 0 takes a free one, see `port`.
    store
        That of the embedded broker; None if another broker is listened to.
    warnings
        Gives what is amiss though pings are stored.
    """

    def __init__(
        self,
        address: str,
        subscriber: Subscriber,
        metrics: Metrics,
        store: BrokerStore | None = None,
        warnings: Callable[[], Sequence[str]] = lambda: (),
    ) -> None:
        host, port = parse_listen_address(address)
        pages = _pages(subscriber, metrics, store, warnings)
        try:
            self._server = _server_of(host)((host, port), pages)
        except OSError as error:
            raise SettingError(
                f"health = {address!r}: cannot listen there ({error.strerror or error}); choose "
                "another port"
            ) from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()


def _server_of(host: str) -> type[ThreadingHTTPServer]:
    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    return Server


def _pages(
    subscriber: Subscriber,
    metrics: Metrics,
    store: BrokerStore | None,
    warnings: Callable[[], Sequence[str]],
) -> type[BaseHTTPRequestHandler]:
    class Pages(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path == "/healthz":
                doubt = metrics.clock_doubt()
                health = health_of(subscriber, time.monotonic(), store, doubt, warnings())
                ok = health["status"] == "ok"
                status = HTTPStatus.OK if ok else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, "application/json", json.dumps(health).encode())
            elif self.path == "/metrics":
                self._answer(HTTPStatus.OK, _METRICS_TYPE, metrics.page())
            else:
                self._answer(
                    HTTPStatus.NOT_FOUND, "text/plain", b"there are /healthz and /metrics\n"
                )

        def _answer(self, status: HTTPStatus, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing: a scrape every few seconds is no event."""

    return Pages
