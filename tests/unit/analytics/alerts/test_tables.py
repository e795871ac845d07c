"""The tables as they are queried are those that the migration makes, and keep what they promise."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from analytics.alerts.tables import alerts, deliveries, metadata
from ingest.fault import LogError
from ingest.log.pinglog import open_log


@pytest.fixture
def log(database_url):
    with open_log(database_url) as opened:
        yield opened


def test_the_migration_makes_the_tables_that_are_queried(log):
    def ours(_object, name, kind, *_more):
        return kind != "table" or name in metadata.tables

    with log.transaction(write=False) as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "target_metadata": metadata}
        )
        assert compare_metadata(context, metadata) == []


ALERT = {
    "service_date": "2022-03-28",
    "window": "07:00-10:00",
    "kind": "at_risk",
    "subject": "JY01",
    "facts": "{}",
}


def add(log, table, row):
    with log.transaction(write=True) as connection:
        connection.execute(sa.insert(table), [row])


def rows(log, table):
    with log.transaction(write=False) as connection:
        return [row._asdict() for row in connection.execute(sa.select(table))]


def test_an_alert_is_acknowledged_by_nobody_until_somebody_does(log):
    add(log, alerts, ALERT)
    (row,) = rows(log, alerts)
    assert (row["acknowledged_by"], row["acknowledged_ms"], row["raised_ms"]) == ("", None, None)


@pytest.mark.parametrize("other", ["service_date", "window", "kind", "subject"])
def test_of_one_kind_subject_date_and_window_there_is_one_alert(log, other):
    add(log, alerts, ALERT)
    add(log, alerts, {**ALERT, other: "another"})
    with pytest.raises(LogError):
        add(log, alerts, ALERT)
    assert len(rows(log, alerts)) == 2


def test_alerts_are_numbered_in_the_order_in_which_they_come(log):
    for window in ("07:00-10:00", "14:30-17:30"):
        add(log, alerts, {**ALERT, "window": window})
    first, second = sorted(rows(log, alerts), key=lambda row: row["window"])
    assert second["id"] == first["id"] + 1


def test_a_delivery_that_is_written_was_never_tried(log):
    waiting = {
        "id": "1-raised-webhook", "channel": "webhook", "title": "【临期】", "body": "剩0.6公里",
        "created_ms": 1, "next_try_ms": 1,
    }  # fmt: skip
    add(log, deliveries, waiting)
    (row,) = rows(log, deliveries)
    assert {name: row[name] for name in ("attempts", "error", "sent_ms", "given_up_ms")} == {
        "attempts": 0, "error": "", "sent_ms": None, "given_up_ms": None,
    }  # fmt: skip
    assert (row["title"], row["body"]) == ("【临期】", "剩0.6公里")
    with pytest.raises(LogError):
        add(log, deliveries, waiting)
