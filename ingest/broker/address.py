"""Where an MQTT broker listens: ``mqtt://HOST:PORT``, or ``mqtts://`` for TLS."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from ingest.fault import SettingError
from ingest.secret_text import url_without_secrets

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Host and port of a broker."""

    host: str
    port: int
    tls: bool = False

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL; without a port it is MQTT's own, 1883 or with TLS 8883.

        Raises
        ------
        SettingError
            If it is not of the form ``mqtt://HOST:PORT`` or ``mqtts://HOST:PORT``.
        """
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
        return f"mqtt{'s' if self.tls else ''}://{host}:{self.port}"
