"""Settings of the embedded broker → the configuration of nats-server."""

from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"


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
    credentials: Path | None = None
    """Folder with users.conf, server.crt, server.key and ca.crt; None lets anyone do anything."""
    tls: bool = False
    client_certificates: bool = False

    def __str__(self) -> str:
        return "\n".join([*self._server(), *self._users(), *self._mqtt(), ""])

    def _server(self) -> list[str]:
        return [
            'server_name: "pingcheng"',
            # its own protocol, which nobody here speaks: this machine only, on any free port, and
            # with credentials no user may come that way
            f'host: "{LOOPBACK}"',
            "port: -1",
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
            "}",
        ]

    def _users(self) -> list[str]:
        if self.credentials is None:
            return []
        users = (self.credentials / "users.conf").read_text(encoding="utf-8")
        # a fleet that reconnects at once is let in one after the other
        return ["authorization {", "  timeout: 20", users.rstrip(), "}"]

    def _mqtt(self) -> list[str]:
        lines = [
            "mqtt {",
            f'  host: "{self.host}"',
            f"  port: {self.port or -1}",
            f'  ack_wait: "{int(self.ack_wait_s * 1000)}ms"',
            # far above what waits between two commits; the rest stays with the broker. A session
            # may have 65,535 by the protocol, shared among its topic filters: eight of them
            "  max_ack_pending: 8000",
        ]
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
