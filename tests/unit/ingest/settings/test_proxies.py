import pytest

from ingest.fault import SettingError
from ingest.settings.proxies import networks_of


def test_addresses_and_networks_are_read():
    assert networks_of(["10.0.0.5", "172.17.0.1/16", " ::1 "]) == (
        "10.0.0.5/32", "172.17.0.0/16", "::1/128",
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "proxy.example", "10.0.0", "*", "10.0.0.0/33"])
def test_what_is_no_address_is_told(text):
    with pytest.raises(SettingError, match="no address of a proxy"):
        networks_of([text])


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0"])
def test_everybody_is_no_proxy(text):
    with pytest.raises(SettingError, match="is everybody"):
        networks_of([text])
