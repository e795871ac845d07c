"""What the embedded broker keeps and may keep, as its own pages on this machine tell."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ingest.broker.address import pages_url
from ingest.broker.cluster import node_name
from ingest.broker.upkeep.backlog import MESSAGES_STREAM, Backlog, backlog_in
from ingest.fault import BrokerError

_LEAST_ROOM_BYTES = 64 * 1024
"""With less a bound of nearly nothing, as a full disk leaves, would look like an empty store."""
_REPLICAS = 3
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
    nodes: int = 1
    """How many there are, this one too, whether they run or not."""
    replicas: int = 0
    """On how many of them messages, sessions and the like are kept; 0 if there are none yet."""
    leader: str = ""
    """The node that speaks for messages; empty if this is alone, or there is no majority."""
    has_majority: bool = True
    """Whether enough nodes are there to take anything."""
    away: tuple[str, ...] = ()
    """Without a majority: which nodes this one does not hear, as ``node 3 at 10.0.0.3:6222``."""

    @property
    def share(self) -> float:
        """How full it is, from 0 to 1 and a little more."""
        shares = (self.waiting_bytes / self.limit_bytes, self.stored_bytes / self.most_bytes)
        return max(*shares, float(self.limit_bytes - self.waiting_bytes < _LEAST_ROOM_BYTES))

    @property
    def node_faults(self) -> list[str]:
        """Say what is wrong with the nodes; nothing of one that is alone."""
        if self.nodes == 1:
            return []
        if not self.has_majority:
            fault = f"of the broker's {self.nodes} nodes no majority is there: nothing is taken"
            # two of three that never met the third are no majority to nats-server
            awaited = f"; waiting for {', '.join(self.away)}; the first start needs all nodes"
            return [fault + (awaited if self.away else "")]
        if 0 < self.replicas < min(_REPLICAS, self.nodes):
            return [f"the broker keeps messages on {self.replicas} of {self.nodes} nodes only"]
        return []


class Monitor:
    """Asks the pages of a nats-server.

    Parameters
    ----------
    url
        Such as ``http://127.0.0.1:8222``.
    is_alone
        Whether it has no other nodes, which may be away without any fault of its own.

    Raises
    ------
    SettingError
        If it is not of that form.
    """

    def __init__(self, url: str, *, is_alone: bool = True) -> None:
        self.url, self._is_alone = pages_url(url), is_alone

    def store(self) -> StoreState:
        """Tell how full it is.

        Raises
        ------
        BrokerError
            If it does not answer, or is no nats-server with a store.
        """
        document = self._get("/jsz?accounts=1&streams=1&config=1")
        try:
            state = _state_of(document)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BrokerError(
                f"{self.url}/jsz: it is no page of nats-server ({error!r})"
            ) from error
        return state if state.has_majority else replace(state, away=self._away())

    def _away(self) -> tuple[str, ...]:
        try:
            routes, own = self._get("/routez"), self._get("/varz")
            heard = {one.get("remote_name") for one in routes.get("routes") or []}
            heard.add(own.get("server_name"))
            places = list((own.get("cluster") or {}).get("urls") or [])
        except (BrokerError, AttributeError):
            return ()
        return tuple(
            f"node {number} at {place}"
            for number, place in enumerate(places, 1)
            if node_name(number) not in heard
        )

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
            self._get("/healthz" if self._is_alone else "/healthz?js-enabled-only=true")
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


_OWN_STREAMS = "$MQTT_"


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
    leader, replicas = "", []
    for account in document.get("account_details") or []:
        for stream in account.get("stream_detail") or []:
            bound = int(stream["config"].get("max_bytes", -1))
            bounds[stream["name"]] = bound if bound > 0 else None
            if stream["name"].startswith(_OWN_STREAMS):
                replicas.append(int(stream["config"].get("num_replicas", 1)))
            if stream["name"] == MESSAGES_STREAM:
                leader = str((stream.get("cluster") or {}).get("leader") or "")
                waiting = int(stream["state"]["messages"])
                waiting_bytes = int(stream["state"]["bytes"])
    limit_bytes = bounds.get(MESSAGES_STREAM)
    meta: Mapping[str, Any] = document.get("meta_cluster") or {}
    return StoreState(
        waiting=waiting,
        waiting_bytes=waiting_bytes,
        limit_bytes=most_bytes if limit_bytes is None else limit_bytes,
        is_bounded=limit_bytes is not None,
        stored_bytes=int(document["storage"]),
        most_bytes=most_bytes,
        streams=bounds,
        nodes=int(meta.get("cluster_size") or 1),
        replicas=min(replicas, default=0),
        leader=leader,
        has_majority=not meta or bool(meta.get("leader")),
    )
