"""Whether a request comes from this machine itself, and from nowhere else by way of it.

Without users the page is for whoever sits at the machine. A reverse proxy there would make that the
whole internet, and a page elsewhere that has its name point to this machine would read it. Neither
can be told with certainty, so whatever looks like one is not at home.
"""

from urllib.parse import urlsplit

from starlette.requests import Request

from ingest.web.limits import is_loopback

FORWARDED = frozenset(
    {
        "cf-connecting-ip", "client-ip", "forwarded", "true-client-ip", "via", "x-client-ip",
        "x-cluster-client-ip", "x-forwarded", "x-forwarded-for", "x-forwarded-host",
        "x-forwarded-port", "x-forwarded-proto", "x-forwarded-server", "x-original-host",
        "x-proxyuser-ip", "x-real-ip",
    }
)  # fmt: skip
"""What proxies add."""
_OLD_VERSIONS = frozenset({"0.9", "1.0"})
"""No browser speaks them; nginx does to what is behind it, unless told otherwise."""


def is_at_home(request: Request) -> bool:
    """Whether a request comes from this machine and calls it by a name of its own."""
    return (
        is_loopback(request.client.host if request.client else "")
        and _is_own_host(request.headers.get("host", ""))
        and FORWARDED.isdisjoint(request.headers.keys())
        and request.scope.get("http_version") not in _OLD_VERSIONS
        and _comes_from_own_page(request)
    )


def _comes_from_own_page(request: Request) -> bool:
    """Whether no page by another name asks; where one links to, anybody may follow."""
    if request.headers.get("sec-fetch-mode") == "navigate":
        return True
    named = (request.headers.get("origin"), request.headers.get("referer"))
    return all(name is None or name == "null" or _is_own_page(name) for name in named)


def _is_own_host(host: str) -> bool:
    return _is_own_page(f"http://{host}")


def _is_own_page(address: str) -> bool:
    try:
        return is_loopback(urlsplit(address).hostname or "")
    except ValueError:
        return False
