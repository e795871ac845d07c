"""Reverse proxies before the live page: who of them is believed."""

import ipaddress
from collections.abc import Iterable

from ingest.fault import SettingError


def networks_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Read addresses and networks.

    Raises
    ------
    SettingError
        If one is none, or so large that everybody would be believed.
    """
    return tuple(map(_network, texts))


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise SettingError(
            f"{text!r} is no address of a proxy; write one such as 10.0.0.5 or 172.17.0.0/16"
        ) from None
    if network.prefixlen == 0:
        raise SettingError(f"{text!r} is everybody; write the address of the proxy")
    return str(network)
