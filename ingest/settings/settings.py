"""Settings from ``pingcheng.toml`` in the current folder and ``PINGCHENG_*`` in the environment.

What a command is told on its line comes first, then the environment, then the file.
"""

import re
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from ingest.broker.address import BrokerAddress, pages_url
from ingest.fault import SettingError
from ingest.secret_text import url_without_secrets, without_secrets
from ingest.settings.alerts import SECRET_KEYS, AlertSettings
from ingest.settings.device_types import DeviceTypeSettings, SignalSettings
from ingest.settings.file_formats import FileFormatSettings
from ingest.settings.gateway import GatewaySettings
from ingest.settings.listen_address import parse_listen_address
from ingest.settings.proxies import networks_of

SETTINGS_FILE = "pingcheng.toml"
ENVIRONMENT_PREFIX = "PINGCHENG_"


_NATIVE_PATTERN = "fleet/{vehicle_id}/ping"
_URLS = frozenset({"database", "broker", "broker_monitor"})
_MENDING = {
    "int": "write a whole number",
    "float": "write a number",
    "bool": "write true or false",
    "string_type": "write a text in quotes",
    "string_too_short": "it is empty; leave it out for the default",
    "path": "write a path in quotes",
    "tuple": "write a list",
    "too_short": "it is empty; leave it out for the default",
    "model": "write a table",
    "missing": "it is missing",
    "literal_error": "write one of {expected}",
    "enum": "write one of {expected}",
    "greater_than_equal": "it must be at least {ge:g}",
    "greater_than": "it must be more than {gt:g}",
    "less_than_equal": "it must be at most {le:g}",
    "less_than": "it must be less than {lt:g}",
}
"""By the beginning of pydantic's kind of fault: how to mend it."""


class Topics(BaseModel):
    """Topics of one pattern, and the dialect that is spoken there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pattern: str
    dialect: str = "native"


class Settings(BaseSettings):
    """What every command may need to know."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, toml_file=SETTINGS_FILE, extra="forbid", frozen=True
    )

    plan: Path | None = None
    """The plan.toml in force."""
    database: str = Field(default="sqlite:///pings.db", min_length=1)
    """SQLAlchemy URL of the ping log."""
    broker: str = "mqtt://127.0.0.1:1883"
    """Where the MQTT broker listens, ``mqtt://HOST:PORT``."""
    client_id: str = "pingcheng-ingest"
    """Names the session of ingest at the broker: letters, digits, - and _; one for each log."""
    topics: tuple[Topics, ...] | None = Field(default=None, min_length=1)
    """What to listen to; none takes the native dialect on ``fleet/{vehicle_id}/ping``."""
    devices: Path | None = None
    """The devices.csv that says whose device is called what, and in which datum it reports."""
    max_age_days: float | None = Field(default=None, gt=0, le=36_500)
    """How old a fix may be when it is received; none takes any age."""

    observations: Path | None = None
    """Where observations of vehicles are kept; none takes the user's cache."""
    observations_mib: int = Field(default=2048, ge=0, le=1_048_576)
    """What they may take of the disk; 0 keeps none."""
    quarantine_mib: int = Field(default=2048, ge=64, le=1_048_576)
    """What the refusals that are kept may take in the database; the rest is counted only."""
    quarantine_days: int = Field(default=90, ge=1, le=36_500)
    """How long refusals are kept; `pingcheng nightly` deletes older ones."""
    audit_days: int = Field(default=365, ge=1, le=36_500)
    """How long the audit log keeps an entry; `pingcheng nightly` deletes older ones."""
    archive_grace_days: float = Field(default=30.0, ge=0, le=36_500)
    """How long `pingcheng archive` keeps a file in whose place there is a newer one."""
    seal: bool = True
    """Whether ingest seals days that rest, if there is a folder for them."""
    seal_folder: Path | None = None
    """Folder of sealed days; none takes the one beside SQLite's file, and with a server none."""
    seal_quiet_hours: float = Field(default=6.0, ge=0, le=100_000)
    """For how long no ping has changed a day that is sealed."""
    share: bool = False
    """Whether processes of ingest share one PostgreSQL, for which the broker splits topics."""
    health: str = ""
    """Where ``/healthz`` and ``/metrics`` are served, ``HOST:PORT``; empty for nowhere."""
    broker_monitor: str = ""
    """Pages of the embedded broker, ``http://HOST:PORT``, that tell how full it is; or empty."""
    broker_username: str | None = None
    """Who ingest is at the broker."""
    broker_password_file: Path | None = None
    """A file whose first line is the password of ingest at the broker."""
    broker_ca: Path | None = None
    """Certificates of those who may vouch for the broker; none trusts those of the system."""
    broker_certificate: Path | None = None
    """The certificate that ingest shows the broker."""
    broker_key: Path | None = None
    """The private key of that certificate."""
    basemap: Path | None = None
    """A PMTiles file that the live page draws below the streets."""
    proxies: tuple[str, ...] | None = None
    """Addresses and networks of reverse proxies before the live page; none takes this machine's."""
    alerts: AlertSettings | None = None
    """What `pingcheng alerts` says, when and to whom; none takes its defaults."""

    gateway: GatewaySettings | None = None
    """Who the gateways are at the broker, and whom they let in; none takes its defaults."""

    file_formats: dict[str, FileFormatSettings] | None = None
    """How vendors write their files, by the name that `--format` takes; none knows none."""
    device_types: dict[str, DeviceTypeSettings] | None = None
    """Which signals stand for which tasks, by the type in devices.csv; none knows none."""

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns of `topics`."""
        return tuple(each.pattern for each in self.topics or (Topics(pattern=_NATIVE_PATTERN),))

    @property
    def archive_grace_ms(self) -> int:
        """`archive_grace_days` in milliseconds."""
        return round(self.archive_grace_days * 86_400_000)

    @property
    def seal_quiet_ms(self) -> int:
        """`seal_quiet_hours` in milliseconds."""
        return round(self.seal_quiet_hours * 3_600_000)

    @property
    def max_age_ms(self) -> int | None:
        """`max_age_days` in milliseconds."""
        return None if self.max_age_days is None else round(self.max_age_days * 86_400_000)

    @field_validator("client_id")
    @classmethod
    def _is_client_id(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value):
            raise ValueError("write 1 to 64 letters, digits, - and _")
        return value

    @field_validator("health")
    @classmethod
    def _is_listen_address(cls, value: str) -> str:
        if value:
            parse_listen_address(value)
        return value

    @field_validator("broker_monitor")
    @classmethod
    def _is_monitor(cls, value: str) -> str:
        return pages_url(value) if value else value

    @field_validator("proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return value if value is None else networks_of(value)

    @field_validator("broker")
    @classmethod
    def _is_address(cls, value: str) -> str:
        BrokerAddress.parse(value)
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - given by name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - given by name
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment before the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


_TABLES: dict[str, type[BaseModel]] = {
    "alerts": AlertSettings,
    "file_formats": FileFormatSettings,
    "device_types": DeviceTypeSettings,
    "gateway": GatewaySettings,
}
"""Of the settings that are tables, what is known in them."""


def read_settings() -> Settings:
    """Read the settings.

    Raises
    ------
    SettingError
        If one cannot be used; it names key and value.
    """
    try:
        return Settings()
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{SETTINGS_FILE}: it is no TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{SETTINGS_FILE}: it cannot be read: {error}") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])} = "
            f"{_shown(fault['input'], fault['loc'])}: {_mending(fault)}"
            for fault in error.errors()
        )
        raise SettingError(
            f"setting {faults} (in {SETTINGS_FILE} or {ENVIRONMENT_PREFIX}*)"
        ) from None


def _mending(fault: ErrorDetails) -> str:
    if fault["type"] == "extra_forbidden":
        known = _TABLES.get(str(fault["loc"][0]), Settings)
        if known is DeviceTypeSettings and len(fault["loc"]) > 3:
            known = SignalSettings
        return f"there is no such setting; there are {', '.join(known.model_fields)}"
    for prefix, told in _MENDING.items():
        if fault["type"].startswith(prefix):
            return told.format(**fault.get("ctx", {}))
    return fault["msg"].removeprefix("Value error, ")


def _shown(value: object, place: tuple[int | str, ...]) -> str:
    if place[0] == "alerts":
        key = place[1] if len(place) > 1 else ""
        is_public = key in AlertSettings.model_fields and key not in SECRET_KEYS
        return repr(value) if is_public else "***"
    if isinstance(value, str):
        hide = url_without_secrets if place[0] in _URLS else without_secrets
        return repr(hide(value))
    return "***" if "://" in repr(value) else repr(value)  # such as channels under a wrong name
