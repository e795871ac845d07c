"""Where an MQTT broker listens: ``mqtt://HOST:PORT``."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from ingest.fault import SettingError

DEFAULT_PORT = 1883


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Host and port of a broker."""

    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL; without a port it is MQTT's own, 1883.

        Raises
        ------
        SettingError
            If it is not of the form ``mqtt://HOST:PORT``.
        """
        try:
            parts = urlsplit(url)
            port = DEFAULT_PORT if parts.port is None else parts.port
            plain = parts.scheme == "mqtt" and parts.path in {"", "/"} and not parts.query
            if plain and parts.hostname and port and "@" not in parts.netloc:
                return cls(parts.hostname, port)
        except ValueError:
            pass
        shown = url.rpartition("@")[2]
        raise SettingError(f"{shown!r} is no address of a broker; write mqtt://127.0.0.1:1883")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"mqtt://{host}:{self.port}"
