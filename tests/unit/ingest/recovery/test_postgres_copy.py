import pytest

from ingest.log.database import connect, reading, writing
from ingest.recovery.postgres_copy import columns_of, copy_in, copy_out, sequences_of, size_of

MAKE = (
    'CREATE TABLE "Straße" (id SERIAL PRIMARY KEY, "a b" TEXT, raw BYTEA, x FLOAT8)',
    'CREATE TABLE "fahrt" (id INT REFERENCES "Straße", at BIGINT)',
    # somebody else's, who refers to ours
    'CREATE TABLE gis (id SERIAL PRIMARY KEY, street INT REFERENCES "Straße")',
)
OURS = {"Straße", "fahrt", "of_a_newer_schema"}
ROWS = [(1, "\\N\t\n云中街", b"\x00\\", 0.1 + 0.2), (7, None, None, float("inf"))]


@pytest.fixture
def engines(postgres_server):
    made = [connect(postgres_server.new_database(), create=False) for _ in range(2)]
    for engine in made:
        with writing(engine) as connection:
            for statement in MAKE:
                connection.exec_driver_sql(statement)
    yield made
    for engine in made:
        engine.dispose()


def read(connection):
    told = 'SELECT * FROM "Straße" ORDER BY id', "SELECT * FROM fahrt ORDER BY id"
    return [[tuple(row) for row in connection.exec_driver_sql(each)] for each in told]


def test_rows_come_back_to_the_last_bit_with_the_sequences_and_replace_what_was_there(
    tmp_path, engines
):
    old, new = engines
    done = []
    with writing(old) as connection:
        for row in ROWS:
            connection.exec_driver_sql('INSERT INTO "Straße" VALUES (%s, %s, %s, %s)', row)
        connection.exec_driver_sql("INSERT INTO fahrt VALUES (7, 9007199254740993)")
        connection.exec_driver_sql("""SELECT setval('"Straße_id_seq"', 41)""")
    with writing(new) as connection:
        connection.exec_driver_sql("""INSERT INTO "Straße" VALUES (1, 'seed', NULL, 0)""")
    with reading(old) as connection:
        expected, columns = read(connection), columns_of(connection, OURS)
        sequences = sequences_of(connection, OURS)
        assert size_of(connection, OURS) > 0
        copy_out(connection, columns, tmp_path, done.append)
    assert list(columns) == ["Straße", "fahrt"]
    assert sequences == {"Straße_id_seq": 41}
    assert sum(done) == sum(path.stat().st_size for path in tmp_path.iterdir())
    with writing(new) as connection:
        copy_in(connection, columns, sequences, tmp_path, done.append)
    with writing(new) as connection:
        assert read(connection) == expected
        given = """INSERT INTO "Straße" ("a b") VALUES ('next') RETURNING id"""
        assert connection.exec_driver_sql(given).scalar() == 42
