import pytest

from ingest.fault import SettingError
from ingest.gateway.login import gateway_login
from ingest.settings.gateway import GatewaySettings
from ingest.settings.settings import Settings


def test_without_logins_it_has_none():
    login = gateway_login(Settings(), "gateway-1")
    assert (login.client_id, login.username, login.password) == ("gateway-1", None, None)


def test_its_login_is_its_own_and_its_authority_that_of_all(tmp_path):
    (tmp_path / "password").write_text("geheim\n")
    settings = Settings(
        broker_username="ingest",
        broker_ca=tmp_path / "ca.crt",
        gateway=GatewaySettings(
            broker_username="gateway", broker_password_file=tmp_path / "password"
        ),
    )
    login = gateway_login(settings, "gateway-1")
    assert (login.username, login.password) == ("gateway", "geheim")
    assert login.ca_file == tmp_path / "ca.crt"


def test_the_login_of_ingest_is_not_for_publishing():
    with pytest.raises(SettingError, match="a login of its own"):
        gateway_login(Settings(broker_username="ingest"), "gateway-1")
