"""Settings of the embedded broker → the configuration of nats-server."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.broker.cluster import Cluster

LOOPBACK = "127.0.0.1"
MAX_ACK_PENDING = 8000
"""Far above what waits between two commits; the rest stays with the broker. A session may have
65,535 by the protocol, shared among its topic filters: eight of them."""


@dataclass(frozen=True, slots=True)
class NatsConfig:
    """What nats-server is told; `str` gives its configuration file."""

    store: Path
    log_path: Path
    host: str = LOOPBACK
    port: int = 0
    """0 takes a free one."""
    sync_always: bool = True
    ack_wait_s: float = 10.0
    max_ack_pending: int = MAX_ACK_PENDING
    """Messages on their way to a session and not acknowledged, for each topic filter."""
    max_file_store: int = 2**40
    """Bytes that all it keeps may take; beyond it nobody is let in, so set bounds below it."""
    monitor_port: int = 0
    """Where it tells how it is, over HTTP on this machine; 0 takes a free one."""
    admin: str = ""
    """The user who may look after it over its own protocol, as `nats_admin_user` writes one."""
    credentials: Path | None = None
    """Folder with users.conf, server.crt, server.key and ca.crt; None lets anyone do anything."""
    tls: bool = False
    client_certificates: bool = False
    mappings: Sequence[tuple[str, str]] = ()
    """Subjects that become others as they come, see `ingest.broker.shares.mappings`."""

    cluster: Cluster | None = None
    """The nodes of which this is one; None is alone."""

    def __str__(self) -> str:
        parts = self._server(), self._nodes(), self._mappings(), self._users(), self._mqtt()
        return "\n".join([line for part in parts for line in part] + [""])

    def _server(self) -> list[str]:
        return [
            f'server_name: "{self.cluster.name if self.cluster else "pingcheng"}"',
            # its own protocol, which only we speak to look after it: this machine only, on any free
            # port, and with credentials no other user may come that way
            f'host: "{LOOPBACK}"',
            "port: -1",
            f'http: "{LOOPBACK}:{self.monitor_port or -1}"',
            # a burst of 100 pings has 20 kB; whoever sends more than this is disconnected unheard
            "max_payload: 1MB",
            "max_connections: 10000",
            # what a slow ingest leaves unread; beyond it is disconnected, and all is sent again
            "max_pending: 256MB",
            'write_deadline: "60s"',
            f"log_file: {quoted(self.log_path)}",
            "logfile_size_limit: 10MB",
            "jetstream {",
            f"  store_dir: {quoted(self.store)}",
            f"  sync_interval: {'always' if self.sync_always else '2m'}",
            # else it would be three quarters of what is free at its start, for good
            f"  max_file_store: {self.max_file_store}",
            "}",
        ]

    def _nodes(self) -> list[str]:
        return [] if self.cluster is None else self.cluster.lines()

    def _mappings(self) -> list[str]:
        if not self.mappings:
            return []
        lines = [f"  {quoted(source)}: {quoted(target)}" for source, target in self.mappings]
        return ["mappings {", *lines, "}"]

    def _users(self) -> list[str]:
        if self.credentials is None:
            return []
        users = (self.credentials / "users.conf").read_text(encoding="utf-8")
        users = users.replace("[", f"[\n  {self.admin}", 1) if self.admin else users
        # a fleet that reconnects at once is let in one after the other
        return ["authorization {", "  timeout: 20", users.rstrip(), "}"]

    def _mqtt(self) -> list[str]:
        lines = [
            "mqtt {",
            f'  host: "{self.host}"',
            f"  port: {self.port or -1}",
            f'  ack_wait: "{int(self.ack_wait_s * 1000)}ms"',
            f"  max_ack_pending: {self.max_ack_pending}",
        ]
        if self.cluster is not None:
            # else as many as there are routes when the first client comes, for good
            lines.append(f"  stream_replicas: {min(3, len(self.cluster.nodes))}")
        if self.tls and self.credentials is not None:
            lines += [
                "  tls {",
                f"    cert_file: {quoted(self.credentials / 'server.crt')}",
                f"    key_file: {quoted(self.credentials / 'server.key')}",
                f"    ca_file: {quoted(self.credentials / 'ca.crt')}",
                '    min_version: "1.2"',
                f"    verify: {str(self.client_certificates).lower()}",
                "    timeout: 20",
                "  }",
            ]
        return [*lines, "}"]


def quoted(text: Path | str) -> str:
    """Write a string as nats-server reads it."""
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def subjects_of(topic: str) -> list[str]:
    """Translate an MQTT topic or filter into the subjects that nats-server makes of it."""
    words = {"+": "*", "#": ">"}
    levels = [words.get(level, level.replace(".", "//")) or "/" for level in topic.split("/")]
    subject = ".".join(levels)
    # to MQTT, a/# takes a too
    return [subject.removesuffix(".>"), subject] if subject.endswith(".>") else [subject]


def topic_of_subject(subject: str) -> str:
    """Translate a subject of nats-server back into the MQTT topic or filter it was made of."""
    words = {"*": "+", ">": "#", "/": ""}
    levels = subject.split(".")
    return "/".join(words.get(level, level.replace("//", ".")) for level in levels)
