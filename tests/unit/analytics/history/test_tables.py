"""The tables as they are queried are those that the migration makes."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from analytics.history.tables import metadata
from ingest.log.pinglog import open_log


def test_the_migration_makes_the_tables_that_are_queried(database_url):
    def ours(_object, name, kind, *_more):
        return kind != "table" or name in metadata.tables

    with open_log(database_url) as log, log.transaction(write=False) as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "target_metadata": metadata}
        )
        assert compare_metadata(context, metadata) == []
