"""The folder of credentials: users for trucks and services, made, kept, renewed and dropped.

::

    passwords.csv         vehicle_id, username, password: for whoever sets up the trucks
    ca.crt ca.key ca.crl  the authority that signs the certificates, and what it has revoked
    ingest.password       for the setting broker_password_file
    alerts.password       for the setting alerts.broker_password_file
    gateway.password      for the setting gateway.broker_password_file
    pingcheng.toml        the settings that ingest, alerts and gateways need
    mosquitto/            passwd, acl, ca.crt, ca.crl, server.crt, server.key
    nats/                 users.conf, ca.crt, server.crt, server.key
    trucks/ ingest.crt …  certificates and keys of trucks, ingest and alerts, if asked for
"""

import csv
import io
import json
import secrets
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingest.broker.address import DEFAULT_PORTS, BrokerAddress
from ingest.broker.certificates import Authority, Pair, names_host
from ingest.broker.private_file import write_private, write_public
from ingest.broker.users import (
    ALERTS,
    GATEWAY,
    INGEST,
    SERVICES,
    BrokerKind,
    mosquitto_passwords,
    mosquitto_rules,
    nats_users,
    new_password,
    username_fault,
)
from ingest.fault import SettingError

SETTINGS_FILE = "pingcheng.toml"
_COLUMNS = ["vehicle_id", "username", "password"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whose credentials changed."""

    kept: list[str]
    added: list[str]
    renewed: list[str]
    removed: list[str]


@dataclass(frozen=True, slots=True)
class Request:
    """What credentials are wanted."""

    vehicles: Collection[str]
    host: str
    """Where trucks reach the broker."""
    patterns: Sequence[str]
    """Topics; ``{vehicle_id}`` stands for the truck."""
    kind: BrokerKind = BrokerKind.BOTH
    client_certificates: bool = False
    rotated: Collection[str] = ()
    """Whose password and certificate are to be renewed."""


def make_credentials(folder: Path, request: Request, now: datetime) -> Outcome:
    """Bring the folder up to date; passwords of trucks that stay are kept.

    Raises
    ------
    SettingError
        If a vehicle cannot be a user, one to be rotated is none, or the folder holds other things.
    """
    _refuse_names(request)
    before = _read_passwords(folder / "passwords.csv")
    wanted = [*sorted(request.vehicles), *SERVICES]
    outcome = Outcome(
        kept=[user for user in wanted if user in before and user not in request.rotated],
        added=[user for user in wanted if user not in before],
        renewed=[user for user in wanted if user in before and user in request.rotated],
        removed=[user for user in before if user not in wanted],
    )
    users = {user: before[user] if user in outcome.kept else new_password() for user in wanted}
    authority = Authority(folder, now)
    server = _server(folder, authority, request, now)
    write_private(folder / "passwords.csv", _passwords_csv(users))
    _clients(folder, authority, request, outcome, now)
    for name in request.kind.folders:
        write_public(folder / name / "ca.crt", authority.pair.pem)
        server.save(folder / name / "server")
    if "mosquitto" in request.kind.folders:
        write_private(folder / "mosquitto" / "passwd", mosquitto_passwords(users))
        write_private(folder / "mosquitto" / "acl", mosquitto_rules(request.patterns))
        write_public(folder / "mosquitto" / "ca.crl", authority.revocations)
    if "nats" in request.kind.folders:
        write_private(folder / "nats" / "users.conf", nats_users(users, request.patterns))
    _settings(folder, users, request)
    return outcome


def kept_host(folder: Path) -> str:
    """Give where trucks reach the broker as the folder has it; this machine if it has nothing."""
    try:
        text = (folder / SETTINGS_FILE).read_text(encoding="utf-8")
        return BrokerAddress.parse(tomllib.loads(text)["broker"]).host
    except (OSError, ValueError, KeyError):
        return "localhost"


def has_certificates(folder: Path) -> bool:
    """Tell whether the folder has certificates for clients."""
    return (folder / f"{INGEST}.crt").exists()


def _refuse_names(request: Request) -> None:
    if not request.vehicles:
        raise SettingError("the plan has no vehicle")
    for vehicle in request.vehicles:
        if fault := username_fault(vehicle):
            raise SettingError(f"{vehicle!r} cannot be a broker's user: {fault}; rename it")
    for vehicle in request.rotated:
        if vehicle not in request.vehicles and vehicle not in SERVICES:
            raise SettingError(f"{vehicle!r} cannot be rotated: the plan has no such vehicle")


def _read_passwords(path: Path) -> dict[str, str]:
    try:
        rows = [*csv.reader(path.read_text(encoding="utf-8").splitlines())]
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingError(f"{path}: it cannot be read ({error})") from error
    if not rows or rows[0] != _COLUMNS or any(len(row) != len(_COLUMNS) for row in rows):
        raise SettingError(f"{path}: it must have the columns {', '.join(_COLUMNS)}")
    return {username: password for _, username, password in rows[1:]}


def _passwords_csv(users: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(["" if user in SERVICES else user, user, users[user]] for user in users)
    return text.getvalue().encode()


def _server(folder: Path, authority: Authority, request: Request, now: datetime) -> Pair:
    for name in ("mosquitto", "nats"):
        found = None if authority.is_new else Pair.load(folder / name / "server")
        if found is not None and names_host(found, request.host) and not found.is_due(now):
            return found
    return authority.sign_server(request.host)


def _clients(
    folder: Path, authority: Authority, request: Request, outcome: Outcome, now: datetime
) -> None:
    """Make certificates, if asked for, and revoke those that must not be used any more."""
    revoked = []
    for user in (*outcome.removed, *outcome.renewed):
        stem = _certificate_of(user, folder)
        if found := Pair.load(stem):
            revoked.append(found.certificate)
        for suffix in (".crt", ".key"):
            stem.with_name(stem.name + suffix).unlink(missing_ok=True)
    if revoked:
        authority.revoke(revoked)
    if not request.client_certificates:
        return
    for user in (*sorted(request.vehicles), *SERVICES):
        stem = _certificate_of(user, folder)
        found = None if authority.is_new else Pair.load(stem)
        if found is None or found.is_due(now):
            authority.sign_client(user).save(stem)


def _certificate_of(user: str, folder: Path) -> Path:
    return folder / user if user in SERVICES else folder / "trucks" / user


def _settings(folder: Path, users: dict[str, str], request: Request) -> None:
    path = folder / SETTINGS_FILE
    settings = {
        "broker": str(BrokerAddress(request.host, DEFAULT_PORTS["mqtts"], tls=True)),
        "client_id": _client_id(path),
        "broker_ca": str(folder.resolve() / "ca.crt"),
        **_login(folder, INGEST, users, request),
    }
    lines = _toml(settings)
    for table, user in (("alerts", ALERTS), ("gateway", GATEWAY)):
        lines += ["", f"[{table}]", *_toml(_login(folder, user, users, request))]
    write_private(path, "\n".join([*lines, ""]).encode())


def _login(folder: Path, user: str, users: dict[str, str], request: Request) -> dict[str, str]:
    """Write the password of a service, and give the settings that name it."""
    place = folder.resolve()
    write_private(folder / f"{user}.password", f"{users[user]}\n".encode())
    settings = {"broker_username": user, "broker_password_file": str(place / f"{user}.password")}
    if request.client_certificates:
        settings["broker_certificate"] = str(place / f"{user}.crt")
        settings["broker_key"] = str(place / f"{user}.key")
    return settings


def _toml(settings: dict[str, str]) -> list[str]:
    # a TOML string is written as JSON writes it
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in settings.items()]


def _client_id(path: Path) -> str:
    """Keep the name of a session that may hold pings, or draw one.

    The embedded broker gives a session to whoever has a password and names it, and ends it if they
    ask: no truck may guess this name.
    """
    try:
        return str(tomllib.loads(path.read_text(encoding="utf-8"))["client_id"])
    except (FileNotFoundError, KeyError):
        return f"pingcheng-{secrets.token_hex(16)}"
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{path}: it is not TOML ({error})") from error
