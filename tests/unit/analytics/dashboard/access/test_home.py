import pytest
from starlette.requests import Request

from analytics.dashboard.access.home import FORWARDED, is_at_home


def request(version="1.1", address="127.0.0.1", host="127.0.0.1:8080", **headers):
    told = {"host": host, **{name.replace("_", "-"): text for name, text in headers.items()}}
    return Request(
        {
            "type": "http", "method": "GET", "path": "/api/v1/state", "query_string": b"",
            "scheme": "http", "http_version": version, "client": (address, 5),
            "server": ("127.0.0.1", 8080),
            "headers": [(name.encode(), text.encode()) for name, text in told.items()],
        }
    )  # fmt: skip


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "[::1]:8080", "localhost", "127.9.9.9"])
def test_this_machine_by_a_name_of_its_own_is_at_home(host):
    assert is_at_home(request(host=host))
    assert is_at_home(request(host=host, origin=f"http://{host}", referer=f"http://{host}/"))


@pytest.mark.parametrize("name", sorted(FORWARDED))
def test_what_was_handed_on_is_not(name):
    assert not is_at_home(request(**{name.replace("-", "_"): "127.0.0.1"}))


@pytest.mark.parametrize("host", ["", "fleet.example", "127.0.0.1.nip.example", "10.0.0.5", "[::"])
def test_a_foreign_host_is_not(host):
    assert not is_at_home(request(host=host))


def test_what_no_browser_speaks_but_a_proxy_that_tells_nothing_is_not():
    assert not is_at_home(request(version="1.0"))


@pytest.mark.parametrize(
    "named", ["https://fleet.example", "https://fleet.example/", "http://[bad"]
)
def test_a_page_by_another_name_is_not_though_a_proxy_hides_that_name(named):
    assert not is_at_home(request(origin=named))
    assert not is_at_home(request(referer=named))


def test_a_link_from_elsewhere_may_be_followed():
    assert is_at_home(request(referer="http://wiki.example/", sec_fetch_mode="navigate"))


def test_another_address_is_not_whatever_it_says():
    assert not is_at_home(request(address="203.0.113.9"))
