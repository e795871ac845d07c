"""Where a server of ours listens: ``HOST:PORT``."""

from ingest.fault import SettingError


def parse_listen_address(text: str) -> tuple[str, int]:
    """Read ``HOST:PORT``.

    Raises
    ------
    SettingError
        If it is none.
    """
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise SettingError(f"{text!r} is no address to listen on; write 127.0.0.1:9108")
    return host, int(port)
