"""Settings → who the gateways are at the broker."""

from dataclasses import replace

from ingest.fault import SettingError
from ingest.mqtt.connection import Login
from ingest.mqtt.login import login_of
from ingest.settings.gateway import GatewaySettings
from ingest.settings.settings import Settings


def gateway_login(settings: Settings, client_id: str) -> Login:
    """Read the credentials that ``[gateway]`` names.

    Raises
    ------
    SettingError
        If one cannot be used, or ingest has a login and the gateway none: ingest may not publish,
        and a broker acknowledges even what it denies.
    """
    own = settings.gateway or GatewaySettings()
    if settings.broker_username is not None and own.broker_username is None:
        raise SettingError(
            "setting gateway.broker_username is missing: the gateway needs a login of its own, "
            "which pingcheng broker credentials makes, for ingest's may not publish"
        )
    login = login_of(
        settings.model_copy(
            update={
                "broker_username": own.broker_username,
                "broker_password_file": own.broker_password_file,
                "broker_certificate": own.broker_certificate,
                "broker_key": own.broker_key,
            }
        )
    )
    return replace(login, client_id=client_id)
