"""The HTTP gateway served: tokens, the publisher and the server, one after the other."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from ingest.broker.address import BrokerAddress
from ingest.broker.client_id import own_client_id
from ingest.fault import SettingError
from ingest.gateway.http.gateway import HttpGateway
from ingest.gateway.http.rates import Rates
from ingest.gateway.http.reading import Topics
from ingest.gateway.http.tokens import TokenBook
from ingest.gateway.login import gateway_login
from ingest.gateway.publisher import Publisher
from ingest.settings.settings import Settings
from ingest.web.server import TRUSTED_PROXIES, Server, listen

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the gateway is to be served."""

    host: str
    port: int
    tokens: Path
    topics: Topics
    rates: Rates
    is_open: bool = False
    """Whether whoever reaches it may speak for every device."""
    proxies: Sequence[str] = ()
    """Addresses and networks of reverse proxies; if none are named, those on this machine."""


def serve_gateway(
    settings: Settings, broker: BrokerAddress, wishes: Wishes, tell: Callable[[str], None]
) -> None:
    """Serve until SIGINT or SIGTERM; `tell` is given the URL once requests are taken.

    A broker that is not there yet is waited for: until then the answer is 503.

    Raises
    ------
    SettingError
        If it cannot listen there, a login or the tokens cannot be used, or there are none.
    """
    tokens = _tokens(wishes)
    with (
        listen(wishes.host, wishes.port) as listener,
        own_client_id("pingcheng-gateway") as client_id,
        Publisher(broker, gateway_login(settings, client_id)) as publisher,
    ):
        gateway = HttpGateway(publisher, tokens, time.monotonic, wishes.topics, wishes.rates)
        proxies = wishes.proxies or TRUSTED_PROXIES
        server = Server(gateway, listener, lambda: None, proxies)
        host = f"[{wishes.host}]" if ":" in wishes.host else wishes.host
        tell(f"http://{host}:{listener.getsockname()[1]}/")
        server.serve_until_told()
        log.info("gateway ends", taken=gateway.taken, refused=gateway.refused.total())


def _tokens(wishes: Wishes) -> TokenBook | None:
    if wishes.is_open:
        log.warning("the gateway is open: whoever reaches it may speak for every device")
        return None
    book = TokenBook(wishes.tokens, time.monotonic)
    if not len(book):
        raise SettingError(
            f"{wishes.tokens}: there is no token, so nobody could be let in; issue one with "
            "pingcheng gateway token add DEVICE, or in a closed network give --open"
        )
    return book
