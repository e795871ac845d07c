"""Users and passwords → what Mosquitto and nats-server read.

Passwords are random, 144 bits long, so that no one can guess them however fast the hash is. The
hashes are therefore the cheapest there are: a fleet of thousands that reconnects at once must not
keep the broker busy with hashing.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from enum import StrEnum

from ingest.broker.nats_config import quoted, subjects_of
from ingest.broker.shares import is_split, split_subjects

INGEST = "ingest"
"""Who reads what the trucks publish."""
ALERTS = "alerts"
"""Who publishes alerts."""
ALERTS_READER = "alerts-reader"
"""Who may read them; one connection at a time, as a name is a session to Mosquitto."""
GATEWAY = "gateway"
"""Who publishes for trackers that speak no MQTT."""
ADMIN = "$pingcheng"
"""Who looks after the embedded broker; a name that no vehicle can have."""
SERVICES = (INGEST, ALERTS, ALERTS_READER, GATEWAY)
ALERT_TOPICS = "alerts/#"
VEHICLE = "{vehicle_id}"
_PASSWORD_BYTES = 18
_SALT_BYTES = 12
_PBKDF2_ROUNDS = 101  # mosquitto_passwd's own
_BCRYPT_COST = 5  # 2 ms; the default of 10 takes 60
_RESERVED = '*>:%"\\$,'


class BrokerKind(StrEnum):
    """Which broker the files are for."""

    MOSQUITTO = "mosquitto"
    NATS = "nats"
    BOTH = "both"

    @property
    def folders(self) -> tuple[str, ...]:
        """Where its files go."""
        return ("mosquitto", "nats") if self is BrokerKind.BOTH else (self.value,)


def new_password() -> str:
    """Draw a password."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def username_fault(vehicle_id: str) -> str:
    """Say why no broker can have a user of this name; empty if one can."""
    if vehicle_id in SERVICES:
        return f"that is the name of {vehicle_id}"
    for character in _RESERVED:
        if character in vehicle_id:
            return f"it contains {character}, which means something else to a broker"
    return ""


def mosquitto_passwords(users: Mapping[str, str]) -> bytes:
    """Make Mosquitto's password_file."""
    lines = []
    for user, password in users.items():
        salt = secrets.token_bytes(_SALT_BYTES)
        digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _PBKDF2_ROUNDS)
        shown = (base64.b64encode(each).decode() for each in (salt, digest))
        lines.append(f"{user}:$7${_PBKDF2_ROUNDS}${'$'.join(shown)}\n")
    return "".join(lines).encode()


def mosquitto_rules(patterns: Sequence[str]) -> bytes:
    """Make Mosquitto's acl_file: a truck writes its own topics, ingest reads them all.

    The alerter writes alerts, and their reader reads them. A gateway writes for every truck.
    """
    own = [pattern for pattern in patterns if VEHICLE in pattern]
    lines = [
        f"user {INGEST}",
        *(f"topic read {pattern.replace(VEHICLE, '+')}" for pattern in patterns),
        # the patterns below are for every user, ingest too
        *(f"topic deny {pattern.replace(VEHICLE, INGEST)}" for pattern in own),
        "",
        f"user {ALERTS}",
        f"topic write {ALERT_TOPICS}",
        *(f"topic deny {pattern.replace(VEHICLE, ALERTS)}" for pattern in own),
        "",
        f"user {ALERTS_READER}",
        f"topic read {ALERT_TOPICS}",
        *(f"topic deny {pattern.replace(VEHICLE, ALERTS_READER)}" for pattern in own),
        "",
        f"user {GATEWAY}",
        *(f"topic write {pattern.replace(VEHICLE, '+')}" for pattern in patterns),
        "",
        *(f"pattern write {pattern.replace(VEHICLE, '%u')}" for pattern in own),
        "",
    ]
    return "\n".join(lines).encode()


def nats_users(users: Mapping[str, str], patterns: Sequence[str]) -> bytes:
    """Make the users of nats-server, who may come by MQTT only."""
    own = [pattern for pattern in patterns if VEHICLE in pattern]
    read = [subject for each in patterns for subject in _subjects(each, "+")]
    lines = ["users = ["]
    for user, password in users.items():
        if user == INGEST:
            rules = _reading(read)
        elif user == ALERTS_READER:
            rules = _reading(subjects_of(ALERT_TOPICS))
        elif user == ALERTS:
            rules = _writing(subjects_of(ALERT_TOPICS))
        elif user == GATEWAY:
            rules = _writing(read)
        else:
            rules = _writing([subject for each in own for subject in _subjects(each, user)])
        lines.append(
            f'  {{user: {quoted(user)}, password: "{_bcrypt(password)}", '
            f'allowed_connection_types: ["MQTT"], permissions: {{{rules}}}}}'
        )
    return "\n".join([*lines, "]", ""]).encode()


def _subjects(pattern: str, vehicle: str) -> list[str]:
    """Give the subjects of a pattern, also as a broker that splits them has them.

    nats-server asks whether one may publish only after it has put a message into its share.
    """
    subjects = subjects_of(pattern.replace(VEHICLE, vehicle))
    return subjects + split_subjects(subjects) if is_split(pattern) else subjects


def nats_admin_user(password: str) -> str:
    """Make the user who looks after nats-server by its own protocol, and touches no message."""
    return (
        f'{{user: "{ADMIN}", password: "{_bcrypt(password)}", '
        'allowed_connection_types: ["STANDARD"], '
        'permissions: {publish: {allow: ["$JS.API.>"]}, subscribe: {allow: ["_INBOX.>"]}}}'
    )


def _reading(subjects: Sequence[str]) -> str:
    # nats-server delivers QoS 1 on subjects of its own, $MQTT.sub
    return f'publish: {{deny: ">"}}, subscribe: {{allow: {_list([*subjects, "$MQTT.sub.>"])}}}'


def _writing(subjects: Sequence[str]) -> str:
    # a list of nothing would allow everything
    publish = f"{{allow: {_list(subjects)}}}" if subjects else '{deny: ">"}'
    return f'publish: {publish}, subscribe: {{deny: ">"}}'


def _list(subjects: Sequence[str]) -> str:
    return f"[{', '.join(map(quoted, subjects))}]"


def _bcrypt(password: str) -> str:
    import bcrypt

    salt = bcrypt.gensalt(_BCRYPT_COST, prefix=b"2a")  # the prefix that nats-server writes itself
    return bcrypt.hashpw(password.encode(), salt).decode()
