"""The tables as they are queried are those that the migration makes."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from analytics.dashboard.access.access_tables import metadata, reports
from ingest.fault import LogError
from ingest.log.pinglog import open_log


def test_the_migration_makes_the_tables_that_are_queried(database_url):
    def ours(_object, name, kind, *_more):
        return kind != "table" or name in metadata.tables

    with open_log(database_url) as log, log.transaction(write=False) as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "target_metadata": metadata}
        )
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("other", [{"reference": "0328-222222"}, {"street": "云中街"}])
def test_neither_a_miss_nor_a_reference_is_there_twice(database_url, other):
    row = {
        "service_date": "2022-03-28", "grid_id": "JY01", "window": "07:00-10:00",
        "street": "支路", "reference": "0328-ABCDEF", "first_ms": 1, "last_ms": 1, "count": 1,
    }  # fmt: skip
    with open_log(database_url) as log:
        with log.transaction(write=True) as connection:
            connection.execute(sa.insert(reports).values(row))
        with pytest.raises(LogError), log.transaction(write=True) as connection:
            connection.execute(sa.insert(reports).values({**row, **other}))
