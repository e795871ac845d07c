"""Where an MQTT broker listens: ``mqtt://HOST:PORT``, or ``mqtts://`` for TLS.

Several nodes of one broker stand in a row with commas. And where the embedded one has its pages:
``http://HOST:PORT``.
"""

import re
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit

from ingest.fault import SettingError
from ingest.secret_text import url_without_secrets

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}
_PAGES = re.compile(r"http://[^/?#@\s]+:\d{1,5}/?")


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Host and port of a broker."""

    host: str
    port: int
    tls: bool = False
    others: tuple["BrokerAddress", ...] = ()
    """Further nodes of the same broker, where one may go as well."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL, or several with commas; without a port it is MQTT's own, 1883 or 8883 (TLS).

        Raises
        ------
        SettingError
            If one is not of the form ``mqtt://HOST:PORT`` or ``mqtts://HOST:PORT``.
        """
        first, *others = [cls._parse_one(each.strip()) for each in url.split(",")]
        return replace(first, others=tuple(others))

    def turned(self, times: int) -> "BrokerAddress":
        """Give the same nodes with another one first, the next for each time."""
        if not self.others:
            return self
        nodes = self.nodes
        times %= len(nodes)
        first, *others = nodes[times:] + nodes[:times]
        return replace(first, others=tuple(others))

    @property
    def nodes(self) -> tuple["BrokerAddress", ...]:
        """All of them one by one, this first."""
        return (replace(self, others=()), *self.others)

    @classmethod
    def _parse_one(cls, url: str) -> Self:
        try:
            parts = urlsplit(url)
            port = DEFAULT_PORTS.get(parts.scheme) if parts.port is None else parts.port
            plain = parts.scheme in DEFAULT_PORTS and parts.path in {"", "/"} and not parts.query
            if plain and parts.hostname and port and "@" not in parts.netloc:
                return cls(parts.hostname, port, parts.scheme == "mqtts")
        except ValueError:
            pass
        shown = url_without_secrets(url)
        raise SettingError(f"{shown!r} is no address of a broker; write mqtt://127.0.0.1:1883")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        own = f"mqtt{'s' if self.tls else ''}://{host}:{self.port}"
        return ",".join([own, *map(str, self.others)])


def pages_url(text: str) -> str:
    """Read the address of a broker's pages; give it without a slash at its end.

    Raises
    ------
    SettingError
        If it is not of the form ``http://HOST:PORT``.
    """
    if not _PAGES.fullmatch(text):
        raise SettingError(
            f"{url_without_secrets(text)!r} is no address of a broker's pages; write "
            "http://127.0.0.1:8222, as pingcheng broker --monitor-port has it"
        )
    return text.rstrip("/")
