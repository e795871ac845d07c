"""Settings → who ingest is at the broker."""

from ingest.fault import SettingError
from ingest.mqtt.connection import Login
from ingest.settings.settings import Settings


def login_of(settings: Settings) -> Login:
    """Read the credentials that the settings name.

    Raises
    ------
    SettingError
        If the password's file cannot be read, or one setting lacks another.
    """
    if settings.broker_password_file is not None and settings.broker_username is None:
        raise SettingError("setting broker_password_file needs broker_username beside it")
    if (settings.broker_certificate is None) != (settings.broker_key is None):
        raise SettingError("settings broker_certificate and broker_key go together")
    return Login(
        settings.client_id,
        settings.broker_username,
        _password(settings),
        settings.broker_ca,
        settings.broker_certificate,
        settings.broker_key,
    )


def _password(settings: Settings) -> str | None:
    path = settings.broker_password_file
    if path is None:
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SettingError(
            f"setting broker_password_file = {str(path)!r}: it cannot be read ({reason})"
        ) from error
    if not lines or not lines[0].strip():
        raise SettingError(
            f"setting broker_password_file = {str(path)!r}: its first line must be the password"
        )
    return lines[0].strip()
