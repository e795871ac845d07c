"""Plans in the database: each with all its content, so that a day can be judged by it again."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec
import numpy as np
import sqlalchemy as sa

from analytics.history.tables import plans
from geofence.plan.plan import Plan
from geofence.plan.version import content_version
from ingest.fault import IngestError

SHORT_VERSION = 12
"""Digits of a version that are shown where no one has to compare it."""


class HistoryError(IngestError, LookupError):
    """The history does not hold what is asked for, or cannot take what is given."""


class NoPlanError(HistoryError):
    """No stored plan was valid on a date."""


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan that was stored, without its content."""

    version: str
    effective_from: date
    name: str
    stored_ms: int


def pack(plan: Plan) -> bytes:
    """Write a plan's whole content, but for the contacts of its operators.

    Raises
    ------
    HistoryError
        If a text of it is no Unicode that a database can hold.
    """
    operators = tuple(replace(operator, contact="") for operator in plan.operators)
    try:
        text = msgspec.json.encode(replace(plan, operators=operators), enc_hook=_as_list)
    except UnicodeEncodeError as error:
        raise HistoryError(
            f"the plan {plan.name!r} holds a text that is no Unicode ({error.reason}); mend it"
        ) from None
    return zlib.compress(text)


def unpack(content: bytes, version: str) -> Plan:
    """Read a plan back.

    Raises
    ------
    HistoryError
        If it is not the plan of that version.
    """
    try:
        plan = msgspec.json.decode(zlib.decompress(content), type=Plan, dec_hook=_as_array)
    except (zlib.error, msgspec.DecodeError) as error:
        raise HistoryError(f"the stored plan {version} cannot be read: {error}") from None
    if content_version(plan) != version:
        raise HistoryError(
            f"the stored plan {version} was altered: its content has the version "
            f"{content_version(plan)}; store the plan again with pingcheng plan store"
        )
    return replace(plan, version=version)


def add_plan(connection: sa.Connection, plan: Plan, now_ms: int) -> bool:
    """Store a plan, unless it is the one stored last for its date; tell whether it was stored."""
    since = plan.effective_from.isoformat()
    newest = (
        sa.select(plans.c.version).where(plans.c.effective_from == since)
        .order_by(plans.c.id.desc()).limit(1)
    )  # fmt: skip
    if connection.scalar(newest) == plan.version:
        return False
    row = {
        "version": plan.version,
        "effective_from": since,
        "name": plan.name,
        "stored_ms": now_ms,
        "content": pack(plan),
    }
    connection.execute(sa.insert(plans), [row])
    return True


def stored_plans(connection: sa.Connection) -> tuple[StoredPlan, ...]:
    """List what is stored, by the date from which it is valid; the last of a date counts."""
    names = ("version", "effective_from", "name", "stored_ms")
    query = sa.select(*(plans.c[name] for name in names)).order_by(
        plans.c.effective_from, plans.c.id
    )
    return tuple(
        StoredPlan(version, date.fromisoformat(since), name, stored_ms)
        for version, since, name, stored_ms in connection.execute(query)
    )


def plan_for(connection: sa.Connection, service_date: date) -> Plan:
    """Read the plan in force on a date.

    Raises
    ------
    NoPlanError
        If none was valid by then.
    HistoryError
        If what is stored cannot be read.
    """
    query = (
        sa.select(plans.c.version, plans.c.content)
        .where(plans.c.effective_from <= service_date.isoformat())
        .order_by(plans.c.effective_from.desc(), plans.c.id.desc())
        .limit(1)
    )
    found = connection.execute(query).first()
    if found is None:
        raise NoPlanError(_absent(service_date, stored_plans(connection)))
    return unpack(found.content, found.version)


def plan_of_version(connection: sa.Connection, version: str) -> Plan:
    """Read a plan by its version.

    Raises
    ------
    HistoryError
        If it is not stored, or cannot be read.
    """
    query = sa.select(plans.c.content).where(plans.c.version == version).limit(1)
    content = connection.scalar(query)
    if content is None:
        raise HistoryError(
            f"the plan {version} is not stored; pingcheng plan versions lists those that are"
        )
    return unpack(content, version)


def _absent(service_date: date, stored: Sequence[StoredPlan]) -> str:
    told = f"no stored plan is valid on {service_date.isoformat()}"
    if not stored:
        return f"{told}: none is stored; store one with pingcheng plan store, or give --plan"
    first = stored[0]
    return (
        f"{told}: the first of {len(stored)} is valid from {first.effective_from.isoformat()} "
        f"({first.name}, {first.version[:SHORT_VERSION]}); store an older one with pingcheng plan "
        "store, or give --plan"
    )


def _as_list(value: object) -> Any:  # noqa: ANN401 - what msgspec can write
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise NotImplementedError(type(value))


def _as_array(_: type, value: object) -> Any:  # noqa: ANN401 - whatever a field holds
    return np.array(value, dtype=np.float64).reshape(-1, 2)
