"""The rows of a PostgreSQL database of one instant, table by table, and how they get back.

`pg_dump` is not needed, which would have to be as new as the server: the tables are made by our own
migrations, and `COPY` writes every value so that it is read as the same.
"""

import os
from collections.abc import Collection
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg import sql

from ingest.recovery.manifest import Advance

_REVISION = "alembic_version"


def columns_of(connection: sa.Connection, tables: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Name the columns of those tables that there are, in an order in which they can be loaded."""
    found = sa.MetaData()
    there = [name for name in sa.inspect(connection).get_table_names() if name in tables]
    found.reflect(connection, only=there, resolve_fks=False)
    return {
        str(table.name): tuple(str(column.name) for column in table.columns)
        for table in found.sorted_tables
        if table.name != _REVISION
    }


def size_of(connection: sa.Connection, tables: Collection[str]) -> int:
    """Tell about how many bytes tables have."""
    total = """
        SELECT sum(pg_table_size(oid)) FROM pg_class
         WHERE relkind = 'r' AND relname = ANY(%s)
           AND relnamespace = current_schema()::regnamespace
    """
    return int(connection.exec_driver_sql(total, (list(tables),)).scalar() or 0)


def copy_out(
    connection: sa.Connection, columns: dict[str, tuple[str, ...]], folder: Path, advance: Advance
) -> None:
    """Write the rows of each table to a file ``TABLE.copy``, on disk when this returns.

    Raises
    ------
    psycopg.Error, OSError
        If that cannot be done.
    """
    cursor = connection.connection.cursor()
    for table, names in columns.items():
        statement = sql.SQL("COPY {} ({}) TO STDOUT").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
        )
        with (folder / f"{table}.copy").open("xb") as file:
            with cursor.copy(statement) as copy:
                for piece in copy:
                    file.write(piece)
                    advance(len(piece))
            file.flush()
            os.fsync(file.fileno())
    cursor.close()


def sequences_of(connection: sa.Connection, tables: Collection[str]) -> dict[str, int | None]:
    """Read the last number that each sequence of tables gave; None if it gave none."""
    query = """
        SELECT s.relname, l.last_value
          FROM pg_class s
          JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
           AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
          JOIN pg_class t ON t.oid = d.refobjid
          JOIN pg_sequences l ON l.sequencename = s.relname AND l.schemaname = current_schema()
         WHERE s.relkind = 'S' AND t.relname = ANY(%s)
           AND s.relnamespace = current_schema()::regnamespace
    """
    told = connection.exec_driver_sql(query, (list(tables),))
    return {str(row[0]): row[1] for row in told}


def copy_in(
    connection: sa.Connection,
    columns: dict[str, tuple[str, ...]],
    sequences: dict[str, int],
    folder: Path,
    advance: Advance,
) -> None:
    """Put rows into the tables of a new schema, in the place of what its migrations put there.

    Raises
    ------
    psycopg.Error, OSError
        If that cannot be done, such as when there is no such table.
    """
    cursor: psycopg.Cursor = connection.connection.cursor()  # type: ignore[assignment]
    for table in reversed(columns):
        cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    for table, names in columns.items():
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
        )
        with (folder / f"{table}.copy").open("rb") as file, cursor.copy(statement) as copy:
            while piece := file.read(1 << 20):
                copy.write(piece)
                advance(len(piece))
    for name, value in sequences.items():
        cursor.execute(
            "SELECT setval(%s::regclass, %s)", (sql.Identifier(name).as_string(cursor), value)
        )
    cursor.close()
