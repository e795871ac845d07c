"""The schema of a ping log: which revision it has, and how it gets the newest."""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ingest.fault import LogError
from ingest.log.database import driver_errors, log_error, shown_url, writing
from ingest.log.tables import BRIN_INDEX, REVISIONS, metadata

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = REVISIONS[-1]
LEAST_WAY_BACK = "0006"
"""The oldest schema to which there is a way back: that of the versions of November 2026."""
_LOCK = 0x70696E67  # of PostgreSQL, so that of two programs one makes the tables


def revision_of(connection: sa.Connection) -> str | None:
    """Read the revision of a log; None if there is no log."""
    inspector = sa.inspect(connection)
    if inspector.has_table("alembic_version"):
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if found is not None:
            return str(found)
    # version 0.1 kept no revision
    return REVISIONS[0] if inspector.has_table("counters") else None


def check_known(revision: str, what: str) -> None:
    """Refuse a schema that this program does not know, because it is older than that.

    Raises
    ------
    LogError
        If it is one; `what` has it.
    """
    if revision not in REVISIONS:
        raise LogError(
            f"{what} has the schema {revision}, which this program is too old for; install the "
            "newer pingcheng that made it"
        )


def make_ready(engine: sa.Engine, url: str, *, create: bool) -> None:
    """See that the log has the newest schema, making it in an empty database if `create`.

    Raises
    ------
    LogError
        If there is no log and none is to be made, or it has another schema.
    """
    try:
        with engine.connect() as connection:
            found = revision_of(connection)
        if found is None and create:
            migrate(engine)
            found = HEAD
    except driver_errors(engine) as error:
        raise log_error(engine, "opened", error) from error
    if found is None:
        raise LogError(f"{shown_url(url)} holds no ping log; ingest makes one")
    check_known(found, f"the ping log {shown_url(url)}")
    if found != HEAD:
        raise LogError(
            f"the ping log {shown_url(url)} has the old schema {found}; run pingcheng database "
            f"migrate --database {shown_url(url)}"
        )


def migrate(engine: sa.Engine, to: str = HEAD) -> tuple[str | None, str]:
    """Bring a log to a schema in one transaction; give the revisions before and after.

    Raises
    ------
    LogError
        If there is no such schema, or no way back to it.
    """
    from alembic import command

    if to not in REVISIONS[REVISIONS.index(LEAST_WAY_BACK) :]:
        raise LogError(f"there is no way to the schema {to}; {LEAST_WAY_BACK} to {HEAD} there is")

    try:
        with writing(engine) as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            before = revision_of(connection)
            if before is not None:
                check_known(
                    before,
                    f"the ping log {shown_url(engine.url.render_as_string(hide_password=False))}",
                )
            if before == to:
                return before, to
            config = _config(connection)
            if before == REVISIONS[0] and not sa.inspect(connection).has_table("alembic_version"):
                command.stamp(config, before)
            if before is not None and before > to:
                command.downgrade(config, to)
            else:
                command.upgrade(config, to)
    except driver_errors(engine) as error:
        raise log_error(engine, "migrated", error) from error
    return before, to


def make_schema(connection: sa.Connection, revision: str) -> None:
    """Make the tables of a revision in an empty database, within the transaction at hand."""
    from alembic import command

    command.upgrade(_config(connection), revision)


def _config(connection: sa.Connection) -> "Config":
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    folder = Path(__file__).parents[1] / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def schema_faults(connection: sa.Connection) -> list[str]:
    """Tell what differs between the tables of a log and those it ought to have."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    def ours(_: object, name: str | None, kind: str, *__: object) -> bool:
        if kind == "table":
            return name in metadata.tables
        return connection.dialect.name == "postgresql" or name != BRIN_INDEX

    context = MigrationContext.configure(
        connection, opts={"include_object": ours, "target_metadata": metadata}
    )
    return [_told(difference) for difference in compare_metadata(context, metadata)]


def _told(difference: object) -> str:
    kind, *parts = difference[0] if isinstance(difference, list) else difference  # type: ignore[misc]
    names = [str(getattr(part, "name", part)) for part in parts if part is not None]
    return f"{kind.replace('_', ' ')}: {' '.join(names[:4])}"
