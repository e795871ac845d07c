"""What the embedded broker keeps and may keep, as its own pages on this machine tell."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.broker.address import pages_url
from ingest.broker.upkeep.backlog import MESSAGES_STREAM, Backlog, backlog_in
from ingest.fault import BrokerError

_LEAST_ROOM_BYTES = 64 * 1024
"""With less a bound of nearly nothing, as a full disk leaves, would look like an empty store."""
_TIMEOUT_S = 2.0
_MOST_CONNECTIONS = 100_000
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""They are on this machine: a proxy of the environment would look for them on its own."""


@dataclass(frozen=True, slots=True)
class StoreState:
    """How full a broker is, in bytes."""

    waiting: int
    """Messages that wait, a number."""
    waiting_bytes: int
    limit_bytes: int
    """Of messages that wait; what exceeds it is refused."""
    is_bounded: bool
    """False while messages have no limit of their own: then it is that of the store."""
    stored_bytes: int
    """All that is kept: messages, sessions, retained ones."""
    most_bytes: int
    """Of all that; nobody is let in beyond it."""
    streams: Mapping[str, int | None]
    """Of each stream that there is, how many bytes it may have; None is no bound."""

    @property
    def share(self) -> float:
        """How full it is, from 0 to 1 and a little more."""
        shares = (self.waiting_bytes / self.limit_bytes, self.stored_bytes / self.most_bytes)
        return max(*shares, float(self.limit_bytes - self.waiting_bytes < _LEAST_ROOM_BYTES))


class Monitor:
    """Asks the pages of a nats-server.

    Parameters
    ----------
    url
        Such as ``http://127.0.0.1:8222``.

    Raises
    ------
    SettingError
        If it is not of that form.
    """

    def __init__(self, url: str) -> None:
        self.url = pages_url(url)

    def store(self) -> StoreState:
        """Tell how full it is.

        Raises
        ------
        BrokerError
            If it does not answer, or is no nats-server with a store.
        """
        document = self._get("/jsz?accounts=1&streams=1&config=1")
        try:
            return _state_of(document)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BrokerError(
                f"{self.url}/jsz: it is no page of nats-server ({error!r})"
            ) from error

    def backlog(self, client_id: str) -> Backlog:
        """Tell what waits for the session of a client.

        Raises
        ------
        BrokerError
            If it does not answer, or is no nats-server with a store.
        """
        document = self._get("/jsz?streams=1&consumers=1&config=1")
        try:
            return backlog_in(document, client_id)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BrokerError(
                f"{self.url}/jsz: it is no page of nats-server ({error!r})"
            ) from error

    def fault(self) -> str:
        """Tell why it can keep nothing, in its own words; empty if it can, or does not answer."""
        try:
            self._get("/healthz")
        except _RefusedError as refused:
            return refused.told
        except BrokerError:
            pass
        return ""

    def connected_ids(self) -> set[str]:
        """Give the client ids that are connected over MQTT.

        Raises
        ------
        BrokerError
            If it does not answer.
        """
        found = self._get(f"/connz?limit={_MOST_CONNECTIONS}")
        connections = found.get("connections") or []
        return {one["mqtt_client"] for one in connections if one.get("mqtt_client")}

    def _get(self, path: str) -> dict[str, Any]:
        try:
            with _OPENER.open(self.url + path, timeout=_TIMEOUT_S) as answer:
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise _RefusedError(self.url + path, error.read(4096)) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise BrokerError(f"{self.url}: the broker's pages do not answer ({reason})") from error
        if not isinstance(found, dict):
            raise BrokerError(f"{self.url}{path}: it is no page of nats-server")
        return found


class _RefusedError(BrokerError):
    def __init__(self, url: str, page: bytes) -> None:
        try:
            self.told = str(json.loads(page)["error"])
        except (ValueError, KeyError, TypeError):
            self.told = page.decode("utf-8", "replace").strip()[:200]
        super().__init__(f"{url}: {self.told}")


def _state_of(document: Mapping[str, Any]) -> StoreState:
    most_bytes = max(1, int(document["config"]["max_storage"]))
    bounds: dict[str, int | None] = {}
    waiting = waiting_bytes = 0
    for account in document.get("account_details") or []:
        for stream in account.get("stream_detail") or []:
            bound = int(stream["config"].get("max_bytes", -1))
            bounds[stream["name"]] = bound if bound > 0 else None
            if stream["name"] == MESSAGES_STREAM:
                waiting = int(stream["state"]["messages"])
                waiting_bytes = int(stream["state"]["bytes"])
    limit_bytes = bounds.get(MESSAGES_STREAM)
    return StoreState(
        waiting=waiting,
        waiting_bytes=waiting_bytes,
        limit_bytes=most_bytes if limit_bytes is None else limit_bytes,
        is_bounded=limit_bytes is not None,
        stored_bytes=int(document["storage"]),
        most_bytes=most_bytes,
        streams=bounds,
    )
