import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from ingest.log.database import connect, writing
from ingest.log.schema import make_schema
from ingest.log.tables import (
    EVERY_TABLE,
    REVISIONS,
    archived_days,
    conflicts,
    metadata,
    pings,
    rejections,
    staged,
)
from tests.fixtures.fixes import MORNING_MS

CONTENT = {"longitude": 113.3, "latitude": 40.08, "received_time_ms": MORNING_MS}
KEY = {"vehicle_id": "晋BQ0384", "event_time_ms": MORNING_MS}
REFUSED = {"code": "not_json", "topic": "t", "key": "", "value": "", "payload": b"\0\xff"}


@pytest.fixture
def engine():
    made = sa.create_engine("sqlite://")
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine):
    with engine.connect() as connection:
        yield connection


def test_a_key_has_one_winner(connection):
    connection.execute(sa.insert(pings), {**KEY, **CONTENT, "sequence": 1})
    with pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.insert(pings), {**KEY, **CONTENT, "longitude": 113.4, "sequence": 2})


def test_a_key_has_any_number_of_losers_but_each_once(connection):
    losers = [{**KEY, **CONTENT, "content_hash": digest} for digest in (b"a" * 16, b"b" * 16)]
    connection.execute(sa.insert(conflicts), losers)
    with pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.insert(conflicts), losers[:1])


@pytest.mark.parametrize("absent", [*KEY, *CONTENT])
def test_a_ping_without_its_key_or_its_place_is_not_let_in(connection, absent):
    row = {**KEY, **CONTENT, "sequence": 1, absent: None}
    with pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.insert(pings), row)


def test_a_rejection_stands_until_it_is_released_and_has_its_number_from_the_database(connection):
    for time_ms in (MORNING_MS + 1, MORNING_MS):
        connection.execute(sa.insert(rejections), {**REFUSED, "received_time_ms": time_ms})
    query = sa.select(rejections).order_by(rejections.c.id)
    found = connection.execute(query).mappings().all()
    assert [row["received_time_ms"] for row in found] == [MORNING_MS + 1, MORNING_MS]
    assert [row["released_time_ms"] for row in found] == [None, None]
    assert found[0]["payload"] == b"\0\xff"


def test_a_day_is_archived_in_one_file(connection):
    day = {"day_ms": 0, "path": "a", "sha256": "", "pings": 1, "conflicts": 0, "last_sequence": 1}
    connection.execute(sa.insert(archived_days), day)
    with pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.insert(archived_days), {**day, "path": "b"})


def test_staged_rows_are_no_part_of_the_log_and_gone_with_their_connection(engine):
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.NullPool)
    for _ in range(2):
        with engine.connect() as connection:
            connection.execute(CreateTable(staged))
            assert not connection.execute(sa.select(staged)).all()
    assert staged.name not in metadata.tables


@pytest.mark.parametrize("table", [pings, conflicts])
def test_postgresql_orders_vehicles_by_code_point_as_sqlite_does(table, connection):
    statement = str(CreateTable(table).compile(dialect=postgresql.dialect()))
    assert 'vehicle_id TEXT COLLATE "C"' in statement
    assert "COLLATE" not in str(CreateTable(table).compile(dialect=sqlite.dialect()))
    vehicles = ["机扫1-113", "Z", "a", "晋BQ0384", "晋B"]
    rows = [
        {**KEY, **CONTENT, "vehicle_id": each, "sequence": 1, "content_hash": b""}
        for each in vehicles
    ]
    columns = {column.name for column in table.c}
    connection.execute(
        sa.insert(table),
        [{name: value for name, value in row.items() if name in columns} for row in rows],
    )
    found = connection.scalars(sa.select(table.c.vehicle_id).order_by(table.c.vehicle_id)).all()
    assert found == sorted(vehicles)


def test_the_key_of_a_ping_is_where_it_lies_so_sqlite_needs_no_other_index_by_time(connection):
    query = "EXPLAIN QUERY PLAN SELECT * FROM pings WHERE vehicle_id = '晋' AND event_time_ms > 1"
    (plan,) = connection.exec_driver_sql(query).all()
    assert "USING PRIMARY KEY" in plan[3]
    made = {index["name"] for index in sa.inspect(connection).get_indexes("pings")}
    assert made == {"ix_pings_sequence"}


def test_postgresql_finds_pings_by_time_and_by_sequence_through_small_indexes():
    told = [str(CreateIndex(each).compile(dialect=postgresql.dialect())) for each in pings.indexes]
    assert {"event_time_ms" in each or "sequence" in each for each in told} == {True}
    assert all("USING brin" in each for each in told)


def test_every_table_that_a_log_of_any_schema_has_is_known(tmp_path):
    found = set()
    for revision in REVISIONS:
        engine = connect(f"sqlite:///{tmp_path / revision}.db", create=True)
        with writing(engine) as connection:
            make_schema(connection, revision)
        found |= set(sa.inspect(engine).get_table_names())
        engine.dispose()
    assert found == EVERY_TABLE
