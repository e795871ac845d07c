"""The ping log on a real PostgreSQL: several writers, a server that goes away, unfit data."""

import shutil
import signal
import subprocess
import sys
import threading

import pytest
import sqlalchemy as sa

from ingest.decoding.rejection import RejectionCode, refuse
from ingest.fault import LogError, UnstorableError
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from ingest.ping import resolve
from tests.fixtures.fixes import MORNING_MS, frame, ping, same
from tests.fixtures.mqtt import until
from tests.servers.postgres import _lives, need_postgres, postgres

RECEIVED_MS = MORNING_MS + 90_000


@pytest.fixture(scope="module")
def a_server():
    need_postgres()
    with postgres() as server:
        yield server


@pytest.fixture
def own_server(a_server):
    """A running server that a test may stop, kill and set up as it likes."""
    if not a_server.running:
        a_server.start()
    a_server.execute("ALTER SYSTEM RESET ALL")
    a_server.execute("SELECT pg_reload_conf()")
    return a_server


def batch(*fixes):
    return Batch(tuples_of(frame(fixes, [RECEIVED_MS] * len(fixes))), ())


def test_writers_at_the_same_time_leave_what_one_writer_would(postgres_server):
    url = postgres_server.new_database()
    fixes = [
        ping(event_time_ms=MORNING_MS + number // 2, accuracy_m=1.0 + number % 2)
        for number in range(400)
    ]
    batches = [batch(*fixes[start : start + 40]) for start in range(0, 400, 10)]
    faults = []

    def write(order):
        try:
            with open_log(url) as log:
                for one in order:
                    log.write(one)
        except LogError as error:
            faults.append(error)

    writers = [
        threading.Thread(target=write, args=(order,))
        for order in (batches, batches[::-1], batches[20:] + batches[:20])
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert faults == []
    expected = resolve(frame(fixes, [RECEIVED_MS] * len(fixes)))
    with open_log(url, create=False) as log:
        counters = log.counters()
        assert same(log.read_pings(), expected.pings)
        assert same(log.conflicting(), expected.conflicting)
        assert counters.balanced
        assert counters.received == 3 * sum(len(one.rows) for one in batches)
        assert (counters.stored, counters.conflicting) == (200, 200)
        with log.transaction(write=False) as connection:
            numbers = list(connection.scalars(sa.text("SELECT sequence FROM pings")))
        assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_server_that_went_away_is_an_error_until_it_is_back(own_server, how):
    with open_log(own_server.new_database()) as log:
        log.write(batch(ping()))
        getattr(own_server, how)()
        with pytest.raises(LogError) as caught:
            log.write(batch(ping(event_time_ms=MORNING_MS + 1)))
        assert not isinstance(caught.value, UnstorableError)
        assert "\n" not in str(caught.value)
        with pytest.raises(LogError):
            log.counters()
        own_server.start()
        log.counters()
        log.write(batch(ping(event_time_ms=MORNING_MS + 1)))
        assert (log.counters().stored, log.counters().balanced) == (2, True)


@pytest.mark.parametrize("step", ["add", "recorded_days", "count"])
def test_a_server_killed_within_a_transaction_leaves_nothing_of_it(own_server, monkeypatch, step):
    with open_log(own_server.new_database()) as log:
        log.write(batch(ping()))
        with monkeypatch.context() as patched:
            real = vars(sys.modules["ingest.log.pinglog"])[step]

            def killing(*positional, **named):
                own_server.kill()
                return real(*positional, **named)

            patched.setattr(f"ingest.log.pinglog.{step}", killing)
            with pytest.raises(LogError) as caught:
                log.write(batch(ping(event_time_ms=MORNING_MS + 1)))
        assert not isinstance(caught.value, UnstorableError)
        own_server.start()
        assert log.counters().received == 1
        log.write(batch(ping(event_time_ms=MORNING_MS + 1)))
        assert (log.counters().stored, log.counters().balanced) == (2, True)


def test_data_that_can_never_be_stored_is_told_apart_and_not_shown(database_url):
    with open_log(database_url) as log:
        for unfit in (
            {"vehicle_id": "\ud800geheim"},
            {"event_time_ms": 2**63},
            {"satellites": 2**63},
            {"longitude": "geheim"},
            {"longitude": None},
        ):
            row = (tuples_of(frame([ping()])))[0]
            values = dict(zip(("vehicle_id", "event_time_ms", "longitude"), row, strict=False))
            if "satellites" in unfit:
                row = (*row[:8], unfit["satellites"], *row[9:])
            else:
                row = (*{**values, **unfit}.values(), *row[3:])
            if database_url.startswith("sqlite") and unfit == {"longitude": "geheim"}:
                continue  # SQLite keeps a text where a number belongs
            with pytest.raises(UnstorableError) as caught:
                log.write(Batch([row], ()))
            assert "geheim" not in str(caught.value)
        log.write(batch(ping()))
        assert (log.counters().received, log.counters().balanced) == (1, True)


def test_a_commit_is_on_disk_before_it_returns_even_if_the_server_would_rather_not(own_server):
    url = own_server.new_database()
    own_server.execute("ALTER SYSTEM SET synchronous_commit = off")
    own_server.execute("SELECT pg_reload_conf()")
    with open_log(url) as log, log.transaction(write=False) as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_released_rejections_are_counted_as_what_came_of_them(database_url):
    with open_log(database_url) as log:
        bad = [
            refuse(code, "fleet/晋BQ0384/ping", MORNING_MS, b"{}", vehicle_id=vehicle)
            for code, vehicle in (
                (RejectionCode.UNKNOWN_VEHICLE, "晋BQ0384"),
                (RejectionCode.UNKNOWN_VEHICLE, "晋B21333"),
                (RejectionCode.NOT_JSON, ""),
            )
        ]
        log.write(Batch([], tuple(bad)))
        first, second, third = log.quarantine.rejected()
        assert log.quarantine.rejected(["unknown_vehicle"], limit=1) == [second]
        assert log.quarantine.rejected(vehicle="晋BQ0384") == [first]
        again = Batch(batch(ping()).rows, (bad[2],))
        log.release([first["id"], third["id"]], again, RECEIVED_MS)
        counters = log.counters()
        assert (counters.received, counters.stored, counters.rejected) == (3, 1, 2)
        assert counters.rejected_by_code == {"not_json": 1, "unknown_vehicle": 1}
        assert counters.balanced
        assert [row["id"] for row in log.quarantine.rejected(released=True)] == [
            first["id"],
            third["id"],
        ]
        assert log.quarantine.rejection(first["id"])["released_time_ms"] == RECEIVED_MS
        for ids in ([first["id"]], [12345]):
            with pytest.raises(LogError, match=f"released before: {ids[0]}"):
                log.release(ids, again, RECEIVED_MS)
        assert log.counters() == counters
        with pytest.raises(LogError, match="there is no rejection 12345"):
            log.quarantine.rejection(12345)


def test_a_day_is_read_by_searches_of_an_index_and_never_by_a_scan(database_url):
    plans = []
    with open_log(database_url) as log:
        day_ms = 86_400_000
        log.write(
            batch(*(
                ping(vehicle_id=f"晋BQ{truck:04d}", event_time_ms=MORNING_MS - step * day_ms // 24)
                for truck in range(20)
                for step in range(600)
            ))
        )  # fmt: skip
        postgresql = database_url.startswith("postgresql")
        if postgresql:
            with log.transaction(write=True) as connection:
                connection.exec_driver_sql("ANALYZE pings")

        def explain(_, cursor, statement, parameters, *__):
            if "FROM pings" in statement:
                ask = "EXPLAIN" if postgresql else "EXPLAIN QUERY PLAN"
                cursor.execute(f"{ask} {statement}", parameters)
                plans.extend(row[0] if postgresql else row[3] for row in cursor.fetchall())

        sa.event.listen(log._engine, "before_cursor_execute", explain)
        day = log.read_pings(start_ms=MORNING_MS - 3 * day_ms, end_ms=MORNING_MS - 2 * day_ms)
    assert len(day) == 20 * 24
    assert plans
    assert not [line for line in plans if "Seq Scan" in line or line == "SCAN pings"]


def test_a_server_of_tests_ends_with_a_test_that_is_killed():
    need_postgres()
    program = (
        "import time\n"
        "from tests.servers.postgres import postgres\n"
        "with postgres() as server:\n"
        "    print(server._process.pid, server.folder, flush=True)\n"
        "    time.sleep(600)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with child:
        server_id, folder = child.stdout.readline().split()
        child.send_signal(signal.SIGKILL)
    until(lambda: not _lives(int(server_id)))
    shutil.rmtree(folder)  # which nobody was left to remove
